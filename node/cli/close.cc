// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/archive.h"
#include "node/audit_json.h"
#include "node/cli/call.h"
#include "replication/bundle.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

struct CloseOptions {
  std::string home, node, out, amends;
  std::vector<std::string> add;
};

Result<std::vector<AuditSource>> open_sources(const CloseOptions& options) {
  std::vector<AuditSource> out;
  if (!options.node.empty()) {
    ClientOptions client;
    client.home = options.home;
    auto keys = client_keys(client);
    if (!keys) return keys.error();
    auto bundle = TerminalClient(options.node, *keys).export_bundle();
    if (!bundle) return bundle.error();
    auto source = read_audit_source(*bundle);
    if (!source) return Error{source.error().code, options.node + ": " + source.error().text};
    out.push_back(source.take());
  }
  std::vector<std::string> paths = options.add;
  if (options.node.empty() && !options.home.empty()) paths.insert(paths.begin(), options.home);
  for (const auto& path : paths) {
    auto source = open_audit_source(path);
    if (!source) return source.error();
    out.push_back(source.take());
  }
  if (out.empty()) return Error{Errc::bad_input, "whose logs? give --home, --node or --add"};
  return out;
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// What a supervisor is asked to sign, in a few lines.
std::string seal_page(const Output& output, const ArchiveAudit& audit) {
  const auto& report = audit.report;
  const auto money = [&](__int128 minor) { return ledger::format_decimal(minor, report.scale); };
  std::string page =
      output.text("Seal ", "Sello ") + std::to_string(audit.found.number()) +
      output.text(" of ", " de ") + report.festival + ": " + std::to_string(audit.found.events()) +
      output.text(" events in ", " eventos en ") + std::to_string(report.logs) +
      output.text(" logs, sold ", " registros, vendido ") + money(report.totals.sales_minor) +
      output.text(", on bands ", ", en pulseras ") + money(report.totals.balances_minor) +
      output.text(", faults ", ", fallos ") + std::to_string(audit.found.faults()) +
      output.text(", open notices ", ", avisos abiertos ") + std::to_string(audit.found.notices()) +
      output.text("\nstate ", "\nestado ") + ledger::hex(audit.found.state_digest());
  for (const auto& tail : audit.ground.missing) {
    page += output.text("\nnot returned: ", "\nsin devolver: ") + missing_text(audit.ground, tail);
  }
  if (const auto silent = never_heard(audit); !silent.empty()) {
    page += output.text("\nnever heard of: ", "\nde los que no se supo nada: ") + listed(silent);
  }
  return page;
}

std::string not_yet(const Output& output, const ArchiveAudit& audit) {
  return output.text("\nNot sealed yet: signatures needed: ",
                     "\nAún no está sellado; firmas necesarias: ") +
         std::to_string(audit.seals.back().needed);
}

ordered_json seal_json(const std::string& path, std::size_t bytes, const ArchiveAudit& audit) {
  ordered_json object;
  object["file"] = path;
  object["bytes"] = bytes;
  object["number"] = audit.found.number();
  object["events"] = audit.found.events();
  object["logs"] = audit.report.logs;
  object["state_digest"] = ledger::hex(audit.found.state_digest());
  object["frontier_root"] = ledger::hex(audit.found.frontier_root());
  object["faults"] = audit.found.faults();
  object["notices"] = audit.found.notices();
  object["totals"] = totals_json(audit.report.totals);
  object["missing"] = missing_json(audit.ground);
  object["never_heard"] = never_heard(audit);
  object["supervisors"] = audit.persons;
  object["signatures_needed"] = audit.seals.back().needed;
  object["signed_by"] = audit.seals.back().supervisors;
  object["sealed"] = audit.seals.back().holds;
  return object;
}

int run_close(const Output& output, const CloseOptions& options) {
  if (path_exists(options.out)) {
    return output.fail({Errc::bad_input, options.out + ": exists already"});
  }
  std::string amends;
  if (!options.amends.empty()) {
    auto bytes = read_file(options.amends, replication::archive_bytes_max);
    if (!bytes) return output.fail(bytes.error());
    amends = bytes.take();
  }
  auto sources = open_sources(options);
  if (!sources) return output.fail(sources.error());
  auto closed = close_festival(*sources, amends);
  if (!closed) return output.fail(closed.error());
  if (auto status = write_file(options.out, closed->file); !status) {
    return output.fail(status.error());
  }
  return output.say(
      seal_json(options.out, closed->file.size(), closed->audit),
      seal_page(output, closed->audit) +
          output.text("\nArchive written. Now supervisors seal it, each with a device of their own:"
                      "\n  verbena seal ",
                      "\nArchivo escrito. Ahora lo sellan supervisores, cada uno con su propio "
                      "dispositivo:\n  verbena seal ") +
          options.out + " --home HOME",
      exit_done);
}

int run_seal(const Output& output, const std::string& path, const std::string& home) {
  auto bytes = read_file(path, replication::archive_bytes_max);
  if (!bytes) return output.fail(bytes.error());
  auto keys = unlocked_home(home);
  if (!keys) return output.fail(keys.error());
  auto sealing = seal_archive(*bytes, keys->identity.key);
  if (!sealing) {
    const Error& error = sealing.error();
    if (error.code == Errc::refused) return output.fail(error);
    return output.fail({error.code, path + ": " + error.text});
  }
  const ArchiveAudit& audit = sealing->audit;
  if (!sealing->objections.empty()) {
    ordered_json object = seal_json(path, bytes->size(), audit);
    object["signed"] = false;
    object["objections"] = sealing->objections;
    std::string page = output.text("NOT SIGNED.", "NO FIRMADO.");
    for (const auto& text : sealing->objections) page += "\n" + text;
    return output.say(object, page, exit_no);
  }
  if (auto status = write_file(path, sealing->file); !status) return output.fail(status.error());
  ordered_json object = seal_json(path, sealing->file.size(), audit);
  object["signed"] = true;
  const auto& signers = audit.seals.back().supervisors;
  return output.say(object,
                    seal_page(output, audit) +
                        output.text("\nSigned, after a replay from zero. Signatures: ",
                                    "\nFirmado, tras repetirlo desde cero. Firmas: ") +
                        std::to_string(signers.size()) + output.text(" of ", " de ") +
                        std::to_string(audit.persons) + " (" + listed(signers) + ")" +
                        (audit.seals.back().holds ? output.text("\nSEALED.", "\nSELLADO.")
                                                  : not_yet(output, audit)),
                    exit_done);
}

}  // namespace

void add_close_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* close = line.app.add_subcommand("close", "gather the festival's logs in one archive");
  auto options = std::make_shared<CloseOptions>();
  close->add_option("--home", options->home,
                    "a home without a running node (its keys with --node)");
  close->add_option("--node", options->node, "address of a running node");
  close->add_option("--add", options->add, "more homes, bundles or archives of returned devices");
  close->add_option("--amends", options->amends, "a sealed archive that the new one extends");
  close->add_option("--out", options->out, "the archive, a new file")->required();
  close->callback([&, options] { run = [&, options] { return run_close(output, *options); }; });

  auto* seal = line.app.add_subcommand("seal", "replay an archive and sign its seal");
  auto path = std::make_shared<std::string>(), home = std::make_shared<std::string>();
  seal->add_option("archive", *path, "the archive")->required();
  seal->add_option("--home", *home, "home of the supervisor who signs")->required();
  seal->callback(
      [&, path, home] { run = [&, path, home] { return run_seal(output, *path, *home); }; });
}

}  // namespace verbena::node
