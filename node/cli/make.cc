// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/band_file.h"
#include "node/cli/cli.h"
#include "node/node.h"
#include "node/office.h"
#include "node/stop_signal.h"
#include "node/system_clock.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::uint64_t credit_limit_minor_default = 10'000'000;

int run_init(const Output& output, const std::string& file, const std::string& directory) {
  auto secret = ask_passphrase();
  if (!secret) return output.fail(secret.error());
  auto made = init_festival(file, directory, *secret, machine().clock, machine().random);
  if (!made) return output.fail(made.error());
  nlohmann::ordered_json object;
  object["festival"] = ledger::hex_u64(made->tag);
  object["fingerprint"] = made->fingerprint;
  object["directory"] = directory;
  const std::string sentence =
      std::string(output.text("Festival made. Fingerprint of its root key: ",
                              "Festival creado. Huella de su clave raíz: ")) +
      made->fingerprint + "\n" +
      output.text("Carry away, and keep offline: ", "Llévese y guarde sin conexión: ") + directory +
      "/root";
  return output.say(object, sentence, exit_done);
}

struct EnrolOptions {
  std::string festival, role, stand, name, out, approve;
  bool spare = false;
  std::size_t count = 1;
};

int run_spares(const Output& output, Office& office, schemas::Role role,
               const EnrolOptions& options) {
  auto made = office.make_spares(role, options.count, options.out);
  if (!made) return output.fail(made.error());
  nlohmann::ordered_json object;
  object["role"] = options.role;
  object["box"] = options.out;
  object["spares"] = *made;
  std::string names;
  for (const auto& alias : *made) names += (names.empty() ? "" : ", ") + alias;
  return output.say(object,
                    output.text("Spares, which two supervisors assign, in ",
                                "Repuestos, que asignan dos supervisores, en ") +
                        options.out + ": " + names,
                    exit_done);
}

int run_enrol(const Output& output, const EnrolOptions& options) {
  const auto role = ledger::role_from_name(options.role);
  if (!role || *role == schemas::ROOT) {
    return output.fail({Errc::bad_input, "no role is called \"" + options.role + "\""});
  }
  auto secret = ask_passphrase();
  if (!secret) return output.fail(secret.error());
  auto office = Office::open(options.festival, *secret, machine().clock, machine().random);
  if (!office) return output.fail(office.error());
  if (options.spare) return run_spares(output, *office, *role, options);
  EnrolRequest request{*role, options.stand, options.name, {}, credit_limit_minor_default, {}};
  if (!options.approve.empty()) {
    auto passphrase = home_passphrase(options.approve, true);
    if (!passphrase) return output.fail(passphrase.error());
    request.approve = options.approve;
    request.approve_passphrase = passphrase.take();
  }
  auto alias = office->enrol(request, options.out);
  if (!alias) return output.fail(alias.error());
  nlohmann::ordered_json object;
  object["device"] = *alias;
  object["role"] = options.role;
  object["home"] = options.out;
  return output.say(object, output.text("Enrolled ", "Dado de alta ") + *alias + ": " + options.out,
                    exit_done);
}

int run_band_new(const Output& output, const std::string& festival, const std::string& file) {
  auto secret = ask_passphrase();
  if (!secret) return output.fail(secret.error());
  auto office = Office::open(festival, *secret, machine().clock, machine().random);
  if (!office) return output.fail(office.error());
  auto image = office->new_band();
  if (!image) return output.fail(image.error());
  if (auto status = create_band_file(file, *image); !status) return output.fail(status.error());
  nlohmann::ordered_json object;
  object["band"] = file;
  return output.say(object, output.text("New band: ", "Pulsera nueva: ") + file, exit_done);
}

int run_node(const Output& output, const NodeOptions& options) {
  StopSignal stop;
  auto node = Node::start(options, machine().clock, machine().random);
  if (!node) return output.fail(node.error());
  std::printf("ready %s\n", (*node)->address().c_str());
  if (!options.http.empty()) std::printf("http https://%s/\n", (*node)->http_address().c_str());
  std::fflush(stdout);
  stop.wait();
  (*node)->stop();
  return exit_done;
}

}  // namespace

void add_make_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;

  auto* init = line.app.add_subcommand("init", "make a festival from its file");
  auto file = std::make_shared<std::string>(), directory = std::make_shared<std::string>();
  init->add_option("file", *file, "festival file (TOML)")->required();
  init->add_option("--out", *directory, "directory to make")->required();
  init->callback([&, file, directory] {
    run = [&, file, directory] { return run_init(output, *file, *directory); };
  });

  auto* enrol = line.app.add_subcommand("enrol", "make a device's home");
  auto options = std::make_shared<EnrolOptions>();
  enrol->add_option("--festival", options->festival, "directory made by init")->required();
  enrol->add_option("--role", options->role, "vendor, top-up, store, hub, ...")->required();
  enrol->add_option("--stand", options->stand, "the stand it belongs to");
  enrol->add_option("--name", options->name, "its alias");
  enrol->add_option("--approve", options->approve, "home of a second supervisor");
  enrol->add_option("--out", options->out, "home to make")->required();
  auto* spare = enrol->add_flag("--spare", options->spare,
                                "devices that lie ready in --out, for whichever stand needs one");
  spare->excludes(enrol->get_option("--stand"))->excludes(enrol->get_option("--name"));
  enrol->add_option("--count", options->count, "so many of them")->needs(spare);
  enrol->callback([&, options] { run = [&, options] { return run_enrol(output, *options); }; });

  auto* band = line.app.add_subcommand("band", "wristbands");
  band->require_subcommand(1);
  auto* band_new = band->add_subcommand("new", "a simulated band as a file");
  auto band_festival = std::make_shared<std::string>(), band_file = std::make_shared<std::string>();
  band_new->add_option("--festival", *band_festival, "directory made by init")->required();
  band_new->add_option("--out", *band_file, "file to make")->required();
  band_new->callback([&, band_festival, band_file] {
    run = [&, band_festival, band_file] {
      return run_band_new(output, *band_festival, *band_file);
    };
  });

  add_band_commands(*band, line);
  add_lost_band_commands(*band, line);

  auto* node = line.app.add_subcommand("node", "run a device");
  auto node_options = std::make_shared<NodeOptions>();
  auto home = std::make_shared<std::string>();
  node->add_option("--home", *home, "the device's home")->required();
  node->add_option("--listen", node_options->listen, "address to serve, port 0 allowed")
      ->required();
  node->add_option("--peer", node_options->peers, "address of another device");
  node->add_option("--http", node_options->http, "address for browsers, port 0 allowed");
  node->add_option("--reader", node_options->reader,
                   "pcsc, pcsc:NAME, or file:DIR, a simulated one");
  node->callback([&, node_options, home] {
    run = [&, node_options, home] {
      node_options->home = *home;
      return run_node(output, *node_options);
    };
  });
}

}  // namespace verbena::node
