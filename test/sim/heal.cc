// SPDX-License-Identifier: Apache-2.0
#include "test/sim/heal.h"

#include <algorithm>
#include <map>
#include <memory>

#include "test/sim/checks.h"
#include "test/sim/hostile.h"
#include "test/sim/island.h"
#include "test/sim/memo.h"

namespace verbena::sim {

namespace {

constexpr std::uint64_t look_each_ms = 20;
constexpr std::uint64_t settled_ms = 5'000;     // everybody has agreed on who is there
constexpr std::uint64_t given_up_ms = 600'000;  // beyond twenty times what the bytes take
constexpr std::uint64_t sold_at_once = 100;     // then time goes on

using Sizes = std::map<ledger::Hash, std::uint64_t>;  // by log

void add_own(SimNode& node, Sizes& sizes, HealResult& out) {
  for (const auto& log : node.store().logs()) {
    if (log.name.certificate != node.certificate()) continue;
    sizes[log.name.id()] = log.head.size;
    (void)node.store().read(log.name, 0, SIZE_MAX, [&](std::uint64_t, std::string_view bytes) {
      out.event_bytes += bytes.size();
      ++out.events;
      return ledger::done();
    });
  }
}

// Hostile devices write on, so what all hold is never the same for long where there are any.
bool all_hold(const Island& island, const Sizes& sizes) {
  return std::all_of(island.nodes.begin(), island.nodes.end(), [&](const auto& node) {
    return std::all_of(sizes.begin(), sizes.end(), [&](const auto& log) {
      const auto held = node->ledger().log(log.first);
      return held && held->head.size >= log.second;
    });
  });
}

// Bytes carried on each way between the hub and a till, and back.
std::vector<std::uint64_t> carried(const Island& island) {
  std::vector<std::uint64_t> out;
  for (const auto& alias : island.aliases) {
    out.push_back(island.network.bytes_between("hub", alias));
    out.push_back(island.network.bytes_between(alias, "hub"));
  }
  return out;
}

std::vector<std::unique_ptr<HostileNode>> add_liars(Island& island, std::size_t count) {
  std::vector<std::unique_ptr<HostileNode>> out;
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string alias = "liar-" + std::to_string(i);
    island.world.add(schemas::VENDOR, alias, "bar-" + std::to_string(1 + i % 4));
    out.push_back(std::make_unique<HostileNode>(island.scheduler, island.network, island.world,
                                                alias, true, island.random.next()));
    out.back()->know({"hub"});
  }
  return out;
}

bool tills_linked(const Island& island) {
  return std::all_of(island.nodes.begin() + 1, island.nodes.end(),
                     [](const auto& till) { return till->replicator().links() > 0; });
}

}  // namespace

HealResult run_heal(const HealOptions& options) {
  remember_signatures(true);
  HealResult out;
  LinkQuality quality;
  quality.delay_ms = options.delay_ms;
  quality.bytes_per_ms = options.bytes_per_ms;
  Island island(options.seed, quality);
  island.add(schemas::HUB, "hub");
  for (std::size_t i = 1; i < options.nodes; ++i) {
    island.add(schemas::VENDOR, "pos-" + std::to_string(i), "bar-" + std::to_string(1 + i % 4));
  }
  const auto liars = add_liars(island, options.hostile);
  island.build();
  for (std::size_t i = 1; i < options.nodes; ++i) island.connect(i, 0);
  island.start_all();
  for (const auto& liar : liars) liar->start();
  auto& scheduler = island.scheduler;
  scheduler.run_until(settled_ms);
  for (const auto& alias : island.aliases) {
    if (alias != "hub") island.network.cut(alias, "hub");
  }
  for (std::uint64_t sold = 0; sold < options.sales; ++sold) {
    for (std::size_t i = 1; i < options.nodes; ++i) {
      schemas::OperateRequest asked;
      asked.set_intent(island.random.next());
      asked.mutable_sell()->set_tender("cash");
      auto* line = asked.mutable_sell()->add_line();
      line->set_sku(sold % 2 == 0 ? "beer" : "water");
      line->set_quantity(static_cast<std::uint32_t>(1 + island.random.below(3)));
      if (!island.nodes[i]->operate(asked).has_done()) {
        out.violations.push_back("a sale of " + island.aliases[i] + " was refused");
      }
    }
    if (sold % sold_at_once == 0) scheduler.run_until(scheduler.now_ms() + 1'000);
  }
  scheduler.run_until(scheduler.now_ms() + 2 * settled_ms);  // every cut link is broken by now
  Sizes sizes;
  for (const auto& node : island.nodes) add_own(*node, sizes, out);
  const auto before = carried(island);
  island.nodes.front()->measure_cpu();
  const std::uint64_t began = scheduler.now_ms();
  island.network.heal();
  const std::uint64_t end = began + given_up_ms + 20 * out.event_bytes / options.bytes_per_ms;
  while (!out.agreed && scheduler.now_ms() < end) {
    scheduler.run_until(scheduler.now_ms() + look_each_ms);
    const std::uint64_t now = scheduler.now_ms() - began;
    if (out.linked_ms == 0 && tills_linked(island)) {
      out.linked_ms = now;
    }
    if (out.linked_ms > 0 && all_hold(island, sizes) &&
        (options.hostile > 0 || island.all_agree())) {
      out.agreed = true;
      out.agreed_ms = now;
    }
  }
  out.hub_cpu_ns = island.nodes.front()->cpu_ns();
  for (const auto& liar : liars) {
    for (const auto& [deed, times] : liar->deeds()) out.deeds += times;
  }
  const auto after = carried(island);
  std::uint64_t busiest = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    out.wire_bytes += after[i] - before[i];
    busiest = std::max(busiest, after[i] - before[i]);
  }
  out.own_ms = std::max<std::uint64_t>(1, busiest / options.bytes_per_ms);
  out.violations.insert(out.violations.end(), island.violations.begin(), island.violations.end());
  return out;
}

}  // namespace verbena::sim
