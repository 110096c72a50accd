// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/sheets.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace verbena::ledger {

namespace {

using SheetKey = std::pair<std::string, std::uint32_t>;
using FactPlace = std::pair<std::uint32_t, std::uint64_t>;  // log number, index

void add_line(SheetLine& line, const CustodyLine& moved) {
  if (moved.quantity > line_units_max) return;  // nobody sells a thousand million at once
  const auto units = static_cast<std::int64_t>(moved.quantity);
  if (moved.from == schemas::HOLDER) {
    switch (moved.to) {
      case schemas::SOLD: line.sold += units; break;
      case schemas::GRATIS: line.gratis += units; break;
      case schemas::WASTE: line.waste += units; break;
      default: line.out += units;
    }
  } else if (moved.from == schemas::SOLD) {
    line.sold -= units;  // voided: it was not handed over
  } else {
    line.in += units;
  }
}

// Voids belong to the sheet of the sale they take back: none where that is no fact.
class VoidedSales {
 public:
  explicit VoidedSales(const StockFacts& facts) : facts_(facts) {
    const CustodyBook& custody = facts.custody;
    std::map<Hash, std::set<std::uint64_t>> wanted;  // of purseless sales
    for (const auto& [place, target] : custody.voids()) {
      if (target.cash) wanted[target.cash->log].insert(target.cash->index);
    }
    if (wanted.empty()) return;
    for (const auto& [number, log] : custody.logs()) {
      const auto named = wanted.find(log.id);
      if (named == wanted.end()) continue;
      log.trail.each([&, &known = log](const CustodyFact& fact) {
        if (!named->second.contains(fact.index)) return;
        sheets_[{known.id, fact.index}] = custody.sheet_at(known, fact.index);
      });
    }
  }
  std::optional<std::uint32_t> sheet_of(const FactPlace& place) const {
    const VoidTarget& target = facts_.custody.voids().at(place);
    if (target.cash) {
      const auto found = sheets_.find(*target.cash);
      return found == sheets_.end() ? std::nullopt : std::optional(found->second);
    }
    const auto sale = facts_.grants.find(place);
    if (sale == facts_.grants.end()) return std::nullopt;
    const auto& [number, index] = sale->second;
    return facts_.custody.sheet_at(facts_.custody.logs().at(number), index);
  }

 private:
  const StockFacts& facts_;
  std::map<EventPlace, std::uint32_t> sheets_;
};

bool is_customer(schemas::AccountClass kind) {
  return kind == schemas::OUTSIDE || kind == schemas::PURSE || kind == schemas::VOUCHER;
}

// What one side of a posting adds to the sums of the tender on its other side.
void add_side(TenderSums& sums, schemas::AccountClass kind, Minor amount) {
  switch (kind) {
    case schemas::STAND:
      amount > 0 ? sums.sales_minor += amount : sums.voided_minor -= amount;
      break;
    case schemas::FEE: sums.fees_minor += amount; break;
    case schemas::TIP: sums.tips_minor += amount; break;
    case schemas::DEPOSIT: sums.deposits_minor += amount; break;
    default: break;
  }
}

void add_leg(Sheet& sheet, const CustodyBook& custody, const MoneyLeg& leg) {
  const auto amount = static_cast<Minor>(leg.amount_minor);
  const auto name = [&](schemas::AccountClass kind, std::uint32_t tender) {
    if (kind == schemas::VOUCHER) return std::string("voucher");
    return kind == schemas::PURSE ? std::string("purse") : custody.tender(tender);
  };
  if (is_customer(leg.from) && !is_customer(leg.to)) {
    add_side(sheet.tenders[name(leg.from, leg.from_tender)], leg.to, amount);
  } else if (is_customer(leg.to) && !is_customer(leg.from)) {
    add_side(sheet.tenders[name(leg.to, leg.to_tender)], leg.from, -amount);
  } else if (leg.from == schemas::STAND && leg.to != schemas::STAND) {
    sheet.charged_minor += amount;
  } else if (leg.to == schemas::STAND && leg.from != schemas::STAND) {
    sheet.charged_minor -= amount;
  }
}

std::uint64_t hlc_of(std::int64_t at_s) {
  return static_cast<std::uint64_t>(at_s) * 1'000 << 16;
}

void add_fact(Sheet& sheet, const CustodyBook& custody, const CustodyFact& fact) {
  for (const CustodyLine& moved : fact.lines) {
    SheetLine& line = sheet.lines[moved.item];
    line.item = moved.item;
    add_line(line, moved);
    sheet.gifts += moved.to == schemas::GRATIS;
  }
  for (const MoneyLeg& leg : fact.legs) add_leg(sheet, custody, leg);
  const std::int64_t cash = fact.cash_minor();
  const std::uint64_t sales = fact.sales_minor();
  sheet.sales_minor += sales;
  sheet.voided_minor += fact.voided_minor();
  sheet.cash_minor += cash;
  if (sales > 0) {
    ++sheet.sales;
    if (const auto& seller = custody.person(fact.person); !sheet.sellers.contains(seller)) {
      sheet.sellers.insert(seller);
    }
    if (cash > 0) {
      ++sheet.cash_sales;
      sheet.cash_sales_minor += sales;
    }
  }
  sheet.voids += fact.is_void;
  const std::uint64_t hlc = hlc_of(fact.at_s);
  sheet.first_hlc = sheet.first_hlc == 0 ? hlc : std::min(sheet.first_hlc, hlc);
  sheet.last_hlc = std::max(sheet.last_hlc, hlc);
}

// Paid out of a purse, which is neither sale nor void.
std::uint64_t refunded_minor(const CustodyFact& fact) {
  std::uint64_t out = 0;
  for (const MoneyLeg& leg : fact.legs) {
    if (leg.from == schemas::PURSE && leg.to == schemas::OUTSIDE) out += leg.amount_minor;
  }
  return out;
}

void add_counts(Sheet& sheet, const CustodyBook& custody, const schemas::Festival* festival) {
  for (const auto of : {schemas::OPENING, schemas::CLOSING}) {
    const CountResult result = counted(custody, sheet.holder, sheet.number, of);
    for (const auto& [item, figure] : result.items) {
      if (festival == nullptr || find_item(*festival, item) == nullptr) continue;
      SheetLine& line = sheet.lines[item];
      line.item = item;
      std::optional<std::int64_t> units;
      if (figure.units) {
        units = static_cast<std::int64_t>(
            std::min(*figure.units, static_cast<std::uint64_t>(sheet_units_max)));
      }
      (of == schemas::OPENING ? line.counted_start : line.counted_end) = units;
      if (of == schemas::CLOSING) line.differs = !figure.units && figure.persons.size() > 1;
    }
    if (of == schemas::CLOSING) sheet.counters = result.sealed_by;
    sheet.count_events.insert(sheet.count_events.end(), result.events.begin(), result.events.end());
  }
}

}  // namespace

