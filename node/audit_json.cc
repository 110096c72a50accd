// SPDX-License-Identifier: Apache-2.0
#include "node/audit_json.h"

#include <nlohmann/json.hpp>

#include "node/audit_source.h"
#include "replication/frontier.h"

namespace verbena::node {

using ledger::Result;
using nlohmann::ordered_json;

Result<ledger::AuditReport> audit_path(const Path& path) {
  auto source = open_audit_source(path);
  if (!source) return source.error();
  return audit(*source);
}

ordered_json totals_json(const ledger::Totals& totals) {
  const auto minor = [](__int128 value) { return static_cast<std::int64_t>(value); };
  return {{"topups_minor", minor(totals.topups_minor)},
          {"sales_minor", minor(totals.sales_minor)},
          {"refunds_minor", minor(totals.refunds_minor)},
          {"balances_minor", minor(totals.balances_minor)},
          {"suspense_minor", minor(totals.suspense_minor)},
          {"vouchers_minor", minor(totals.vouchers_minor)}};
}

ordered_json audit_json(const ledger::AuditReport& report) {
  replication::Frontier frontier;
  frontier.set(report.covered);
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
