// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/sheets.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace verbena::ledger {

namespace {

using SheetKey = std::pair<std::string, std::uint32_t>;

// The sheet an event of this log belongs to: by the log's own boundaries, else by those that two
// supervisors set for it, of which the greatest counts.
class Boundaries {
 public:
  explicit Boundaries(const CustodyBook& custody) {
    for (const auto& boundary : custody.foreign_boundaries()) {
      auto& size = sizes_[boundary.log][boundary.sheet];
      size = std::max(size, boundary.size);
    }
  }
  std::uint32_t sheet_of(const CustodyFact& fact, const CustodyLog& log) const {
    std::uint32_t sheet = fact.sheet;
    const auto set = sizes_.find(log.id);
    if (set == sizes_.end()) return sheet;
    for (const auto& [closed, size] : set->second) {  // ascending sheets
      if (closed == sheet && !log.boundaries.contains(closed) && fact.index >= size) ++sheet;
    }
    return sheet;
  }
  std::uint32_t sheet_after(const CustodyLog& log) const {
    std::uint32_t sheet = log.sheet;
    const auto set = sizes_.find(log.id);
    if (set == sizes_.end()) return sheet;
    for (const auto& [closed, size] : set->second) sheet = std::max(sheet, closed + 1);
    return sheet;
  }

 private:
  std::unordered_map<Hash, std::map<std::uint32_t, std::uint64_t>, HashOf> sizes_;
};

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

// Voids belong to the sheet of the sale they take back: 0 where it is not held.
class VoidedSales {
 public:
  VoidedSales(const CustodyBook& custody, const Boundaries& boundaries) {
    for (const auto& [id, target] : custody.voids()) {
      if (target.cash) {
        by_place_.emplace(*target.cash, 0);
      } else {
        by_id_.emplace(target.sale, 0);
      }
    }
    if (by_place_.empty() && by_id_.empty()) return;
    for (const auto& fact : custody.facts()) {
      const CustodyLog& log = custody.logs().at(fact.log);
      if (const auto voided = by_id_.find(fact.id); voided != by_id_.end() && fact.purse != 0) {
        voided->second = boundaries.sheet_of(fact, log);
      }
      if (const auto voided = by_place_.find({log.id, fact.index}); voided != by_place_.end()) {
        voided->second = boundaries.sheet_of(fact, log);
      }
    }
  }
  std::uint32_t sheet_of(const VoidTarget& target) const {
    return target.cash ? by_place_.at(*target.cash) : by_id_.at(target.sale);
  }

 private:
  std::map<EventPlace, std::uint32_t> by_place_;
  std::unordered_map<Hash, std::uint32_t, HashOf> by_id_;
};

void add_fact(Sheet& sheet, const CustodyBook& custody, const CustodyFact& fact) {
  for (std::uint32_t i = 0; i < fact.lines; ++i) {
    const CustodyLine& moved = custody.lines(fact)[i];
    SheetLine& line = sheet.lines[moved.item];
    line.item = moved.item;
    add_line(line, moved);
    sheet.gifts += moved.to == schemas::GRATIS;
  }
  sheet.sales_minor += fact.sales_minor;
  sheet.voided_minor += fact.voided_minor;
  sheet.cash_minor += fact.cash_minor;
  sheet.tips_minor += fact.tips_minor;
  sheet.deposits_minor += fact.deposits_minor;
  if (fact.sales_minor > 0) {
    ++sheet.sales;
    sheet.sellers.insert(custody.person(fact.person));
    if (fact.cash_minor > 0) {
      ++sheet.cash_sales;
      sheet.cash_sales_minor += fact.sales_minor;
    }
  }
  sheet.voids += fact.is_void;
  sheet.first_hlc = sheet.first_hlc == 0 ? fact.hlc : std::min(sheet.first_hlc, fact.hlc);
  sheet.last_hlc = std::max(sheet.last_hlc, fact.hlc);
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

std::vector<Sheet> sheets(State& state) {
  const CustodyBook& custody = state.custody();
  const schemas::Festival* festival = state.festival();
  const Boundaries boundaries(custody);
  std::map<SheetKey, Sheet> out;
  std::map<std::string, std::uint32_t> newest;
  const auto sheet_at = [&](const std::string& holder, std::uint32_t number) -> Sheet& {
    Sheet& sheet = out[{holder, number}];
    sheet.holder = holder;
    sheet.number = number;
    newest[holder] = std::max(newest[holder], number);
    return sheet;
  };
  const VoidedSales voided(custody, boundaries);
  for (const auto& fact : custody.facts()) {
    const CustodyLog& log = custody.logs().at(fact.log);
    if (!state.stands(fact)) continue;
    std::uint32_t number = boundaries.sheet_of(fact, log);
    if (fact.is_void) number = voided.sheet_of(custody.voids().at(fact.id));
    if (number == 0) continue;  // a void whose sale is not held
    if (fact.lines > 0 || fact.sales_minor > 0 || fact.voided_minor > 0) {
      add_fact(sheet_at(log.holder, number), custody, fact);
    }
  }
  std::map<std::string, std::map<std::string, std::uint32_t>> devices;  // holder -> alias -> sheet
  for (const auto& [number, log] : custody.logs()) {
    if (log.name.log_class != LogClass::trade || log.role == schemas::SUPERVISOR) continue;
    auto& sheet = devices[log.holder][log.alias];
    sheet = std::max(sheet, boundaries.sheet_after(log));
    for (const auto& [closed, index] : log.boundaries) sheet_at(log.holder, closed);
  }
  const auto reached = newest;  // a count alone opens one sheet more, not one after the other
  for (const auto& [id, sealed] : custody.sealed()) {
    const auto at = reached.find(sealed.holder);
    if (sealed.sheet <= (at == reached.end() ? 0 : at->second) + 1) {
      sheet_at(sealed.holder, sealed.sheet);
    }
  }

  std::vector<Sheet> sorted;
  for (auto& [key, sheet] : out) {
    for (const auto& [alias, on] : devices[sheet.holder]) {
      const Certificate* device = state.roster().find_alias(alias);
      const bool revoked = device != nullptr && state.roster().revoked(device->key);
      if (on <= sheet.number && !revoked) sheet.open_devices.push_back(alias);
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

}  // namespace verbena::ledger