Minor worth_minor(std::int64_t units, Minor price_minor) {
  const __int128 exact = static_cast<__int128>(units) * price_minor;
  constexpr __int128 most = std::numeric_limits<Minor>::max() / 4;
  return static_cast<Minor>(std::clamp<__int128>(exact, -most, most));
}

bool Sheet::is_counted() const {
  bool any = false;
  for (const auto& [item, line] : lines) {
    if (line.differs || (!line.counted_end && line.expected_end() != 0)) return false;
    any |= line.counted_end.has_value();
  }
  return any;
}

std::vector<Sheet> sheets(const StockFacts& facts) {
  const CustodyBook& custody = facts.custody;
  const schemas::Festival* festival = facts.festival.get();
  std::map<SheetKey, Sheet> out;
  std::map<std::string, std::uint32_t> newest;
  const auto sheet_at = [&](const std::string& holder, std::uint32_t number) -> Sheet& {
    Sheet& sheet = out[{holder, number}];
    sheet.holder = holder;
    sheet.number = number;
    newest[holder] = std::max(newest[holder], number);
    return sheet;
  };
  const VoidedSales voided(facts);
  std::map<SheetKey, std::pair<std::uint64_t, std::uint64_t>> refunds;  // events, minor
  for (const auto& [number, log] : custody.logs()) {
    Sheet* sheet = nullptr;  // of the fact before
    log.trail.each([&, number = number, &log = log](const CustodyFact& fact) {
      if (!custody.stands(number, fact)) return;
      const std::uint32_t own = custody.sheet_at(log, fact.index);
      if (!fact.is_on_sheet()) {
        const std::uint64_t paid = refunded_minor(fact);
        if (paid == 0) return;
        auto& [events, minor] = refunds[{log.holder, own}];
        ++events;
        minor += paid;
        return;
      }
      const auto on = fact.is_void ? voided.sheet_of({number, fact.index}) : std::optional(own);
      if (!on) return;
      if (sheet == nullptr || sheet->number != *on) sheet = &sheet_at(log.holder, *on);
      add_fact(*sheet, custody, fact);
    });
  }
  std::map<std::string, std::map<std::string, std::uint32_t>> devices;  // holder -> alias -> sheet
  for (const auto& [number, log] : custody.logs()) {
    if (log.name.log_class != LogClass::trade || log.role == schemas::SUPERVISOR) continue;
    auto& sheet = devices[log.holder][log.alias];
    sheet = std::max(sheet, custody.sheet_after(log));
    for (const auto& [closed, index] : log.boundaries) sheet_at(log.holder, closed);
  }
  const auto reached = newest;  // a count alone opens one sheet more, not one after the other
  for (const auto& [name, sealed] : custody.sealed()) {
    const auto at = reached.find(sealed.holder);
    if (sealed.sheet <= (at == reached.end() ? 0 : at->second) + 1) {
      sheet_at(sealed.holder, sealed.sheet);
    }
  }

  std::vector<Sheet> sorted;
  for (auto& [key, sheet] : out) {
    for (const auto& [alias, on] : devices[sheet.holder]) {
      if (on <= sheet.number && !facts.revoked.contains(alias)) sheet.open_devices.push_back(alias);
    }
    if (const auto paid = refunds.find(key); paid != refunds.end()) {
      std::tie(sheet.refunds, sheet.refunds_minor) = paid->second;
    }
    add_counts(sheet, custody, festival);
    if (!sorted.empty() && sorted.back().holder == sheet.holder) {
      for (const auto& [item, before] : sorted.back().lines) {
        SheetLine& line = sheet.lines[item];
        line.item = item;
        line.expected_start = std::clamp(before.end(), -sheet_units_max, sheet_units_max);
      }
    }
    sorted.push_back(std::move(sheet));
  }
  return sorted;
}

std::vector<Sheet> sheets(State& state) {
  return sheets(stock_facts(state));
}

}  // namespace verbena::ledger
