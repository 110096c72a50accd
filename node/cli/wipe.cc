// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/books.h"
#include "node/cli/call.h"
#include "node/wipe.h"
#include "replication/archive.h"

namespace verbena::node {

using ledger::Errc;
using ledger::ProvenWipe;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

struct WipeOptions {
  std::string home, archive, reason;
  std::vector<std::string> approvers;
};

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// What somebody else wrote, on one line and without control characters.
std::string plain(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return text;
}

std::string short_id(const ledger::LogName& name) {
  return ledger::hex(ledger::view(name.id()).substr(0, 8));
}

ordered_json proven_json(const ProvenWipe& proven) {
  ordered_json object;
  object["device"] = proven.device.alias;
  object["role"] = ledger::role_name(proven.device.role);
  object["stand"] = proven.device.stand;
  object["wall_ms"] = proven.wall_ms;
  object["covered"] = proven.covered();
  object["logs"] = ordered_json::array();
  for (const auto& log : proven.logs) {
    object["logs"].push_back({{"log", ledger::hex(log.name.id())},
                              {"class", ledger::log_class_name(log.name.log_class)},
                              {"size", log.size},
                              {"witnesses", log.witnesses},
                              {"sealed", log.sealed}});
  }
  object["sealed_by"] = proven.seal_signers;
  object["relied"] = proven.relied;
  object["reason"] = proven.reason;
  object["approved_by"] = proven.approvers;
  return object;
}

std::string proven_page(const Output& output, const ProvenWipe& proven) {
  std::string page = proven.device.alias + " (" + ledger::role_name(proven.device.role) +
                     (proven.device.stand.empty() ? "" : ", " + plain(proven.device.stand)) +
                     output.text("), by its own clock at ", "), según su propio reloj a las ") +
                     ledger::utc_text(proven.wall_ms << 16);
  for (const auto& log : proven.logs) {
    page += "\n  " + std::string(ledger::log_class_name(log.name.log_class)) + " " +
            short_id(log.name) + ": " + std::to_string(log.size) +
            output.text(" events", " eventos");
    if (!log.witnesses.empty()) {
      page += output.text(", held by ", ", los tiene ") + listed(log.witnesses);
    }
    if (log.sealed) page += output.text(", sealed", ", sellados");
    if (log.witnesses.empty() && !log.sealed) {
      page += output.text(", held by nobody known", ", no consta que nadie los tenga");
    }
  }
  if (!proven.seal_signers.empty()) {
    page +=
        output.text("\nSeal signed by: ", "\nSello firmado por: ") + listed(proven.seal_signers);
  }
  if (proven.relied > 0) {
    page += output.text("\nLogs of others it held that are in no seal shown: ",
                        "\nRegistros de otros que tenía y no están en ningún sello mostrado: ") +
            std::to_string(proven.relied);
  }
  if (!proven.approvers.empty()) {
    page += output.text("\nOverridden by ", "\nAutorizado por ") + listed(proven.approvers) +
            output.text(", reason: ", ", motivo: ") + plain(proven.reason);
  }
  return page;
}

int say_refused(const Output& output, const WipeOptions& options, const WipeOutcome& outcome) {
  ordered_json object{{"wiped", false}, {"missing", ordered_json::array()}};
  std::string page = output.text("NOT WIPED. Nothing was touched.", "NO BORRADO. No se tocó nada.");
  for (const auto& log : outcome.uncovered) {
    object["missing"].push_back({{"log", ledger::hex(log.name.id())},
                                 {"class", ledger::log_class_name(log.name.log_class)},
                                 {"size", log.size},
                                 {"witnessed", log.witnessed}});
    page += "\n" + std::string(ledger::log_class_name(log.name.log_class)) + " " +
            short_id(log.name) + ": " + std::to_string(log.size) +
            output.text(" events, of which others are known to hold ",
                        " eventos, de los que consta que otros tienen ") +
            std::to_string(log.witnessed);
  }
  object["relied"] = outcome.relied;
  object["alarms"] = outcome.alarms;
  if (outcome.relied > 0) {
    page += std::string("\n") +
            output.text("Logs of others that this device said it holds, in no sealed archive: ",
                        "Registros de otros que este dispositivo dijo tener, sin archivo "
                        "sellado: ") +
            std::to_string(outcome.relied) +
            output.text(". Close and seal, then: --archive FILE",
                        ". Cierra y sella, y luego: --archive ARCHIVO");
  }
  if (!outcome.uncovered.empty()) {
    page += output.text(
        "\nConnect it to the hub until status shows nothing unwitnessed, or carry "
        "its bundle there and the hub's back, or show a sealed archive: "
        "--archive FILE",
        "\nConéctalo al hub hasta que el estado no muestre nada sin testigo, o "
        "lleva allí su paquete y trae el del hub, o muestra un archivo sellado: "
        "--archive ARCHIVO");
  }
  for (const auto& text : outcome.alarms) page += "\n" + text;
  page += output.text("\nTo let it go all the same: two supervisors and a reason:",
                      "\nPara borrarlo de todos modos: dos supervisores y un motivo:");
  page += "\n  verbena wipe " + options.home + " --reason TEXT --approve HOME --approve HOME";
  return output.say(object, page, exit_no);
}

int run_wipe(const Output& output, const WipeOptions& options) {
  WipeRequest request;
  request.reason = options.reason;
  if (!options.archive.empty()) {
    auto bytes = read_file(options.archive, replication::archive_bytes_max);
    if (!bytes) return output.fail(bytes.error());
    request.archive = bytes.take();
  }
  std::vector<HomeKeys> approvers;
  for (const auto& home : options.approvers) {
    auto keys = unlocked_home(home);
    if (!keys) return output.fail(keys.error());
    approvers.push_back(keys.take());
  }
  for (const auto& keys : approvers) request.approvers.push_back(&keys.identity.key);
  std::optional<std::string> secret;
  if (const char* given = std::getenv("VERBENA_PASSPHRASE")) secret = given;
  auto outcome = wipe_home(options.home, secret, request, machine().clock, machine().random);
  if (!outcome) return output.fail(outcome.error());
  if (!outcome->wiped) return say_refused(output, options, *outcome);
  const std::string file = (Path(options.home) / wiped_file).string();
  ordered_json object = proven_json(outcome->proven);
  object["wiped"] = true;
  object["file"] = file;
  object["fingerprint"] = outcome->fingerprint;
  object["left"] = ordered_json::array();
  std::string page = output.text("WIPED. ", "BORRADO. ") + proven_page(output, outcome->proven) +
                     output.text("\nProof: ", "\nPrueba: ") + file;
  for (const auto& path : outcome->left) {
    object["left"].push_back(path.string());
    page += output.text("\nNot the home's, left alone: ", "\nNo es del dispositivo, se deja: ") +
            path.string();
  }
  return output.say(object, page, exit_done);
}

}  // namespace

