// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "test/sim/calm.h"

namespace verbena::sim {

std::string calm_json(const CalmOptions& options, const CalmDay& day, double wall_s) {
  const double virtual_s = static_cast<double>(day.virtual_ms) / 1'000;
  const nlohmann::ordered_json out = {
      {"seed", options.seed},         {"nodes", options.nodes},         {"sales", day.sales},
      {"by_band", day.by_band},       {"top_ups", day.top_ups},         {"events", day.events},
      {"wire_bytes", day.wire_bytes}, {"virtual_s", virtual_s},         {"wall_s", wall_s},
      {"speed", virtual_s / wall_s},  {"same_digest", day.same_digest}, {"digest", day.digest},
      {"violations", day.violations}};
  return out.dump(2);
}

}  // namespace verbena::sim
