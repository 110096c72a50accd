// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/cli/cli.h"
#include "node/demo/demo.h"
#include "node/demo/linger.h"

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
  auto bands = std::make_shared<std::string>("emulator");
  demo->add_option("--bands", *bands, "emulator: on emulated chips; file: in files")
      ->check(CLI::IsMember({"emulator", "file"}));
  demo->add_flag("--no-faults", *no_faults, "nothing is cut, killed, smashed or torn");
  demo->add_flag("--linger", options->linger,
                 "keep the festival alive, with a till and a wall for a browser");
  demo->add_option("--keep", options->keep, "leave the festival's files in this new directory");
  demo->callback([&, options, bands, no_faults] {
    run = [&, options, bands, no_faults] {
      options->faults = !*no_faults;
      options->emulator = *bands == "emulator";
      std::optional<StopSignal> stop;
      if (options->linger) stop.emplace();
      int code = exit_no;
      auto result =
          run_demo(*options, output,
                   [&](const DemoResult& done, Ground& ground, const schemas::Festival& festival) {
                     auto object = demo_json(done);
                     std::string page = demo_page(done, output);
                     if (stop) {
                       object["screens"] = screens_json(ground);
                       page += "\n\n" + screens_page(ground, output);
                     }
                     code = output.say(object, page, done.good() ? exit_done : exit_no);
                     if (stop) linger(ground, festival, output, *stop);
                   });
      return result ? code : output.fail(result.error());
    };
  });
}

}  // namespace verbena::node
