// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/shrinkage_parts.h"

#include <algorithm>
#include <tuple>

namespace verbena::ledger {

namespace {

auto order(const StockFinding& f) {
  return std::tie(f.holder, f.kind, f.sheets, f.subject, f.persons, f.from_s, f.money_minor,
                  f.units, f.observed, f.cost_minor, f.evidence);
}

template <typename T>
void sort_distinct(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

void settle(StockFinding& finding) {
  sort_distinct(finding.persons);
  sort_distinct(finding.evidence);
  if (finding.evidence.size() > finding_evidence_max) finding.evidence.resize(finding_evidence_max);
  std::sort(finding.lines.begin(), finding.lines.end(), [](const auto& a, const auto& b) {
    return std::tie(a.item, a.units, a.money_minor, a.beyond) <
           std::tie(b.item, b.units, b.money_minor, b.beyond);
  });
}

void settle(std::vector<StockFinding>& findings) {
  for (auto& finding : findings) settle(finding);
  std::sort(findings.begin(), findings.end(),
            [](const auto& a, const auto& b) { return order(a) < order(b); });
}

void settle(ShrinkageReport& report) {
  settle(report.findings);
  std::sort(report.unjudged.begin(), report.unjudged.end(), [](const auto& a, const auto& b) {
    return std::tie(a.holder, a.sheet, a.reason) < std::tie(b.holder, b.sheet, b.reason);
  });
}

std::optional<std::int64_t> missing_units(const ItemFigures& item) {
  if (!item.counted) return std::nullopt;
  for (const auto units : {item.opening, item.in, item.out, item.waste, *item.counted}) {
    if (!in_range(units, 0, stock_units_max)) return std::nullopt;
  }
  for (const auto units : {item.sold, item.gratis}) {
    if (!in_range(units, -stock_units_max, stock_units_max)) return std::nullopt;
  }
  const std::int64_t missing =
      item.opening + item.in - item.out - item.sold - item.gratis - item.waste - *item.counted;
  if (!in_range(missing, -stock_units_max, stock_units_max)) return std::nullopt;
  if (item.opening + item.in > stock_units_max) return std::nullopt;
  return missing;
}

bool in_range(const SheetFigures& sheet) {
  if (sheet.items.size() > sheet_items_max) return false;
  if (!in_range(sheet.gap_minor, 0, static_cast<Minor>(amount_minor_max))) return false;
  for (const auto& item : sheet.items) {
    if (!in_range(item.price_minor, 0, unit_price_minor_max) ||
        !in_range(item.cost_minor, 0, unit_price_minor_max) ||
        item.yield_spread_basis_points > 10'000 || (item.counted && !missing_units(item))) {
      return false;
    }
  }
  for (const auto* tally :
       {&sheet.sales, &sheet.cash, &sheet.purse, &sheet.voids, &sheet.refunds, &sheet.comps}) {
    constexpr auto most = static_cast<Minor>(amount_minor_max);
    if (tally->count > stock_units_max || !in_range(tally->minor, -most, most)) return false;
  }
  return true;
}

void SpreadSum::add(std::uint64_t count, Q32 expected, Q32 known) {
  const Wide mean = expected >> 16;
  const Wide off = (static_cast<Wide>(std::min(count, count_max)) << 16) - mean;
  const Wide square = mean * mean;
  excess += off * off - expected - scale_rounded(square >> 20, known >> 2, q32_one >> 22);
  squares += square;
  ++pairs;
}

SpreadSum SpreadSum::without(const SpreadSum& own) const {
  return {excess - own.excess, squares - own.squares, pairs - own.pairs};
}

Q32 SpreadSum::estimate() const {
  return squares <= 0 ? spread_max : std::clamp<Q32>(ratio_q32(excess, squares), 0, spread_max);
}

Q32 SpreadSum::upper() const {
  if (pairs <= 0 || squares <= 0) return spread_max;
  const Wide mean = estimate();
  // Standard errors: sqrt(2/n) of the spread seen n times, and sqrt(2/squares) from counts being
  // small. Two of each.
  const Wide of_spread = square_root((UWide{8} << 64) / static_cast<UWide>(pairs));
  const Wide of_counts = square_root((UWide{8} << 96) / static_cast<UWide>(squares));
  return clamp_q32(mean + (mean * of_spread >> 32) + of_counts);
}

}  // namespace verbena::ledger
