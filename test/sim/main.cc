// SPDX-License-Identifier: Apache-2.0
// verbena-sim: one seed of the simulator, for people and for scripts that run many.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "test/sim/calm.h"
#include "test/sim/day.h"
#include "test/sim/figures.h"
#include "test/sim/mutants.h"
#include "test/sim/site.h"
#include "test/sim/smash.h"
#include "test/sim/stock_day.h"

namespace {

constexpr int violated = 3;  // exit code
constexpr std::uint64_t heal_sales_max = 10'000;

int run_stock_day(const verbena::sim::StockDayOptions& options) {
  const auto result = verbena::sim::run_stock_day(options);
  std::printf("%s\n", verbena::sim::stock_day_json(options, result).c_str());
  return result.passed() ? 0 : violated;
}

int heal(const verbena::sim::HealOptions& options) {
  const auto result = verbena::sim::run_heal(options);
  std::printf("%s\n", verbena::sim::heal_json(options, result).c_str());
  return result.agreed && result.violations.empty() ? 0 : violated;
}

int revoke(const verbena::sim::IslandRevocation& island, const verbena::sim::RowRevocation& row) {
  const auto result = verbena::sim::run_revocations(island, row);
  std::printf("%s\n", verbena::sim::revocation_json(island, row, result).c_str());
  return result.all_heard() ? 0 : violated;
}

int tail(const verbena::sim::TailOptions& options) {
  const auto result = verbena::sim::run_tail(options);
  std::printf("%s\n", verbena::sim::tail_json(options, result).c_str());
  return result.passed() ? 0 : violated;
}

int smash(const verbena::sim::SmashOptions& options) {
  const auto result = verbena::sim::run_smash(options);
  std::printf("%s\n", verbena::sim::smash_json(options, result).c_str());
  return result.passed() ? 0 : violated;
}

std::uint64_t peak_bytes() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<std::uint64_t>(used.ru_maxrss) * 1'024;  // told in KiB: getrusage(2)
}

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

int calm(const verbena::sim::CalmOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  const auto day = verbena::sim::run_calm(options);
  std::printf("%s\n", calm_json(options, day, seconds_since(began)).c_str());
  return day.passed() ? 0 : violated;
}

int site(const verbena::sim::SiteOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  const auto day = verbena::sim::run_site(options);
  const auto json = site_json(options, day, seconds_since(began), peak_bytes());
  std::printf("%s\n", json.c_str());
  return day.passed() ? 0 : violated;
}

