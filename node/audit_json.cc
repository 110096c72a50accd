// SPDX-License-Identifier: Apache-2.0
#include "node/audit_json.h"

#include <nlohmann/json.hpp>

#include "ledger/store/memory_store.h"
#include "ledger/store/rocks_store.h"
#include "node/system_clock.h"
#include "replication/bundle.h"
#include "replication/frontier.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

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

}  // namespace

Result<ledger::AuditReport> audit_path(const Path& path) {
  if (!path_exists(path)) return Error{Errc::storage, path.string() + ": there is nothing there"};
  if (!path_exists(path / "certificate")) {
    auto bundle = read_file(path, replication::bundle_bytes_max);
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

}  // namespace verbena::node
