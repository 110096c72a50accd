// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/cli/cli.h"
#include "node/http/wall_people.h"
#include "node/office.h"

namespace verbena::node {

using ledger::Errc;

namespace {

struct StaffOptions {
  std::string festival, home, alias, out;
};

// From the environment, else six random digits.
std::string chosen_pin() {
  if (const char* given = std::getenv("VERBENA_PIN")) return given;
  const std::string digits = std::to_string(1'000'000 + machine().random.u64() % 1'000'000);
  return digits.substr(1);
}

int run_staff_band(const Output& output, const StaffOptions& options) {
  auto secret = ask_passphrase();
  if (!secret) return output.fail(secret.error());
  auto office = Office::open(options.festival, *secret, machine().clock, machine().random);
  if (!office) return output.fail(office.error());
  if (path_exists(options.out)) {
    return output.fail({Errc::bad_input, options.out + ": exists already"});
  }
  const std::string pin = chosen_pin();
  auto band = office->new_staff_band(options.alias, pin);
  if (!band) return output.fail(band.error());
  if (auto status = write_file(options.out, to_image(*band), true); !status) {
    return output.fail(status.error());
  }
  nlohmann::ordered_json object;
  object["staff"] = options.alias;
  object["band"] = options.out;
  object["pin"] = pin;
  return output.say(object,
                    output.text("Staff band of ", "Pulsera de personal de ") + options.alias +
                        ": " + options.out + ", PIN " + pin,
                    exit_done);
}

// Lets somebody of the staff sign in on the wall of this hub.
int run_staff_wall(const Output& output, const StaffOptions& options) {
  auto secret = ask_passphrase();
  if (!secret) return output.fail(secret.error());
  auto added = add_wall_person(options.home, options.alias, *secret, machine().random);
  if (!added) return output.fail(added.error());
  nlohmann::ordered_json object;
  object["staff"] = options.alias;
  object["otpauth"] = *added;
  return output.say(object,
                    options.alias +
                        output.text(" may sign in on this wall. For the code app: ",
                                    " puede entrar en este panel. Para la app de "
                                    "códigos: ") +
                        *added,
                    exit_done);
}

}  // namespace

void add_staff_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* staff = line.app.add_subcommand("staff", "who may sign in");
  staff->require_subcommand(1);
  auto options = std::make_shared<StaffOptions>();

  auto* band = staff->add_subcommand("band", "a simulated staff band as a file, with its PIN");
  band->add_option("--festival", options->festival, "directory made by init")->required();
  band->add_option("--alias", options->alias, "who, as in the festival file")->required();
  band->add_option("--out", options->out, "file to make")->required();
  band->callback([&, options] { run = [&, options] { return run_staff_band(output, *options); }; });

  auto* wall = staff->add_subcommand("wall", "alias, passphrase and code for a hub's wall");
  wall->add_option("--home", options->home, "the hub's home")->required();
  wall->add_option("--alias", options->alias, "who, as in the festival file")->required();
  wall->callback([&, options] { run = [&, options] { return run_staff_wall(output, *options); }; });
}

}  // namespace verbena::node
