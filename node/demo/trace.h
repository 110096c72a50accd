// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ledger/core/result.h"

namespace verbena::node {

struct TracedSale {
  std::string time;  // as in the file: ISO local time, sorts as text
  std::string stand;
  std::string customer;                                      // empty: cash
  std::vector<std::pair<std::string, std::uint32_t>> lines;  // SKU, quantity
};

// A recorded till log: header `time,stand,customer,sku,quantity`, rows in any order. Rows of one
// customer, stand and second are one sale; rows without a customer are one cash sale per stand and
// second. Sorted by time. A bad row is refused as "<name>:<line>: <what is wrong>".
ledger::Result<std::vector<TracedSale>> read_trace(const std::string& text,
                                                   const std::string& name);

// A festival file for a trace that comes without one: its stands and SKUs, everything at 1.00.
std::string festival_for(const std::vector<TracedSale>& trace);

}  // namespace verbena::node
