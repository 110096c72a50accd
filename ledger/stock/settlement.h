// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/stock/dispatches.h"
#include "ledger/stock/drawers.h"

namespace verbena::ledger {

// What a holder's sheet comes to between the stand and the festival. In minor units of the
// festival's currency; a view. A day of a stand is a sheet: it ends where its tills close it and
// two persons count, and no clock decides money. Sums are exact; the two shares are rounded once
// for each sheet, half a unit away from zero.
struct Settlement {
  std::string holder;
  std::uint32_t sheet = 0;
  bool final = false;  // until then the figures may still move
  std::uint64_t first_hlc = 0, last_hlc = 0;
  std::map<std::string, TenderSums> tenders;  // "purse", "cash", and what else was taken
  // Their sums over all tenders.
  Minor cash_minor = 0;   // sales taken in cash, before voids
  Minor purse_minor = 0;  // sales taken from purses, before voids
  Minor other_minor = 0;  // sales by other tenders, before voids
  Minor voided_minor = 0;
  Minor fees_minor = 0;      // paid by customers: the festival's
  Minor tips_minor = 0;      // the stand's, for who served
  Minor deposits_minor = 0;  // taken less given back: the festival's
  Minor charged_minor = 0;   // fees, tips and deposits out of the stand's own money
  Minor commission_minor = 0;
  Minor hold_back_minor = 0;
  // What the holder answers for: goods its count misses, at sales price, less what it has too much,
  // never below zero; cash its drawers are short; goods it sent that did not arrive.
  Minor missing_goods_minor = 0;
  Minor drawer_short_minor = 0;
  Minor short_delivery_minor = 0;
  Minor cash_kept_minor = 0;  // taken and not dropped into the bank's bag: it is with the stand

  Minor turnover_minor() const { return cash_minor + purse_minor + other_minor - voided_minor; }
  // What the account `stand/<holder>` has of this sheet.
  Minor account_minor() const { return turnover_minor() - charged_minor; }
  Minor liability_minor() const {
    return missing_goods_minor + drawer_short_minor + short_delivery_minor;
  }
  // What the festival still owes the stand; below zero, the stand owes.
  Minor payable_minor() const {
    return account_minor() + tips_minor - commission_minor - hold_back_minor - liability_minor() -
           cash_kept_minor;
  }
};

// By holder and sheet; stands that sold or answer for something. The vectors: all of the facts.
std::vector<Settlement> settlements(const StockFacts& facts, const std::vector<Sheet>& sheets,
                                    const std::vector<Drawer>& drawers,
                                    const std::vector<SentGoods>& sent);
std::vector<Settlement> settlements(State& state);

// `basis_points` of an amount, halves away from zero.
Minor share_minor(Minor amount, std::uint32_t basis_points);

}  // namespace verbena::ledger
