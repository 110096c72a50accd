// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "test/sim/site.h"

namespace verbena::sim {

std::string site_json(const SiteOptions& options, const SiteDay& day, double wall_s,
                      std::uint64_t peak_bytes) {
  const nlohmann::ordered_json out = {
      {"seed", options.seed},
      {"nodes", options.nodes},
      {"full", options.full},
      {"zones", day.zones},
      {"stands", day.stands},
      {"sales", day.sales},
      {"by_band", day.by_band},
      {"top_ups", day.top_ups},
      {"meetings", day.meetings},
      {"events", day.events},
      {"copies", day.copies},
      {"rounds_after_day", day.rounds_after_day},
      {"same_digest", day.same_digest},
      {"same_scopes", day.same_scopes},
      {"digest", day.digest},
      {"violations", day.violations},
      {"wall_s", wall_s},
      {"peak_bytes", peak_bytes},
      {"bytes_a_copy", day.copies == 0 ? 0 : peak_bytes / day.copies}};
  return out.dump(2);
}

}  // namespace verbena::sim
