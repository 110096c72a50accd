// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/audit_json.h"
#include "node/audit_source.h"
#include "node/cli/cli.h"
#include "node/home.h"
#include "node/presence_check.h"
#include "node/seal_audit.h"
#include "node/system_clock.h"
#include "node/terminal_client.h"
#include "replication/bundle.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;
using nlohmann::ordered_json;

namespace {

struct AuditOptions {
  std::string path, fingerprint, presence;
  std::uint64_t at_seal = 0;
};

// Whoever has a hub's key for presence checks each chip's word, and each verdict, again.
Status check_presence(const Path& home, const AuditSource& source, ledger::AuditReport& report) {
  auto keys = read_band_keys(home);
  if (!keys && keys.error().code == Errc::bad_input) {  // the office's are locked
    auto secret = ask_passphrase();
    if (!secret) return secret.error();
    keys = read_band_keys(home, *secret);
  }
  if (!keys) return keys.error();
  if (!*keys || !(*keys)->presence) {
    return Error{Errc::bad_input, home.string() + ": has no key for the presence of bands"};
  }
  if ((*keys)->festival != source.root.certificate.festival) {
    return Error{Errc::other_festival, home.string() + ": its keys are of another festival"};
  }
  return audit_presence(*source.store, **keys, report);
}

// "seal 1 holds: signed by ..., 2 of 3 supervisors".
std::string seals_page(const Output& output, const ArchiveAudit& audit) {
  std::string page;
  for (const auto& seal : audit.seals) {
    page +=
        output.text("\nseal ", "\nsello ") + std::to_string(seal.number) + " " +
        (seal.holds ? output.text("HOLDS", "VÁLIDO") : output.text("DOES NOT HOLD", "NO VÁLIDO")) +
        output.text(", signed by ", ", firmado por ") + std::to_string(seal.supervisors.size()) +
        output.text(" of ", " de ") + std::to_string(audit.persons) +
        output.text(" supervisors", " supervisores");
    for (std::size_t i = 0; i < seal.supervisors.size(); ++i) {
      page += (i == 0 ? ": " : ", ") + seal.supervisors[i];
    }
  }
  return page;
}

int run_audit(const Output& output, const AuditOptions& options) {
  auto source = open_audit_source(options.path, options.at_seal);
  if (!source) return output.fail(source.error());
  std::optional<ArchiveAudit> archived;
  if (source->archive) {
    auto audited = audit_archive(*source->archive);
    if (!audited) return output.fail(audited.error());
    archived = audited.take();
  }
  auto report = archived ? Result(archived->report) : audit(*source);
  if (!report) return output.fail(report.error());
  if (!options.presence.empty()) {
    if (auto status = check_presence(options.presence, *source, *report); !status) {
      return output.fail(status.error());
    }
  }
  const std::string fingerprint = ledger::hex(ledger::key_id(source->root.certificate.key));
  if (!options.fingerprint.empty() && options.fingerprint != fingerprint) {
    report->findings.insert(report->findings.begin(),
                            {ledger::Severity::fault,
                             "other-root",
                             "the root of this is " + fingerprint + ", not " + options.fingerprint +
                                 ": it may be anybody's",
                             {}});
  }
  const auto money = [&](__int128 minor) { return ledger::format_decimal(minor, report->scale); };
  std::string page =
      report->festival + ": " + std::to_string(report->events) +
      output.text(" events in ", " eventos en ") + std::to_string(report->logs) +
      output.text(" logs, heads verified: ", " registros, cabezas verificadas: ") +
      std::to_string(report->heads_verified) + "\n" + output.text("topped up ", "recargado ") +
      money(report->totals.topups_minor) + output.text(", sold ", ", vendido ") +
      money(report->totals.sales_minor) + output.text(", paid out ", ", devuelto ") +
      money(report->totals.refunds_minor) + output.text(", on bands ", ", en pulseras ") +
      money(report->totals.balances_minor) + output.text(", on vouchers ", ", en vales ") +
      money(report->totals.vouchers_minor) + output.text(", open ", ", abierto ") +
      money(report->totals.suspense_minor) + "\n" + output.text("state ", "estado ") +
      ledger::hex(report->state_digest) +
      output.text("\nroot with the fingerprint ", "\nraíz con la huella ") + fingerprint;
  if (archived) page += seals_page(output, *archived);
  for (const auto& finding : report->findings) {
    page += std::string("\n") +
            (finding.severity == ledger::Severity::fault ? output.text("FAULT ", "FALLO ")
                                                         : output.text("notice ", "aviso ")) +
            finding.kind + ": " + finding.text;
  }
  auto object = audit_json(*report);
  object["fingerprint"] = fingerprint;
  if (archived) {
    object["seals"] = seals_json(*archived);
    object["supervisors"] = archived->persons;
    object["missing"] = missing_json(archived->ground);
  }
  // Taking a state of half a gigabyte apart takes an eighth of an audit's time: this one stays
  // until the process ends.
  static const auto* const kept = new std::shared_ptr<ledger::State>(report->state);
  (void)kept;
  return output.say(object, page, report->faults() == 0 ? exit_done : exit_no);
}

struct BundleOptions {
  std::string home, node, file;
};

Result<HomeKeys> keys_for(const BundleOptions& options) {
  std::string home = options.home;
  if (const char* given = std::getenv("VERBENA_HOME"); home.empty() && given) home = given;
  if (home.empty()) return Error{Errc::bad_input, "give --home HOME or set VERBENA_HOME"};
  auto passphrase = home_passphrase(home);
  if (!passphrase) return passphrase.error();
  return read_home(home, *passphrase);
}

Result<OpenHome> home_of(const BundleOptions& options) {
  auto passphrase = home_passphrase(options.home);
  if (!passphrase) return passphrase.error();
  return open_home(options.home, machine().clock, machine().random, *passphrase);
}

int run_export(const Output& output, const BundleOptions& options) {
  std::string bundle;
  if (!options.node.empty()) {
    auto keys = keys_for(options);
    if (!keys) return output.fail(keys.error());
    auto fetched = TerminalClient(options.node, *keys).export_bundle();
    if (!fetched) return output.fail(fetched.error());
    bundle = fetched.take();
  } else {
    auto home = home_of(options);
    if (!home) return output.fail(home.error());
    auto root = read_file(Path(options.home) / "root");
    if (!root) return output.fail(root.error());
    auto status = replication::export_bundle(*home->ledger, *root, [&](std::string_view bytes) {
      bundle = bytes;
      return ledger::done();
    });
    if (!status) return output.fail(status.error());
  }
  if (auto status = write_file(options.file, bundle); !status) return output.fail(status.error());
  ordered_json object;
  object["file"] = options.file;
  object["bytes"] = bundle.size();
  return output.say(object, output.text("Bundle written: ", "Paquete escrito: ") + options.file,
                    exit_done);
}

int run_import(const Output& output, const BundleOptions& options) {
  auto bundle = read_file(options.file, replication::bundle_bytes_max);
  if (!bundle) return output.fail(bundle.error());
  std::uint64_t added = 0, held = 0;
  if (!options.node.empty()) {
    auto keys = keys_for(options);
    if (!keys) return output.fail(keys.error());
    auto summary = TerminalClient(options.node, *keys).import_bundle(*bundle);
    if (!summary) return output.fail(summary.error());
    added = summary->events();
    held = summary->already_held();
  } else {
    auto home = home_of(options);
    if (!home) return output.fail(home.error());
    auto report = replication::import_bundle(*home->ledger, *bundle);
    if (!report) {
      return output.fail({report.error().code, options.file + ": " + report.error().text});
    }
    added = report->added;
    held = report->already_held;
  }
  ordered_json object;
  object["added"] = added;
  object["already_held"] = held;
  return output.say(object,
                    output.text("New events: ", "Eventos nuevos: ") + std::to_string(added) +
                        output.text(", known: ", ", conocidos: ") + std::to_string(held),
                    exit_done);
}

}  // namespace

