// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "ledger/stock/finding.h"
#include "node/texts.h"

// What a finding about stock says to people. Whom it names was there; who is guilty it does not
// know, and says so by its words.
namespace verbena::node {

struct FindingWords {
  std::string currency;
  unsigned scale = 0;                              // decimals of the currency
  std::function<std::string(std::uint32_t)> item;  // empty text = not known
};

// One or two sentences: who, what, how much, how sure.
std::string finding_text(const ledger::StockFinding& finding, const FindingWords& words,
                         Language language);

}  // namespace verbena::node
