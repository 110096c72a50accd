// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "ledger/stock/shrinkage.h"

// Festivals made of figures: honest ones, and ones in which something was planted. Seeded.
namespace verbena::test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {  // SplitMix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(most - least + 1));
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[next() % i]);
  }

 private:
  std::uint64_t state_;
};

// Uniform within the share of what was handled, in parts of 10,000; to the nearest unit.
inline std::int64_t honest_error(Dice& dice, std::int64_t handled, std::int64_t basis_points) {
  const std::int64_t most = handled * basis_points;  // in 10,000ths of a unit
  const std::int64_t error = dice.between(-most, most);
  return (error + (error < 0 ? -5'000 : 5'000)) / 10'000;
}

struct SheetPlan {
  std::int64_t units = 500;  // handled in all
  std::int64_t items = 6;    // they share the units unevenly
  std::int64_t hidden = 0;   // units sold for cash that nobody recorded
  bool one_item = false;     // hidden in one item alone
  bool draught = false;
  std::int64_t yield_spread = 0;  // basis points
};

inline ledger::Hash evidence_id(Dice& dice) {
  ledger::Hash out;
  for (auto& byte : out) byte = static_cast<std::uint8_t>(dice.next());
  return out;
}

// The money of what was hidden is added to `planted_minor`.
inline ledger::SheetFigures make_sheet(Dice& dice, const std::string& holder, const SheetPlan& plan,
                                       ledger::Minor& planted_minor) {
  ledger::SheetFigures sheet;
  sheet.holder = holder;
  sheet.sheet = 1;
  sheet.final = true;
  sheet.persons = {holder + "-lead", holder + "-hand"};
  sheet.evidence = {evidence_id(dice)};
  std::vector<std::int64_t> weights;
  std::int64_t weight = 0;
  for (std::int64_t i = 0; i < plan.items; ++i) {
    weights.push_back(dice.between(10, 40));
    weight += weights.back();
  }
  std::int64_t left = plan.units, hidden_left = plan.hidden;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const bool last = i + 1 == weights.size();
    const std::int64_t handled = last ? left : plan.units * weights[i] / weight;
    left -= handled;
    std::int64_t hidden = plan.one_item ? (i == 0 ? plan.hidden : 0)
                          : last        ? hidden_left
                                        : plan.hidden * handled / plan.units;
    hidden = std::min(hidden, handled);
    hidden_left -= hidden;
    ledger::ItemFigures item;
    item.item = static_cast<std::uint32_t>(i + 1);
    item.price_minor = 50 * dice.between(4, 24);
    item.cost_minor = item.price_minor / 3;
    item.draught = plan.draught;
    item.yield_spread_basis_points = static_cast<std::uint32_t>(plan.yield_spread);
    item.opening = handled * dice.between(20, 60) / 100;
    item.in = handled - item.opening;
    item.waste = handled * dice.between(0, 2) / 100;  // broken, and recorded
    item.gratis = handled * dice.between(0, 1) / 100;
    const std::int64_t remains = handled * dice.between(2, 15) / 100;
    item.sold = std::max<std::int64_t>(handled - item.waste - item.gratis - remains - hidden, 0);
    const std::int64_t drawn = item.sold + item.waste + item.gratis + hidden;
    const std::int64_t yield = plan.draught ? honest_error(dice, drawn, plan.yield_spread) : 0;
    const std::int64_t error = honest_error(dice, handled, 50);
    item.counted = std::max<std::int64_t>(handled - drawn - yield + error, 0);
    item.evidence = {evidence_id(dice)};
    planted_minor += hidden * item.price_minor;
    sheet.sales.count += static_cast<std::uint64_t>(item.sold) / 2;
    sheet.sales.minor += item.sold * item.price_minor;
    sheet.items.push_back(item);
  }
  sheet.cash.count = sheet.sales.count * static_cast<std::uint64_t>(dice.between(25, 35)) / 100;
  sheet.cash.minor = sheet.sales.minor * 3 / 10;
  sheet.purse.count = sheet.sales.count - sheet.cash.count;
  sheet.purse.minor = sheet.sales.minor - sheet.cash.minor;
  return sheet;
}

}  // namespace verbena::test
