// SPDX-License-Identifier: Apache-2.0
#include "node/stock_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/books.h"
#include "ledger/ledger.h"
#include "ledger/stock_report.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

ordered_json maybe(const std::optional<std::int64_t>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json line_json(const ledger::SheetLine& line, const schemas::Item& item, bool expected) {
  const bool told = expected || line.counted_end.has_value();
  const auto figure = [&](std::int64_t value) {
    return told ? ordered_json(value) : ordered_json(nullptr);
  };
  ordered_json out{{"sku", item.sku()},
                   {"expected_start", figure(line.expected_start)},
                   {"counted_start", maybe(line.counted_start)},
                   {"in", figure(line.in)},
                   {"out", figure(line.out)},
                   {"sold", figure(line.sold)},
                   {"gratis", figure(line.gratis)},
                   {"waste", figure(line.waste)},
                   {"expected_end", figure(line.expected_end())},
                   {"counted_end", maybe(line.counted_end)},
                   {"recount", line.differs},
                   {"variance", maybe(line.variance())}};
  const auto price = static_cast<std::int64_t>(item.price_minor());
  const auto cost = static_cast<std::int64_t>(item.cost_minor());
  const auto variance = line.variance();
  out["variance_at_price_minor"] =
      variance ? ordered_json(ledger::worth_minor(*variance, price)) : ordered_json();
  out["variance_at_cost_minor"] =
      variance ? ordered_json(ledger::worth_minor(*variance, cost)) : ordered_json();
  return out;
}

ordered_json sheet_json(const ledger::Sheet& sheet, const schemas::Festival& festival,
                        bool expected) {
  ordered_json lines = ordered_json::array();
  for (const auto& [number, line] : sheet.lines) {
    if (const auto* item = ledger::find_item(festival, number)) {
      lines.push_back(line_json(line, *item, expected));
    }
  }
  return {{"holder", sheet.holder},
          {"sheet", sheet.number},
          {"state", sheet.is_final()    ? "final"
                    : sheet.is_closed() ? "closed"
                                        : "open"},
          {"waits_for", sheet.open_devices},
          {"sellers", sheet.sellers},
          {"counters", sheet.counters},
          {"sales_minor", sheet.sales_minor},
          {"voided_minor", sheet.voided_minor},
          {"lines", std::move(lines)}};
}

ordered_json dispatch_rows(const std::vector<ledger::SentGoods>& sent,
                           const schemas::Festival& festival) {
  ordered_json out = ordered_json::array();
  for (const auto& goods : sent) {
    ordered_json lines = ordered_json::array();
    for (const auto& [number, units] : goods.items) {
      const auto* item = ledger::find_item(festival, number);
      if (item == nullptr) continue;
      lines.push_back({{"sku", item->sku()},
                       {"sent", units.first},
                       {"received", units.second},
                       {"short", static_cast<std::int64_t>(units.first) -
                                     static_cast<std::int64_t>(units.second)}});
    }
    out.push_back({{"id", ledger::hex(goods.id)},
                   {"from", goods.from},
                   {"to", goods.to},
                   {"sent_by", goods.person},
                   {"reference", goods.reference},
                   {"answered", goods.answered},
                   {"overdue", goods.overdue},
                   {"lines", std::move(lines)}});
  }
  return out;
}

ordered_json drawer_rows(const std::vector<ledger::Drawer>& drawers) {
  ordered_json out = ordered_json::array();
  for (const auto& drawer : drawers) {
    const bool closed = drawer.counted_minor.has_value();  // blind until it is counted
    out.push_back(
        {{"id", ledger::hex(drawer.opened)},
         {"device", drawer.device},
         {"holder", drawer.holder},
         {"person", drawer.person},
         {"sheet", drawer.sheet},
         {"open", !closed},
         {"float_minor", drawer.float_minor},
         {"dropped_minor", drawer.dropped_minor},
         {"expected_minor", closed ? ordered_json(drawer.expected_minor()) : ordered_json(nullptr)},
         {"counted_minor", maybe(drawer.counted_minor)},
         {"over_minor", maybe(drawer.over_minor())}});
  }
  return out;
}

}  // namespace

ordered_json settlement_json(const ledger::Settlement& row) {
  ordered_json tenders = ordered_json::object();
  for (const auto& [name, sums] : row.tenders) {
    tenders[name] = {{"sales_minor", sums.sales_minor},
                     {"voided_minor", sums.voided_minor},
                     {"fees_minor", sums.fees_minor},
                     {"tips_minor", sums.tips_minor},
                     {"deposits_minor", sums.deposits_minor}};
  }
  return {{"holder", row.holder},
          {"sheet", row.sheet},
          {"final", row.final},
          {"cash_minor", row.cash_minor},
          {"purse_minor", row.purse_minor},
          {"other_minor", row.other_minor},
          {"voided_minor", row.voided_minor},
          {"turnover_minor", row.turnover_minor()},
          {"tips_minor", row.tips_minor},
          {"fees_minor", row.fees_minor},
          {"deposits_minor", row.deposits_minor},
          {"charged_minor", row.charged_minor},
          {"commission_minor", row.commission_minor},
          {"hold_back_minor", row.hold_back_minor},
          {"missing_goods_minor", row.missing_goods_minor},
          {"drawer_short_minor", row.drawer_short_minor},
          {"short_delivery_minor", row.short_delivery_minor},
          {"cash_kept_minor", row.cash_kept_minor},
          {"payable_minor", row.payable_minor()},
          {"tenders", std::move(tenders)},
          {"from_ms", row.first_hlc >> 16},
          {"until_ms", row.last_hlc >> 16}};
}

bool sees_expected(const std::vector<schemas::Role>& roles) {
  const auto any = [&](ledger::Action action) {
    return std::any_of(roles.begin(), roles.end(),
                       [&](schemas::Role role) { return ledger::may(role, action); });
  };
  return any(ledger::Action::stock_expected) && !any(ledger::Action::stock_count);
}

std::string sheets_json(const ledger::Ledger& ledger, bool expected) {
  ordered_json out{{"sheets", ordered_json::array()},
                   {"dispatches", ordered_json::array()},
                   {"drawers", ordered_json::array()}};
  const auto report = ledger.stock();
  const auto* festival = report->facts->festival.get();
  if (festival == nullptr) return out.dump();
  for (const auto& sheet : report->sheets) {
    out["sheets"].push_back(sheet_json(sheet, *festival, expected));
  }
  out["dispatches"] = dispatch_rows(report->sent, *festival);
  out["drawers"] = drawer_rows(report->drawers);
  return out.dump();
}

std::string settlements_json(const ledger::Ledger& ledger, const std::string& holder) {
  ordered_json out{{"settlements", ordered_json::array()}};
  for (const auto& row : ledger.stock()->settlements) {
    // A stand sees its own, and only what is counted: an open sheet would tell its drawer.
    if (!holder.empty() && (row.holder != holder || !row.final)) continue;
    out["settlements"].push_back(settlement_json(row));
  }
  return out.dump();
}

}  // namespace verbena::node