int run_verify_wipe(const Output& output, std::string_view file, const std::string& fingerprint) {
  auto proven = ledger::verify_wipe(file, fingerprint);
  if (!proven) {
    if (proven.error().code == Errc::bad_input) return output.fail(proven.error());
    const ordered_json object{{"proven", false}, {"text", proven.error().text}};
    return output.say(
        object, output.text("NOT PROVEN. ", "NO PROBADO. ") + plain(proven.error().text), exit_no);
  }
  ordered_json object{{"proven", true}};
  object.update(proven_json(*proven));
  return output.say(object,
                    output.text("PROVEN. The device says that it was wiped: ",
                                "PROBADO. El dispositivo dice que fue borrado: ") +
                        proven_page(output, *proven) +
                        output.text("\nNot proven: that no copy of its key or its store is left.",
                                    "\nNo probado: que no quede copia de su clave o sus datos."),
                    exit_done);
}

void add_wipe_command(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* wipe = line.app.add_subcommand(
      "wipe", "destroy a home's keys and store once others hold what it held");
  auto options = std::make_shared<WipeOptions>();
  wipe->add_option("home", options->home, "a home without a running node")->required();
  wipe->add_option("--archive", options->archive, "a sealed archive that holds its logs");
  wipe->add_option("--reason", options->reason, "why it goes although not all is held elsewhere");
  wipe->add_option("--approve", options->approvers,
                   "home of a supervisor who lets it go all the same; two of them");
  wipe->callback([&, options] { run = [&, options] { return run_wipe(output, *options); }; });
}

}  // namespace verbena::node
