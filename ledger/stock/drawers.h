// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/stock/stock_facts.h"

namespace verbena::ledger {

// A person's time at a drawer, in minor units of the festival's currency.
struct Drawer {
  Hash opened{}, closed{};  // event ids; closed is zero while it is open
  std::string device, holder, person;
  std::uint32_t sheet = 0;    // on which it was opened
  std::int64_t closed_s = 0;  // by the till's clock; 0 while it is open
  std::int64_t float_minor = 0;
  std::int64_t cash_minor = 0;  // taken less given back
  std::uint64_t cash_sales = 0;
  std::int64_t dropped_minor = 0;
  std::optional<std::int64_t> counted_minor;

  std::int64_t expected_minor() const { return float_minor + cash_minor - dropped_minor; }
  std::optional<std::int64_t> over_minor() const {  // below zero: short
    if (!counted_minor) return std::nullopt;
    return *counted_minor - expected_minor();
  }
};

// By the id of the event that opened it.
std::vector<Drawer> drawers(const StockFacts& facts);
std::vector<Drawer> drawers(State& state);

}  // namespace verbena::ledger
