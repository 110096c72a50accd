// SPDX-License-Identifier: Apache-2.0
#include "ledger/tenders.h"

#include <algorithm>

#include "ledger/state/purse_cell.h"
#include "ledger/state/voucher_book.h"

namespace verbena::ledger {

namespace {

// Accounts outside with rules of their own; what else pays for goods; rows of the daily report.
constexpr std::string_view taken[] = {gift_mark, crew_mark, forfeit_mark, "purse",  "voucher",
                                      "fee",     "tip",     "deposit",    "advance"};

bool is_printable(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != '\x7f' && c != '/';  // a slash ends a segment
}

}  // namespace

bool is_tender(std::string_view name) {
  return !name.empty() && name.size() <= tender_bytes_max &&
         std::all_of(name.begin(), name.end(), is_printable) &&
         std::find(std::begin(taken), std::end(taken), name) == std::end(taken);
}

}  // namespace verbena::ledger
