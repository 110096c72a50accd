// SPDX-License-Identifier: Apache-2.0
// A sealed and then amended archive for checkpoints.py: oracle_seals DIR writes festival.verbena,
// fingerprint and, in `events`, the ids of some events.
#include <cstdio>

#include "node/archive.h"
#include "test/support/world.h"

using namespace verbena;
using ledger::Bytes;
using test::Device;
using test::World;

namespace {

constexpr int bars = 4;  // so that the tree has an odd number of leaves, and more than two levels

Bytes close_and_seal(World& world, Device& device, const Bytes& amends) {
  std::vector<node::AuditSource> sources(1);
  sources[0].store = std::shared_ptr<ledger::EventStore>(device.store.get(), [](auto*) {});
  sources[0].root = *ledger::parse_signed_certificate(world.signed_root);
  auto closed = node::close_festival(sources, amends);
  VERBENA_CHECK(closed.ok());
  Bytes file = std::move(closed->file);
  for (const auto& key : world.approvers) {
    auto sealing = node::seal_archive(file, *key);
    VERBENA_CHECK(sealing.ok() && sealing->objections.empty());
    file = std::move(sealing->file);
  }
  return file;
}

int run(const node::Path& out) {
  World world(20'27);
  Device& hub = world.add(schemas::HUB, "hub");
  std::string events;
  const auto sell = [&](Device& pos) {
    const auto reply = world.sell_cash(pos, "beer");
    VERBENA_CHECK(reply.has_done());
    events += ledger::hex(reply.done().id()) + "\n";
    World::meet(hub, pos);
  };
  std::vector<Device*> tills;
  for (int i = 1; i <= bars; ++i) {
    tills.push_back(
        &world.add(schemas::VENDOR, "pos-" + std::to_string(i), "bar-" + std::to_string(i)));
    for (int sale = 0; sale < 20 * i; ++sale) sell(*tills.back());
  }
  const Bytes first = close_and_seal(world, hub, {});
  // A till that sold on, and one that nobody had heard of.
  sell(*tills[0]);
  sell(world.add(schemas::VENDOR, "late", "bar-1"));
  const Bytes second = close_and_seal(world, hub, first);
  const std::pair<const char*, std::string> files[] = {
      {"festival.verbena", second},
      {"fingerprint", ledger::hex(ledger::key_id(world.root.key)) + "\n"},
      {"events", events}};
  for (const auto& [name, bytes] : files) {
    if (auto status = node::write_file(out / name, bytes); !status) {
      std::fprintf(stderr, "%s\n", status.error().text.c_str());
      return 1;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIR\n", argv[0]);
    return 2;
  }
  return run(argv[1]);
}