int list_mutants() {
  for (const auto& row : verbena::sim::mutants()) {
    std::printf("%s %s %s\n", row.name, row.invariant, row.option);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A festival in virtual time, in which things go wrong"};
  verbena::sim::DayOptions options;
  double hours = 0;
  verbena::sim::HealOptions healed;
  verbena::sim::IslandRevocation island;
  verbena::sim::RowRevocation row;
  verbena::sim::TailOptions ends;
  verbena::sim::SmashOptions smashed;
  verbena::sim::SiteOptions whole;
  verbena::sim::CalmOptions quiet;
  bool json = false, honest = false, list = false;
  std::string scenario = "faults", mutant;
  app.add_option("--seed", options.seed, "decides everything");
  const auto* nodes =
      app.add_option("--nodes", options.nodes, "devices, hub, desk and hostile ones included")
          ->check(CLI::Range(3, 1'000));
  app.add_option("--hours", hours, "of sales, in virtual time")->check(CLI::Range(0.01, 24.0));
  app.add_option("--scenario", scenario,
                 "faults; a day of goods and cash: theft, honest; figures: heal, revoke, tail, "
                 "smash, site, "
                 "calm")
      ->check(CLI::IsMember(
          {"faults", "theft", "honest", "heal", "revoke", "tail", "smash", "site", "calm"}));
  std::uint64_t sales = 0;
  app.add_option("--sales", sales,
                 "heal: of each till while it is cut off; site, calm: of the whole day")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--hostile", healed.hostile, "heal: devices that lie, beside the others")
      ->check(CLI::Range(0, 1'000));
  app.add_option("--full", whole.full, "site: of the devices, those that hold everything")
      ->check(CLI::Range(2, 1'000));
  app.add_option("--backlog", row.backlog_bytes, "revoke: bytes on their way along the row")
      ->check(CLI::Range(0, 1'000'000'000));
  std::uint64_t tills = 0;
  app.add_option("--tills", tills, "smash, tail: so many are destroyed")
      ->check(CLI::Range(2, 1'000'000));
  app.add_option("--bands", smashed.crowd.bands_percent, "smash: percent of the people")
      ->check(CLI::Range(1, 100));
  app.add_option("--at", smashed.crowd.day_percent, "smash: percent of the day's sales")
      ->check(CLI::Range(20, 99));
  app.add_option("--exit", smashed.crowd.exit_percent, "smash: percent of bands read at the exit")
      ->check(CLI::Range(0, 100));
  app.add_option("--purchases", smashed.crowd.purchases_tenths,
                 "smash: of a head on the day, in tenths")
      ->check(CLI::Range(10, 1'000));
  app.add_flag("--no-hostile", honest, "no device lies");
  app.add_flag("--by-zone", options.by_zone, "tills follow their zone only");
  app.add_flag("--real-signatures", options.real_signatures, "verify each signature every time");
  app.add_option("--mutant", mutant, "plant this bug; stop at the first violation");
  app.add_flag("--list-mutants", list,
               "each bug, the invariant that must see it, what to run it with");
  app.add_flag("--json", json, "one JSON object on stdout");
  CLI11_PARSE(app, argc, argv);
  if (list) return list_mutants();
  if (!verbena::sim::plant(mutant)) {
    std::fprintf(stderr, "no mutant %s in this build: see the preset mutants\n", mutant.c_str());
    return 2;
  }
  healed.seed = island.seed = row.seed = smashed.seed = whole.seed = ends.seed = quiet.seed =
      options.seed;
  if (tills > 0) smashed.tills = ends.destroyed = tills;
  if (sales > 0) healed.sales = whole.sales = quiet.sales = sales;
  if (nodes->count() > 0) healed.nodes = island.nodes = whole.nodes = quiet.nodes = options.nodes;
  if (scenario == "heal") {
    if (healed.sales > heal_sales_max) {
      std::fprintf(stderr, "--sales: a till sells at most %llu while it is cut off\n",
                   static_cast<unsigned long long>(heal_sales_max));
      return 2;
    }
    return heal(healed);
  }
  if (scenario == "revoke") return revoke(island, row);
  if (scenario == "tail") return tail(ends);
  if (scenario == "smash") return smash(smashed);
  if (scenario == "calm") return calm(quiet);
  if (scenario == "site") {
    if (whole.full + 2 > whole.nodes) {
      std::fprintf(stderr, "--full: of %zu devices at least two are tills\n", whole.nodes);
      return 2;
    }
    return site(whole);
  }
  if (scenario != "faults") return run_stock_day({options.seed, scenario == "theft"});
  if (hours > 0) options.sold_ms = static_cast<std::uint64_t>(hours * 3'600'000);
  options.hostile = !honest;
  if (!mutant.empty()) {  // a planted bug may end in a failed check of the product's own
    options.on_violation = [](const std::string& what) {
      std::printf("%s\n", what.c_str());
      std::fflush(stdout);
      std::_Exit(violated);
    };
  }

  const auto began = std::chrono::steady_clock::now();
  const auto result = verbena::sim::run_day(options);
  const double wall_s = seconds_since(began);
  const double virtual_s = static_cast<double>(result.virtual_ms) / 1000;
  nlohmann::ordered_json out = {{"seed", options.seed},
                                {"nodes", options.nodes},
                                {"hostile", result.hostile},
                                {"events", result.events},
                                {"sales", result.sales},
                                {"checked", result.checked},
                                {"virtual_s", virtual_s},
                                {"wall_s", wall_s},
                                {"speed", virtual_s / wall_s},
                                {"wire_bytes", result.wire_bytes},
                                {"converged", result.converged},
                                {"converge_s", static_cast<double>(result.converge_ms) / 1000},
                                {"violations", result.violations},
                                {"digest", result.digest},
                                {"faults", result.faults}};
  std::printf("%s\n", out.dump(json ? -1 : 2).c_str());
  return result.violations.empty() ? 0 : violated;
}
