// SPDX-License-Identifier: Apache-2.0
// verbena-sim: one seed of the simulator, for people and for scripts that run many.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "test/sim/day.h"
#include "test/sim/stock_day.h"

namespace {

int run_stock_day(const verbena::sim::StockDayOptions& options) {
  const auto result = verbena::sim::run_stock_day(options);
  std::printf("%s\n", verbena::sim::stock_day_json(options, result).c_str());
  return result.passed() ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A festival in virtual time, in which things go wrong"};
  verbena::sim::DayOptions options;
  double hours = 0;
  bool json = false;
  std::string scenario = "faults";
  app.add_option("--seed", options.seed, "decides everything");
  app.add_option("--nodes", options.nodes, "devices, hub and desk included")
      ->check(CLI::Range(3, 200));
  app.add_option("--hours", hours, "of sales, in virtual time")->check(CLI::Range(0.01, 24.0));
  app.add_option("--scenario", scenario, "faults, or a day of goods and cash: theft, honest")
      ->check(CLI::IsMember({"faults", "theft", "honest"}));
  app.add_flag("--json", json, "one JSON object on stdout");
  CLI11_PARSE(app, argc, argv);
  if (scenario != "faults") return run_stock_day({options.seed, scenario == "theft"});
  if (hours > 0) options.sold_ms = static_cast<std::uint64_t>(hours * 3'600'000);

  const auto began = std::chrono::steady_clock::now();
  const auto result = verbena::sim::run_day(options);
  const double wall_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const double virtual_s = static_cast<double>(result.virtual_ms) / 1000;
  nlohmann::ordered_json out = {{"seed", options.seed},
                                {"nodes", options.nodes},
                                {"events", result.events},
                                {"sales", result.sales},
                                {"virtual_s", virtual_s},
                                {"wall_s", wall_s},
                                {"speed", virtual_s / wall_s},
                                {"wire_bytes", result.wire_bytes},
                                {"converged", result.converged},
                                {"converge_s", static_cast<double>(result.converge_ms) / 1000},
                                {"violations", result.violations},
                                {"digest", result.digest},
                                {"faults", result.faults}};
  if (json) {
    std::printf("%s\n", out.dump().c_str());
  } else {
    std::printf("%s\n", out.dump(2).c_str());
  }
  return result.violations.empty() ? 0 : 3;
}
