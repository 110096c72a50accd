// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/state/state.h"

namespace verbena::ledger {

// All that sheets, dispatches, drawers and settlements are made of, at one moment. It shares the
// bulk with the state it is taken from and may be read without it, by any thread.
struct StockFacts {
  CustodyBook custody;
  std::shared_ptr<const schemas::Festival> festival;  // the settings in force; null: none known
  std::set<std::string> revoked;                      // devices, by alias
  // (log number, index) of a void that a purse's grant is -> of the sale it takes back.
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::pair<std::uint32_t, std::uint64_t>> grants;
};

StockFacts stock_facts(State& state);

}  // namespace verbena::ledger
