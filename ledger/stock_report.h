// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/stock/settlement.h"

namespace verbena::ledger {

// Everything about stock at one moment, each made once.
struct StockReport {
  std::uint64_t news = 0;  // of the ledger then
  std::shared_ptr<const StockFacts> facts;
  bool is_whole = false;  // what follows is made
  std::vector<Sheet> sheets;
  std::vector<SentGoods> sent;
  std::vector<Drawer> drawers;
  std::vector<Settlement> settlements;
};

StockReport stock_report(std::shared_ptr<const StockFacts> facts);

}  // namespace verbena::ledger
