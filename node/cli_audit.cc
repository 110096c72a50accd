// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "ledger/store/memory_store.h"
#include "ledger/store/rocks_store.h"
#include "node/audit_json.h"
#include "node/cli.h"
#include "node/home.h"
#include "node/system_clock.h"
#include "node/terminal_client.h"
#include "replication/bundle.h"
#include "replication/frontier.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t bundle_bytes_max = std::size_t{2} << 30;

Result<ledger::AuditReport> audit_bundle(const std::string& bundle) {
  auto root = replication::bundle_root(bundle);
  if (!root) return root.error();
  ledger::MemoryStore store;
  SystemClock clock;
  ledger::SystemRandom random;
  auto book = ledger::Ledger::open(store, root->certificate, {}, clock, random);
  if (!book) return book.error();
  auto report = replication::import_bundle(**book, bundle);
  if (!report) return report.error();
  auto audited = ledger::audit(store, root->certificate);
  if (audited && report->runs_refused > 0) {
    audited->findings.push_back({ledger::Severity::fault,
                                 "forged",
                                 std::to_string(report->runs_refused) +
                                     " runs of the bundle do not verify: " + report->first_refusal,
                                 {}});
  }
  return audited;
}

int run_audit(const Output& output, const std::string& path) {
  auto report = audit_path(path);
  if (!report) return output.fail(report.error());
  const auto money = [&](__int128 minor) { return ledger::format_decimal(minor, report->scale); };
  std::string page =
      report->festival + ": " + std::to_string(report->events) +
      output.text(" events in ", " eventos en ") + std::to_string(report->logs) +
      output.text(" logs, heads verified: ", " registros, cabezas verificadas: ") +
      std::to_string(report->heads_verified) + "\n" + output.text("topped up ", "recargado ") +
      money(report->totals.topups_minor) + output.text(", sold ", ", vendido ") +
      money(report->totals.sales_minor) + output.text(", paid out ", ", devuelto ") +
      money(report->totals.refunds_minor) + output.text(", on bands ", ", en pulseras ") +
      money(report->totals.balances_minor) + output.text(", open ", ", abierto ") +
      money(report->totals.suspense_minor) + "\n" + output.text("state ", "estado ") +
      ledger::hex(report->state_digest);
  for (const auto& finding : report->findings) {
    page += std::string("\n") +
            (finding.severity == ledger::Severity::fault ? output.text("FAULT ", "FALLO ")
                                                         : output.text("notice ", "aviso ")) +
            finding.kind + ": " + finding.text;
  }
  return output.say(audit_json(*report), page, report->faults() == 0 ? exit_done : exit_no);
}

struct BundleOptions {
  std::string home, node, file;
};

Result<HomeKeys> keys_for(const BundleOptions& options) {
  std::string home = options.home;
  if (const char* given = std::getenv("VERBENA_HOME"); home.empty() && given) home = given;
  if (home.empty()) return Error{Errc::bad_input, "give --home HOME or set VERBENA_HOME"};
  return read_home(home);
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
    SystemClock clock;
    ledger::SystemRandom random;
    auto home = open_home(options.home, clock, random);
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
  auto bundle = read_file(options.file, bundle_bytes_max);
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
    SystemClock clock;
    ledger::SystemRandom random;
    auto home = open_home(options.home, clock, random);
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

Result<ledger::AuditReport> audit_path(const Path& path) {
  if (!path_exists(path)) return Error{Errc::storage, path.string() + ": there is nothing there"};
  if (!path_exists(path / "certificate")) {
    auto bundle = read_file(path, bundle_bytes_max);
    if (!bundle) return bundle.error();
    auto report = audit_bundle(*bundle);
    if (!report) return Error{report.error().code, path.string() + ": " + report.error().text};
    return report;
  }
  auto lock = FileLock::take(path / "lock", false);
  if (!lock) return Error{Errc::locked, path.string() + ": a node runs on this home"};
  auto root = read_file(path / "root");
  if (!root) return root.error();
  auto certificate = ledger::parse_signed_certificate(*root);
  if (!certificate) return certificate.error();
  auto opened = ledger::open_rocks_store((path / "store").string(), {.read_only = true});
  if (!opened) return opened.error();
  return ledger::audit(*opened->store, certificate->certificate);
}

ordered_json totals_json(const ledger::Totals& totals) {
  const auto minor = [](__int128 value) { return static_cast<std::int64_t>(value); };
  return {{"topups_minor", minor(totals.topups_minor)},
          {"sales_minor", minor(totals.sales_minor)},
          {"refunds_minor", minor(totals.refunds_minor)},
          {"balances_minor", minor(totals.balances_minor)},
          {"suspense_minor", minor(totals.suspense_minor)}};
}

ordered_json audit_json(const ledger::AuditReport& report) {
  replication::Frontier frontier;
  for (const auto& log : report.covered) frontier.set(log);
  ordered_json out;
  out["festival"] = report.festival;
  out["events"] = report.events;
  out["logs"] = report.logs;
  out["heads_verified"] = report.heads_verified;
  out["forks"] = report.forks;
  out["gaps"] = report.gaps;
  out["conserved"] = report.conserved;
  out["state_digest"] = ledger::hex(report.state_digest);
  out["frontier_root"] = ledger::hex(frontier.root());
  out["totals"] = totals_json(report.totals);
  out["findings"] = ordered_json::array();
  for (const auto& finding : report.findings) {
    ordered_json row;
    row["severity"] = finding.severity == ledger::Severity::fault ? "fault" : "notice";
    row["kind"] = finding.kind;
    row["text"] = finding.text;
    row["events"] = ordered_json::array();
    for (const auto& event : finding.events) row["events"].push_back(ledger::hex(event));
    out["findings"].push_back(row);
  }
  return out;
}

void add_audit_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* audit = line.app.add_subcommand("audit", "replay a home or a bundle from zero");
  auto path = std::make_shared<std::string>();
  audit->add_option("path", *path, "a home without a running node, or a bundle")->required();
  audit->callback([&, path] { run = [&, path] { return run_audit(output, *path); }; });

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
