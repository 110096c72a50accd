// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/drawers.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

using Life = std::pair<Hash, std::uint64_t>;  // certificate, incarnation

struct OpenAt {
  ShiftSpan span;
  std::size_t shift = 0;
};

struct Taken {
  std::int64_t minor = 0;
  std::uint64_t sales = 0;
};

// The shift in which an event of this life's trade or value log fell; the one opened last where
// there are several, null where there is none.
const OpenAt* shift_at(const std::vector<OpenAt>& spans, LogClass log_class, std::uint64_t index) {
  for (const OpenAt& open : spans) {
    const bool trade = log_class == LogClass::trade;
    const std::uint64_t from = trade ? open.span.from : open.span.value_from;
    const std::uint64_t to = trade ? open.span.to : open.span.value_to;
    if (index >= from && index < to) return &open;
  }
  return nullptr;
}

}  // namespace

std::vector<Drawer> drawers(const StockFacts& facts) {
  const CustodyBook& custody = facts.custody;
  const std::vector<Shift> shifts = custody.shifts();
  std::map<Life, std::vector<OpenAt>> by_life;  // newest first
  for (std::size_t i = 0; i < shifts.size(); ++i) {
    for (const auto& span : shifts[i].spans) {
      const LogName& name = custody.logs().at(span.log).name;
      by_life[{name.certificate, name.incarnation}].push_back({span, i});
    }
  }
  for (auto& [life, spans] : by_life) {
    std::stable_sort(spans.begin(), spans.end(),
                     [](const OpenAt& a, const OpenAt& b) { return a.span.from > b.span.from; });
  }
  std::vector<Taken> cash(shifts.size());
  for (const auto& [number, log] : custody.logs()) {
    const auto spans = by_life.find({log.name.certificate, log.name.incarnation});
    if (spans == by_life.end()) continue;
    log.trail.each([&, number = number, &log = log](const CustodyFact& fact) {
      const std::int64_t minor = fact.cash_minor();
      if (minor == 0 || !custody.stands(number, fact)) return;
      if (const auto* open = shift_at(spans->second, log.name.log_class, fact.index)) {
        cash[open->shift].minor += minor;
        cash[open->shift].sales += fact.sales_minor() > 0;
      }
    });
  }
  std::vector<Drawer> out;
  for (std::size_t i = 0; i < shifts.size(); ++i) {
    const Shift& shift = shifts[i];
    const CustodyLog& log = custody.logs().at(shift.log);
    Drawer drawer;
    drawer.opened = shift.opened_id;
    drawer.closed = shift.closed_id;
    drawer.device = log.alias;
    drawer.holder = log.holder;
    drawer.person = shift.person;
    drawer.sheet = custody.sheet_at(log, shift.opened);
    drawer.closed_s = shift.closed_s;
    drawer.float_minor = static_cast<std::int64_t>(shift.float_minor);
    drawer.cash_minor = cash[i].minor;
    drawer.cash_sales = cash[i].sales;
    drawer.dropped_minor = static_cast<std::int64_t>(shift.dropped_minor);
    if (shift.counted_minor) {
      drawer.counted_minor = static_cast<std::int64_t>(*shift.counted_minor);
    }
    out.push_back(std::move(drawer));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.opened < b.opened; });
  return out;
}

std::vector<Drawer> drawers(State& state) {
  return drawers(stock_facts(state));
}

}  // namespace verbena::ledger
