// SPDX-License-Identifier: Apache-2.0
#include "node/demo/weigh.h"

#include <algorithm>

#include "ledger/core/money.h"

namespace verbena::node {

namespace {

void weigh_destroyed(const Ground& ground, DemoResult& result) {
  if (result.destroyed.empty()) return;
  const ledger::AuditReport& audit = result.audit;
  const auto money = [&](const std::string& path) -> std::int64_t {
    const auto found = audit.money.find(path);
    return found == audit.money.end() ? 0 : static_cast<std::int64_t>(found->second);
  };
  std::int64_t known =
      money("stand/" + ground.pos().back()->stand) + money("suspense/gap/" + result.destroyed);
  for (const auto& gap : audit.device_gaps) {
    if (gap.device == result.destroyed) {
      known = std::max(known, money("stand/" + ground.pos().back()->stand) +
                                  static_cast<std::int64_t>(gap.claimed_minor - gap.held_minor));
    }
  }
  const auto amount = static_cast<std::int64_t>(result.destroyed_minor);
  result.recovered_minor = static_cast<std::uint64_t>(std::clamp<std::int64_t>(known, 0, amount));
  result.unknown_minor = result.destroyed_minor - result.recovered_minor;
}

// To the cent what the driver was told at each till that lives, torn taps included.
void weigh_stands(const Ground& ground, const SoldBy& sold_by, DemoResult& result) {
  for (const auto* pos : ground.pos()) {
    if (pos->destroyed) continue;
    const auto sold = sold_by.find(pos->alias);
    const std::uint64_t sold_minor = sold == sold_by.end() ? 0 : sold->second.second;
    const auto found = result.audit.money.find("stand/" + pos->stand);
    const __int128 held = found == result.audit.money.end() ? __int128{0} : found->second;
    if (held == static_cast<__int128>(sold_minor)) continue;
    result.unplanted.push_back(pos->stand + " took " + ledger::format_decimal(held, 0) +
                               " and acknowledged " + std::to_string(sold_minor));
  }
}

// Exactly what was planted may be noticed: one stand's variance and what the smashed POS wrote.
void weigh_notices(DemoResult& result) {
  bool variance_found = false;
  for (const auto& finding : result.audit.findings) {
    if (finding.severity != ledger::Severity::notice) continue;
    ++result.notices;
    const bool by_destroyed =
        !result.destroyed.empty() && finding.text.find(result.destroyed) != std::string::npos;
    const bool planted_variance =
        finding.kind == "variance" &&
        finding.text.starts_with(result.hiding_stand + ", sheet 1: " +
                                 std::to_string(result.hidden_units) + " of " + result.hidden_sku);
    variance_found |= planted_variance;
    if (planted_variance || (by_destroyed && finding.kind.ends_with("gap"))) continue;
    result.unplanted.push_back(finding.kind + ": " + finding.text);
  }
  if (!variance_found) result.unplanted.push_back("the hidden beer was not found");
}

}  // namespace

void weigh(const Ground& ground, const SoldBy& sold_by, DemoResult& result) {
  weigh_destroyed(ground, result);
  weigh_notices(result);
  weigh_stands(ground, sold_by, result);
}

}  // namespace verbena::node
