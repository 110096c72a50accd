// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "test/sim/figures.h"

namespace verbena::sim {

namespace {

double seconds(std::uint64_t ms) {
  return static_cast<double>(ms) / 1'000;
}

std::vector<double> hops(const RowHeard& heard) {
  std::vector<double> out;
  for (const auto at : heard.at_ms) out.push_back(at == UINT64_MAX ? -1 : seconds(at));
  return out;
}

}  // namespace

bool Revocations::all_heard() const {
  const auto heard = [](std::uint64_t at) { return at != UINT64_MAX; };
  return island.all_ms > 0 && std::all_of(idle.at_ms.begin(), idle.at_ms.end(), heard) &&
         std::all_of(busy.at_ms.begin(), busy.at_ms.end(), heard);
}

std::uint64_t Revocations::more_per_hop_ms() const {
  const std::uint64_t more = busy.at_ms.back() - std::min(busy.at_ms.back(), idle.at_ms.back());
  return more / busy.at_ms.size();
}

Revocations run_revocations(const IslandRevocation& island, const RowRevocation& row) {
  Revocations out;
  out.island = run_island_revocation(island);
  auto idle = row;
  idle.backlog_bytes = 0;
  out.idle = run_row_revocation(idle);
  out.busy = run_row_revocation(row);
  return out;
}

std::string heal_json(const HealOptions& options, const HealResult& result) {
  const nlohmann::ordered_json out = {{"seed", options.seed},
                                      {"nodes", options.nodes},
                                      {"sales_each", options.sales},
                                      {"hostile", options.hostile},
                                      {"deeds", result.deeds},
                                      {"events", result.events},
                                      {"hub_cpu_us_an_event", result.hub_cpu_us_an_event()},
                                      {"event_bytes", result.event_bytes},
                                      {"wire_bytes", result.wire_bytes},
                                      {"own_s", seconds(result.own_ms)},
                                      {"linked_s", seconds(result.linked_ms)},
                                      {"agreed_s", seconds(result.agreed_ms)},
                                      {"ratio", result.ratio()},
                                      {"ratio_linked", result.ratio_linked()},
                                      {"agreed", result.agreed},
                                      {"violations", result.violations}};
  return out.dump(2);
}

std::string tail_json(const TailOptions& options, const TailResult& result) {
  const nlohmann::ordered_json out = {{"seed", options.seed},
                                      {"destroyed", result.tails.size()},
                                      {"sales", result.sales},
                                      {"cuts", result.cuts},
                                      {"sales_p50", result.percentile(50).sales},
                                      {"sales_p99", result.percentile(99).sales},
                                      {"sales_most", result.percentile(100).sales},
                                      {"age_p50_s", seconds(result.percentile(50).age_ms)},
                                      {"age_p99_s", seconds(result.percentile(99).age_ms)},
                                      {"age_most_s", seconds(result.percentile(100).age_ms)},
                                      {"violations", result.violations}};
  return out.dump(2);
}

std::string revocation_json(const IslandRevocation& island, const RowRevocation& row,
                            const Revocations& result) {
  const nlohmann::ordered_json out = {{"seed", island.seed},
                                      {"island_nodes", island.nodes},
                                      {"island_furthest", result.island.furthest},
                                      {"island_99_s", seconds(result.island.most_ms)},
                                      {"island_all_s", seconds(result.island.all_ms)},
                                      {"row_bytes_per_ms", row.bytes_per_ms},
                                      {"row_backlog_bytes", result.busy.backlog_bytes},
                                      {"row_waiting_bytes", result.busy.waiting_bytes},
                                      {"row_idle_s", hops(result.idle)},
                                      {"row_busy_s", hops(result.busy)},
                                      {"more_per_hop_s", seconds(result.more_per_hop_ms())},
                                      {"all_heard", result.all_heard()}};
  return out.dump(2);
}

}  // namespace verbena::sim
