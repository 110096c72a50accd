// SPDX-License-Identifier: Apache-2.0
#include "ledger/shrinkage_input.h"

#include <algorithm>
#include <tuple>

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

// The events that moved an item of a sheet otherwise than by sales: hand-overs, waste, gifts.
using ItemKey = std::tuple<std::string, std::uint32_t, std::uint32_t>;  // holder, sheet, item
using ItemEvidence = std::map<ItemKey, std::vector<Hash>>;

ItemEvidence item_evidence(const CustodyBook& custody) {
  ItemEvidence out;
  for (const auto& event : custody.stock_events()) {
    const CustodyLog& log = custody.logs().at(event.log);
    const std::uint32_t sheet = custody.sheet_at(log, event.index);
    for (const auto& line : event.lines) {
      auto& ids = out[{log.holder, sheet, line.item}];
      if (ids.empty() || ids.back() != event.id) ids.push_back(event.id);
    }
  }
  return out;
}

SheetFigures sheet_figures(const Sheet& sheet, const schemas::Festival* festival,
                           const ItemEvidence& evidence) {
  SheetFigures out;
  out.holder = sheet.holder;
  out.sheet = sheet.number;
  out.final = sheet.is_final();
  out.persons.assign(sheet.sellers.begin(), sheet.sellers.end());
  for (const auto& [item, line] : sheet.lines) {
    out.items.push_back(item_figures(line, festival));
    if (const auto moved = evidence.find({sheet.holder, sheet.number, item});
        moved != evidence.end()) {
      out.items.back().evidence = moved->second;
    }
    out.comps.minor = static_cast<Minor>(
        std::clamp<__int128>(static_cast<__int128>(out.comps.minor) +
                                 worth_minor(line.gratis, out.items.back().price_minor),
                             -INT64_MAX / 4, INT64_MAX / 4));
  }
  out.sales = {sheet.sales, minor(sheet.sales_minor)};
  out.cash = {sheet.cash_sales, minor(sheet.cash_sales_minor)};
  out.purse = {sheet.sales - sheet.cash_sales, minor(sheet.sales_minor - sheet.cash_sales_minor)};
  out.voids = {sheet.voids, minor(sheet.voided_minor)};
  out.refunds = {sheet.refunds, minor(sheet.refunds_minor)};
  out.comps.count = sheet.gifts;
  out.evidence = sheet.count_events;
  out.at_s = seconds(sheet.last_hlc);
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
  Activity(const CustodyBook& custody, const std::vector<LogSummary>& held, std::int64_t now_s)
      : custody_(custody), now_s_(now_s) {
    for (const auto& log : held) heads_[log.id] = seconds(log.head.hlc);
    for (const auto& [number, log] : custody_.logs()) {
      log.trail.each([&, number = number, &log = log](const CustodyFact& fact) {
        const std::uint64_t taken = fact.sales_minor();
        if (taken > 0 && custody_.stands(number, fact)) note(number, log, fact, taken);
      });
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
  void note(std::uint32_t number, const CustodyLog& log, const CustodyFact& fact,
            std::uint64_t taken_minor) {
    const std::int64_t at = fact.at_s;
    if (at > now_s_ || at < now_s_ - day_s) return;  // a clock that is wrong moves no window
    QuarterFigures& quarter = quarters_[log.holder][at / quarter_s];
    ++quarter.sales;
    quarter.sales_minor += minor(taken_minor);
    for (const auto& line : fact.lines) {
      quarter.units += static_cast<std::uint32_t>(line.quantity);
    }
    Opening& opening = openings_[number];
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

void add_drawers(const std::vector<Drawer>& drawers, ShrinkageInput& out) {
  std::uint64_t number = 0;
  for (const auto& drawer : drawers) {
    ++number;
    if (!drawer.counted_minor) continue;
    out.drawers.push_back({drawer.holder,
                           drawer.person,
                           number,
                           drawer.cash_sales,
                           drawer.expected_minor(),
                           *drawer.counted_minor,
                           {drawer.opened, drawer.closed},
                           drawer.closed_s});
  }
}

void add_dispatches(const std::vector<SentGoods>& sent, const schemas::Festival* festival,
                    ShrinkageInput& out) {
  for (const auto& goods : sent) {
    if (!goods.is_settled()) continue;
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
      figures.at_s = goods.at_s;
      out.dispatches.push_back(std::move(figures));
    }
  }
}

// The sheet to which sales beyond what is held of a device belong.
std::uint32_t sheet_of_gap(const CustodyBook& custody, const DeviceGap& gap) {
  std::uint32_t out = 0;
  for (const auto& [number, log] : custody.logs()) {
    if (log.alias != gap.device || log.name.log_class != LogClass::trade) continue;
    out = std::max(out, custody.sheet_at(log, gap.held_size));
  }
  return out;
}

// A gap is a finding of its own, and its sheet's count misses the same goods: told there, so that
// they are not missed twice.
void add_gaps(const CustodyBook& custody, const std::vector<DeviceGap>& gaps, ShrinkageInput& out) {
  for (const auto& gap : gaps) {
    const __int128 missing = gap.claimed_minor - gap.held_minor;
    const auto missing_minor = static_cast<Minor>(std::max<__int128>(0, missing));
    out.gaps.push_back(
        {gap.holder, gap.device, missing_minor, gap.claimed_size - gap.held_size, {}, gap.held_s});
    const std::uint32_t number = sheet_of_gap(custody, gap);
    for (auto& sheet : out.sheets) {
      if (sheet.holder == gap.holder && sheet.sheet == number) sheet.gap_minor += missing_minor;
    }
  }
}

}  // namespace

void known_until(std::vector<LogSummary>& held, const std::set<Hash>& linked, std::int64_t now_s) {
  const auto hlc = static_cast<std::uint64_t>(now_s) * 1'000 << 16;
  for (auto& log : held) {
    if (!linked.contains(log.name.certificate) || log.claimed > log.head.size) continue;
    log.head.hlc = std::max(log.head.hlc, hlc);
  }
}

ShrinkageInput shrinkage_input(const StockReport& report, const std::vector<DeviceGap>& gaps,
                               const std::vector<LogSummary>& held, std::int64_t now_s) {
  ShrinkageInput out;
  out.now_s = now_s;
  const CustodyBook& custody = report.facts->custody;
  const schemas::Festival* festival = report.facts->festival.get();
  const ItemEvidence evidence = item_evidence(custody);
  for (const auto& sheet : report.sheets) {
    out.sheets.push_back(sheet_figures(sheet, festival, evidence));
  }
  add_drawers(report.drawers, out);
  add_gaps(custody, gaps, out);
  add_dispatches(report.sent, festival, out);
  out.activity = Activity(custody, held, now_s).figures(festival);
  return out;
}

ShrinkageInput shrinkage_input(State& state, const std::vector<LogSummary>& held,
                               std::int64_t now_s) {
  const auto report = stock_report(std::make_shared<const StockFacts>(stock_facts(state)));
  return shrinkage_input(report, device_gaps(state, held), held, now_s);
}

}  // namespace verbena::ledger
