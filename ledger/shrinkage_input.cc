// SPDX-License-Identifier: Apache-2.0
#include "ledger/shrinkage_input.h"

#include <algorithm>

#include "ledger/stock/dispatches.h"
#include "ledger/stock/drawers.h"
#include "ledger/stock/sheets.h"

namespace verbena::ledger {

namespace {

constexpr std::int64_t quarter_s = 900;
constexpr std::int64_t day_s = 24 * 3'600;

std::int64_t seconds(std::uint64_t hlc) {
  return static_cast<std::int64_t>((hlc >> 16) / 1'000);
}

Minor minor(std::uint64_t amount) {
  return static_cast<Minor>(amount);
}

ItemFigures item_figures(const SheetLine& line, const schemas::Festival* festival) {
  ItemFigures out;
  out.item = line.item;
  if (const auto* item = festival ? find_item(*festival, line.item) : nullptr) {
    out.draught = item->spread_basis_points() > 0;
    out.yield_spread_basis_points = item->spread_basis_points();
    out.price_minor = minor(item->price_minor());
    out.cost_minor = minor(item->cost_minor());
  }
  out.opening = line.start();
  out.in = line.in;
  out.out = line.out;
  out.sold = line.sold;
  out.gratis = line.gratis;
  out.waste = line.waste;
  out.counted = line.counted_end;
  return out;
}

SheetFigures sheet_figures(const Sheet& sheet, const schemas::Festival* festival) {
  SheetFigures out;
  out.holder = sheet.holder;
  out.sheet = sheet.number;
  out.final = sheet.is_final();
  out.persons.assign(sheet.sellers.begin(), sheet.sellers.end());
  for (const auto& [item, line] : sheet.lines) {
    out.items.push_back(item_figures(line, festival));
    out.comps.minor = static_cast<Minor>(
        std::clamp<__int128>(static_cast<__int128>(out.comps.minor) +
                                 worth_minor(line.gratis, out.items.back().price_minor),
                             -INT64_MAX / 4, INT64_MAX / 4));
  }
  out.sales = {sheet.sales, minor(sheet.sales_minor)};
  out.cash = {sheet.cash_sales, minor(sheet.cash_sales_minor)};
  out.purse = {sheet.sales - sheet.cash_sales, minor(sheet.sales_minor - sheet.cash_sales_minor)};
  out.voids = {sheet.voids, minor(sheet.voided_minor)};
  out.comps.count = sheet.gifts;
  out.evidence = sheet.count_events;
  return out;
}

// The time a till was open, as far as its log tells: from its first event of the day to its last,
// or to its newest head while its sheet goes on.
struct Opening {
  std::int64_t from_s = INT64_MAX, until_s = 0;
};

void add_minutes(const Opening& opening, std::map<std::int64_t, QuarterFigures>& quarters) {
  for (std::int64_t q = opening.from_s / quarter_s; q * quarter_s < opening.until_s; ++q) {
    const std::int64_t begin = std::max(opening.from_s, q * quarter_s);
    const std::int64_t end = std::min(opening.until_s, (q + 1) * quarter_s);
    quarters[q].device_minutes += static_cast<std::uint32_t>((end - begin) / 60);
  }
}

// Sales of every stand by the quarter-hour, of the last day.
class Activity {
 public:
  Activity(State& state, const std::vector<LogSummary>& held, std::int64_t now_s)
      : custody_(state.custody()), now_s_(now_s) {
    for (const auto& log : held) heads_[log.id] = seconds(log.head.hlc);
    for (const auto& fact : custody_.facts()) {
      if (fact.sales_minor > 0 && state.stands(fact)) note(fact);
    }
  }

  std::vector<ActivityFigures> figures(const schemas::Festival* festival) {
    std::map<std::string, std::int64_t> known;
    for (const auto& [number, opening] : openings_) {
      const CustodyLog& log = custody_.logs().at(number);
      const bool goes_on = log.sheet == custody_.current_sheet(log.holder);
      const std::int64_t head_s = heads_[log.id];
      Opening whole = opening;
      if (goes_on) whole.until_s = std::max(whole.until_s, std::min(head_s, now_s_));
      add_minutes(whole, quarters_[log.holder]);
      auto& until = known.try_emplace(log.holder, INT64_MAX).first->second;
      if (goes_on) until = std::min(until, head_s);
    }
    std::vector<ActivityFigures> out;
    for (auto& [holder, quarters] : quarters_) {
      ActivityFigures figures;
      figures.holder = holder;
      if (const auto* stand = festival ? find_stand(*festival, holder) : nullptr) {
        figures.group = stand->zone();
      }
      figures.persons.assign(persons_[holder].begin(), persons_[holder].end());
      for (auto& [q, quarter] : quarters) {
        quarter.quarter = q;
        figures.quarters.push_back(quarter);
      }
      figures.last_sale_s = last_[holder];
      figures.known_until_s = known[holder] == INT64_MAX ? last_[holder] : known[holder];
      out.push_back(std::move(figures));
    }
    return out;
  }

 private:
  void note(const CustodyFact& fact) {
    const std::int64_t at = seconds(fact.hlc);
    if (at > now_s_ || at < now_s_ - day_s) return;  // a clock that is wrong moves no window
    const CustodyLog& log = custody_.logs().at(fact.log);
    QuarterFigures& quarter = quarters_[log.holder][at / quarter_s];
    ++quarter.sales;
    quarter.sales_minor += minor(fact.sales_minor);
    for (std::uint32_t i = 0; i < fact.lines; ++i) {
      quarter.units += static_cast<std::uint32_t>(custody_.lines(fact)[i].quantity);
    }
    Opening& opening = openings_[fact.log];
    opening.from_s = std::min(opening.from_s, at);
    opening.until_s = std::max(opening.until_s, at);
    auto& last = last_[log.holder];
    last = std::max(last, at);
    persons_[log.holder].insert(custody_.person(fact.person));
  }

  const CustodyBook& custody_;
  const std::int64_t now_s_;
  std::map<Hash, std::int64_t> heads_;
  std::map<std::string, std::map<std::int64_t, QuarterFigures>> quarters_;
  std::map<std::uint32_t, Opening> openings_;
  std::map<std::string, std::int64_t> last_;
  std::map<std::string, std::set<std::string>> persons_;
};

void add_drawers(State& state, ShrinkageInput& out) {
  std::uint64_t number = 0;
  for (const auto& drawer : drawers(state)) {
    ++number;
    if (!drawer.counted_minor) continue;
    out.drawers.push_back({drawer.holder,
                           drawer.person,
                           number,
                           drawer.cash_sales,
                           drawer.expected_minor(),
                           *drawer.counted_minor,
                           {drawer.opened, drawer.closed}});
  }
}

void add_dispatches(State& state, const schemas::Festival* festival, ShrinkageInput& out) {
  for (const auto& goods : sent_goods(state)) {
    if (!goods.answered) continue;
    for (const auto& [number, units] : goods.items) {
      const auto* item = festival ? find_item(*festival, number) : nullptr;
      DispatchFigures figures;
      figures.holder = goods.from;
      figures.dispatch = hex(goods.id).substr(0, 16);
      figures.item = number;
      figures.price_minor = item ? minor(item->price_minor()) : 0;
      figures.cost_minor = item ? minor(item->cost_minor()) : 0;
      figures.dispatched = static_cast<std::int64_t>(units.first);
      figures.received = static_cast<std::int64_t>(units.second);
      figures.persons = {goods.person};
      figures.evidence = goods.answers;
      figures.evidence.push_back(goods.id);
      out.dispatches.push_back(std::move(figures));
    }
  }
}

// The sheet to which sales beyond what is held of a device belong: its log's, unless supervisors
// ended that at or before what is held.
std::uint32_t sheet_of_gap(const CustodyBook& custody, const DeviceGap& gap) {
  std::uint32_t out = 0;
  for (const auto& [number, log] : custody.logs()) {
    if (log.alias != gap.device || log.name.log_class != LogClass::trade) continue;
    std::optional<std::uint64_t> ended;
    for (const auto& boundary : custody.foreign_boundaries()) {
      if (boundary.log != log.id || boundary.sheet != log.sheet) continue;
      ended = std::max(ended.value_or(0), boundary.size);
    }
    out = std::max(out, log.sheet + (ended && *ended <= gap.held_size ? 1 : 0));
  }
  return out;
}

// A gap is a finding of its own, and its sheet's count misses the same goods: told there, so that
// they are not missed twice.
void add_gaps(State& state, const std::vector<LogSummary>& held, ShrinkageInput& out) {
  for (const auto& gap : device_gaps(state, held)) {
    const Certificate* device = state.roster().find_alias(gap.device);
    const std::string holder = device ? holder_of(*device) : gap.device;
    const __int128 missing = gap.claimed_minor - gap.held_minor;
    const auto missing_minor = static_cast<Minor>(std::max<__int128>(0, missing));
    out.gaps.push_back({holder, gap.device, missing_minor, gap.claimed_size - gap.held_size, {}});
    const std::uint32_t number = sheet_of_gap(state.custody(), gap);
    for (auto& sheet : out.sheets) {
      if (sheet.holder == holder && sheet.sheet == number) sheet.gap_minor += missing_minor;
    }
  }
}

}  // namespace

ShrinkageInput shrinkage_input(State& state, const std::vector<LogSummary>& held,
                               std::int64_t now_s) {
  ShrinkageInput out;
  out.now_s = now_s;
  const schemas::Festival* festival = state.festival();
  for (const auto& sheet : sheets(state)) out.sheets.push_back(sheet_figures(sheet, festival));
  add_drawers(state, out);
  add_gaps(state, held, out);
  add_dispatches(state, festival, out);
  out.activity = Activity(state, held, now_s).figures(festival);
  return out;
}

}  // namespace verbena::ledger
