// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/rules.h"

// Who pays for the goods of a sale: a purse's gifts and own money, its meals, cash, other purses.
namespace verbena::ledger {

// Who pays for the goods of one event, each so much.
struct Payers {
  std::uint64_t gift = 0;
  std::uint64_t own = 0;  // of the purse, other than gifts
  std::uint64_t cash = 0;
  std::uint64_t crew = 0;
  std::uint32_t meals = 0;
  std::uint64_t goods() const { return gift + own + cash + crew; }
};

// Refused where the purse cannot pay its share and all of `beside_minor`, the deposits and the tip.
Result<Payers> payers_of(State& state, const BandReading& band,
                         const std::vector<BasketLine>& basket, const SaleTerms& terms,
                         std::uint64_t goods_minor, std::uint64_t beside_minor);

// What others paid of a basket before, in minor units: at this stand, not taken back and not used
// for another sale.
Result<std::uint64_t> paid_before(State& state, const DeviceView& device,
                                  const std::vector<FoundSale>& parts);

}  // namespace verbena::ledger
