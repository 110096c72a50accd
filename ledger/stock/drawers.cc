// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/drawers.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

// The shift in which an event of this life's trade or value log fell; null: none.
const Shift* shift_of(const std::vector<const Shift*>& shifts, LogClass log_class,
                      std::uint64_t index) {
  for (const Shift* shift : shifts) {
    const bool trade = log_class == LogClass::trade;
    const std::uint64_t from = trade ? shift->opened : shift->value_opened;
    const std::uint64_t to = trade ? shift->closed : shift->value_closed;
    if (index >= from && index < to) return shift;
  }
  return nullptr;
}

}  // namespace

std::vector<Drawer> drawers(State& state) {
  const CustodyBook& custody = state.custody();
  using Life = std::pair<Hash, std::uint64_t>;
  std::map<Life, std::vector<const Shift*>> by_life;  // newest first: one left open ends there
  for (const auto& shift : custody.shifts()) {
    const LogName& name = custody.logs().at(shift.log).name;
    by_life[{name.certificate, name.incarnation}].push_back(&shift);
  }
  for (auto& [life, shifts] : by_life) {
    std::sort(shifts.begin(), shifts.end(),
              [](const auto* a, const auto* b) { return a->opened > b->opened; });
  }
  struct Taken {
    std::int64_t minor = 0;
    std::uint64_t sales = 0;
  };
  std::map<const Shift*, Taken> cash;
  for (const auto& fact : custody.facts()) {
    if (fact.cash_minor == 0 || !state.stands(fact)) continue;
    const LogName& name = custody.logs().at(fact.log).name;
    const auto shifts = by_life.find({name.certificate, name.incarnation});
    if (shifts == by_life.end()) continue;
    if (const Shift* shift = shift_of(shifts->second, name.log_class, fact.index)) {
      cash[shift].minor += fact.cash_minor;
      cash[shift].sales += fact.sales_minor > 0;
    }
  }
  std::vector<Drawer> out;
  for (const auto& shift : custody.shifts()) {
    const CustodyLog& log = custody.logs().at(shift.log);
    Drawer drawer;
    drawer.opened = shift.opened_id;
    drawer.closed = shift.closed_id;
    drawer.device = log.alias;
    drawer.holder = log.holder;
    drawer.person = shift.person;
    drawer.sheet = shift.sheet;
    drawer.float_minor = static_cast<std::int64_t>(shift.float_minor);
    drawer.cash_minor = cash[&shift].minor;
    drawer.cash_sales = cash[&shift].sales;
    drawer.dropped_minor = static_cast<std::int64_t>(shift.dropped_minor);
    if (shift.is_closed()) drawer.counted_minor = static_cast<std::int64_t>(shift.counted_minor);
    out.push_back(std::move(drawer));
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.opened < b.opened; });
  return out;
}

}  // namespace verbena::ledger
