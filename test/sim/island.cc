// SPDX-License-Identifier: Apache-2.0
#include "test/sim/island.h"

#include "test/sim/checks.h"

namespace verbena::sim {

namespace {

// Backlogs are to grow: nobody is to stop selling for want of a witness.
schemas::Festival unlimited_festival() {
  schemas::Festival out = sim_festival();
  out.mutable_limits()->set_unwitnessed_count(0);
  out.mutable_limits()->set_unwitnessed_value_minor(0);
  return out;
}

}  // namespace

Island::Island(std::uint64_t seed, const LinkQuality& quality)
    : random(seed),
      network(scheduler, random),
      world(seed ^ 0x9e3779b97f4a7c15, unlimited_festival()) {
  network.set_quality(quality);
}

std::size_t Island::add(schemas::Role role, const std::string& alias, const std::string& stand) {
  world.add(role, alias, stand);
  aliases.push_back(alias);
  return aliases.size() - 1;
}

void Island::build() {
  auto& office = *world.device("root").ledger;
  for (const auto& alias : aliases) {
    auto& device = world.device(alias);
    for (const auto& log : office.logs()) {
      const auto held = device.ledger->log(log.id);
      for (const auto& run : *office.read(log.name, held ? held->head.size : 0, SIZE_MAX)) {
        VERBENA_CHECK(device.ledger->ingest(run).ok());
      }
    }
    VERBENA_CHECK(device.ledger->sync().ok());
    nodes.push_back(
        std::make_unique<SimNode>(scheduler, network, world.root, device, random.next()));
    nodes.back()->watch([this](const std::string& what) { violations.push_back(what); });
    device.ledger.reset();  // the node has a copy of the store
    device.store.reset();
  }
}

bool Island::all_agree() {
  const auto root = root_of(nodes.front()->ledger());
  for (const auto& node : nodes) {
    if (root_of(node->ledger()) != root) return false;
  }
  return true;
}

bool Island::revoked_at(std::size_t node, const ledger::PublicKey& key) {
  bool out = false;
  nodes[node]->ledger().ask(
      [&](ledger::State& state, const auto&) { out = state.roster().revoked(key); });
  return out;
}

}  // namespace verbena::sim
