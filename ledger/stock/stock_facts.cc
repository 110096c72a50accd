// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/stock_facts.h"

namespace verbena::ledger {

StockFacts stock_facts(State& state) {
  StockFacts out;
  if (const auto* settings = state.festival()) {
    out.festival = std::make_shared<const schemas::Festival>(*settings);
  }
  out.custody = state.custody_snapshot();
  const Roster& roster = state.roster();
  for (const auto& [number, log] : out.custody.logs()) {
    const Certificate* device = roster.find_alias(log.alias);
    if (device != nullptr && roster.revoked(device->key)) out.revoked.insert(log.alias);
  }
  for (const auto& [place, target] : out.custody.voids()) {
    if (target.cash) continue;
    if (const auto sale = state.posted_place(target.purse, target.sale)) out.grants[place] = *sale;
  }
  return out;
}

}  // namespace verbena::ledger
