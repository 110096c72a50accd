// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/cli.h"
#include "node/demo.h"

namespace verbena::node {

void add_demo_command(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* demo = line.app.add_subcommand("demo", "a festival on this machine, with real processes");
  auto options = std::make_shared<DemoOptions>();
  auto no_faults = std::make_shared<bool>(false);
  demo->add_option("--devices", options->devices, "hub, desk, store and tills")
      ->check(CLI::Range(demo_devices_min, demo_devices_max));
  demo->add_option("--sales", options->sales, "how many")->check(CLI::Range(40, 1'000'000));
  demo->add_option("--seed", options->seed, "another story");
  demo->add_option("--festival", options->festival, "a festival file of your own (TOML)");
  demo->add_option("--trace", options->trace,
                   "a recorded till log to play (CSV: time,stand,customer,sku,quantity)");
  demo->add_flag("--no-faults", *no_faults, "nothing is cut, killed or smashed");
  demo->add_option("--keep", options->keep, "leave the festival's files in this new directory");
  demo->callback([&, options, no_faults] {
    run = [&, options, no_faults] {
      options->faults = !*no_faults;
      auto result = run_demo(*options, output);
      if (!result) return output.fail(result.error());
      return output.say(demo_json(*result), demo_page(*result, output),
                        result->good() ? exit_done : exit_no);
    };
  });
}

}  // namespace verbena::node
