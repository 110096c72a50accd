// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "test/sim/stock_day.h"

namespace verbena::sim {

using nlohmann::ordered_json;

namespace {

ordered_json planted_json(const std::vector<Planted>& all) {
  ordered_json out = ordered_json::array();
  for (const auto& one : all) {
    out.push_back({{"kind", one.kind},
                   {"holder", one.holder},
                   {"amount_minor", one.amount_minor},
                   {"detectable", one.detectable}});
  }
  return out;
}

ordered_json found_json(const std::vector<Found>& all) {
  constexpr double ppm = 1e6;
  ordered_json out = ordered_json::array();
  for (const auto& one : all) {
    out.push_back({{"kind", one.kind},
                   {"holder", one.holder},
                   {"amount_minor", one.amount_minor},
                   {"at", one.at_s},
                   {"confidence", one.confidence_ppm / ppm},
                   {"adds_to_loss", one.adds_to_loss},
                   {"evidence", one.evidence}});
  }
  return out;
}

}  // namespace

std::string stock_day_json(const StockDayOptions& options, const StockDayResult& result) {
  const ordered_json out = {{"scenario", options.theft ? "theft" : "honest"},
                            {"seed", options.seed},
                            {"planted", planted_json(result.planted)},
                            {"found", found_json(result.found)},
                            {"missed", planted_json(result.missed)},
                            {"false_alarms", found_json(result.false_alarms)},
                            {"planted_minor", result.planted_minor()},
                            {"loss_minor", result.loss_minor()},
                            {"sheets", result.sheets},
                            {"unjudged", result.unjudged},
                            {"sales", result.sales},
                            {"unexpected", result.unexpected}};
  return out.dump();
}

}  // namespace verbena::sim
