// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "schemas/event.pb.h"

namespace verbena::ledger {

// One line of a stock move.
struct CustodyLine {
  std::uint32_t item = 0;
  schemas::StockClass from = schemas::STOCK_UNSPECIFIED;
  schemas::StockClass to = schemas::STOCK_UNSPECIFIED;
  std::uint64_t quantity = 0;
};

constexpr std::uint32_t cash_tender = 0;  // the first number of CustodyBook::tender()

// One posting in the festival's currency. Tenders where a side is OUTSIDE.
struct MoneyLeg {
  schemas::AccountClass from = schemas::ACCOUNT_UNSPECIFIED;
  schemas::AccountClass to = schemas::ACCOUNT_UNSPECIFIED;
  std::uint32_t from_tender = cash_tender, to_tender = cash_tender;
  std::uint64_t amount_minor = 0;
};

// An event that moved goods of a holder, or money of a stand or a drawer. Amounts in minor units.
struct CustodyFact {
  std::uint64_t index = 0;
  bool if_posted = false;  // counts only where its purse posted it, or its void won
  bool is_void = false;
  std::uint32_t person = 0;  // number of CustodyBook::person()
  std::int64_t at_s = 0;     // since 1970 by its writer's clock: display only
  std::vector<CustodyLine> lines;
  std::vector<MoneyLeg> legs;

  std::int64_t cash_minor() const;     // into the drawer
  std::uint64_t sales_minor() const;   // taken for the stand, all tenders
  std::uint64_t voided_minor() const;  // given back
  // Goods, or money of a stand, a fee, a tip or a deposit. Else cash alone: a drawer's matter.
  bool is_on_sheet() const;
};

// The facts of one log, in order, in a few bytes each. A copy shares what is full, so it is cheap
// to take and may be read while the original grows.
class CustodyTrail {
 public:
  void append(const CustodyFact& fact);  // of a greater index than the last
  // The fact handed out is good until the visitor returns.
  void each(const std::function<void(const CustodyFact& fact)>& visit) const;
  bool empty() const { return tail_.empty() && full_.empty(); }
  std::size_t bytes() const;

 private:
  std::vector<std::shared_ptr<const std::string>> full_;
  std::string tail_;
  std::uint64_t last_index_ = 0;
  std::int64_t last_s_ = 0;
};

}  // namespace verbena::ledger