void add_audit_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* audit = line.app.add_subcommand("audit", "replay a home, a bundle or an archive from zero");
  auto audited = std::make_shared<AuditOptions>();
  audit->add_option("path", audited->path, "a home without a running node, a bundle or an archive")
      ->required();
  audit->add_option("--at", audited->at_seal, "only what this seal of an archive is over")
      ->check(CLI::Range(1, 64));
  audit->add_option("--fingerprint", audited->fingerprint, "of the root it must be by");
  audit->add_option("--presence", audited->presence,
                    "a hub's home, or the office, whose key checks what chips prove");
  audit->callback([&, audited] { run = [&, audited] { return run_audit(output, *audited); }; });

  auto* bundle = line.app.add_subcommand("bundle", "the logs as a file");
  bundle->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, auto action) {
    auto* sub = bundle->add_subcommand(name, help);
    auto options = std::make_shared<BundleOptions>();
    sub->add_option("--home", options->home, "home (its keys with --node)");
    sub->add_option("--node", options->node, "address of a running node");
    sub->add_option("file", options->file, "the bundle")->required();
    sub->callback(
        [&, options, action] { run = [&, options, action] { return action(output, *options); }; });
  };
  add("export", "write what is held", run_export);
  add("import", "take in what is new", run_import);
}

}  // namespace verbena::node
