// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "test/sim/smash.h"

namespace verbena::sim {

std::string smash_json(const SmashOptions& options, const SmashResult& result) {
  const nlohmann::ordered_json out = {
      {"seed", options.seed},
      {"tills", options.tills},
      {"bands_percent", options.crowd.bands_percent},
      {"day_percent", options.crowd.day_percent},
      {"purchases_a_head", static_cast<double>(options.crowd.purchases_tenths) / 10},
      {"exit_percent", options.crowd.exit_percent},
      {"to_the_cent", result.passed()},
      {"sales", result.sales()},
      {"unwitnessed_minor", result.unwitnessed_minor()},
      {"unknown_minor", result.unknown_minor()},
      {"priced_share", result.priced_share()},
      {"p", result.p()},
      {"p_hour", result.p_hour()},
      {"mean_ticket_minor", result.mean_ticket_minor()},
      {"mean_unknown_minor", result.mean_unknown_minor()},
      {"standard_error_minor", result.standard_error_minor()},
      {"formula_minor", result.formula_minor()},
      {"unexpected", result.unexpected}};
  return out.dump(2);
}

}  // namespace verbena::sim
