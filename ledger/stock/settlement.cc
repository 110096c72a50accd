// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/settlement.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

constexpr __int128 whole_basis_points = 10'000;

using SheetKey = std::pair<std::string, std::uint32_t>;

Minor price_of(const schemas::Festival* festival, std::uint32_t number) {
  const schemas::Item* item = festival ? find_item(*festival, number) : nullptr;
  return item ? static_cast<Minor>(item->price_minor()) : 0;
}

// No settlement of a festival comes near this; a device that writes nonsense might.
Minor within_range(__int128 amount) {
  constexpr __int128 most = std::int64_t{1} << 60;
  return static_cast<Minor>(std::clamp(amount, -most, most));
}

Minor missing_goods(const Sheet& sheet, const schemas::Festival* festival) {
  if (!sheet.is_final()) return 0;
  __int128 out = 0;
  for (const auto& [number, line] : sheet.lines) {
    out -= worth_minor(line.variance().value_or(0), price_of(festival, number));
  }
  return within_range(std::max<__int128>(0, out));
}

void add_drawers(const std::vector<Drawer>& drawers, std::map<SheetKey, Settlement>& out) {
  for (const auto& drawer : drawers) {
    const auto found = out.find({drawer.holder, drawer.sheet});
    if (found == out.end()) continue;
    const Minor over = drawer.over_minor().value_or(0);
    found->second.drawer_short_minor = within_range(
        static_cast<__int128>(found->second.drawer_short_minor) + std::max<Minor>(0, -over));
    found->second.cash_kept_minor =
        within_range(static_cast<__int128>(found->second.cash_kept_minor) - drawer.dropped_minor);
  }
}

void add_short_deliveries(const std::vector<SentGoods>& sent, const schemas::Festival* festival,
                          std::map<SheetKey, Settlement>& out) {
  for (const auto& goods : sent) {
    const auto found = out.find({goods.from, goods.sheet});
    if (!goods.is_settled() || found == out.end()) continue;
    for (const auto& [number, units] : goods.items) {
      const Minor missing = static_cast<Minor>(units.first) - static_cast<Minor>(units.second);
      found->second.short_delivery_minor =
          within_range(static_cast<__int128>(found->second.short_delivery_minor) +
                       worth_minor(std::max<Minor>(0, missing), price_of(festival, number)));
    }
  }
}

}  // namespace

Minor share_minor(Minor amount, std::uint32_t basis_points) {
  const __int128 exact = static_cast<__int128>(amount) * basis_points;
  const __int128 half = exact < 0 ? -whole_basis_points / 2 : whole_basis_points / 2;
  return static_cast<Minor>((exact + half) / whole_basis_points);
}

std::vector<Settlement> settlements(const StockFacts& facts, const std::vector<Sheet>& sheets,
                                    const std::vector<Drawer>& drawers,
                                    const std::vector<SentGoods>& sent) {
  const schemas::Festival* festival = facts.festival.get();
  std::map<SheetKey, Settlement> all;
  for (const auto& sheet : sheets) {
    Settlement& out = all[{sheet.holder, sheet.number}];
    out.holder = sheet.holder;
    out.sheet = sheet.number;
    out.final = sheet.is_final();
    out.first_hlc = sheet.first_hlc;
    out.last_hlc = sheet.last_hlc;
    out.tenders = sheet.tenders;
    for (const auto& [tender, sums] : sheet.tenders) {
      (tender == "cash"    ? out.cash_minor
       : tender == "purse" ? out.purse_minor
                           : out.other_minor) += sums.sales_minor;
      out.voided_minor += sums.voided_minor;
      out.fees_minor += sums.fees_minor;
      out.tips_minor += sums.tips_minor;
      out.deposits_minor += sums.deposits_minor;
    }
    out.charged_minor = sheet.charged_minor;
    out.missing_goods_minor = missing_goods(sheet, festival);
    out.cash_kept_minor = static_cast<Minor>(sheet.cash_minor);
    if (const auto* stand = festival ? find_stand(*festival, sheet.holder) : nullptr) {
      out.commission_minor = share_minor(out.turnover_minor(), stand->commission_basis_points());
      out.hold_back_minor = share_minor(out.turnover_minor(), stand->hold_back_basis_points());
    }
  }
  add_drawers(drawers, all);
  add_short_deliveries(sent, festival, all);
  std::vector<Settlement> out;
  for (auto& [key, settlement] : all) {
    if (!settlement.tenders.empty() || settlement.charged_minor != 0 ||
        settlement.liability_minor() != 0) {
      out.push_back(std::move(settlement));
    }
  }
  return out;
}

std::vector<Settlement> settlements(State& state) {
  const StockFacts facts = stock_facts(state);
  const auto all = sheets(facts);
  return settlements(facts, all, drawers(facts), sent_goods(facts, all));
}

}  // namespace verbena::ledger
