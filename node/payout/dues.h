// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/seal_audit.h"

// What a sealed festival owes the bearers of its purses.
namespace verbena::node {

// In minor units of the festival's currency.
struct PurseDue {
  std::uint64_t purse = 0;
  __int128 balance_minor = 0;
  std::uint64_t gift_minor = 0;  // of that; paid out to nobody
  std::uint64_t owed_minor = 0;  // max(0, balance less gift)
  // What the festival bears, or may have to explain:
  __int128 gap_credit_minor = 0;  // known from the band alone: top-ups nobody brought
  __int128 gap_debit_minor = 0;   // the same of sales
  __int128 suspense_minor = 0;    // topped up by who could not count any more; not in the balance
  std::uint64_t replaced_by = 0;  // the purse that took its place, or 0
  __int128 carried_minor = 0;     // of the balance, what was left on purses it took the place of
  bool frozen = false;
  bool forked = false;
  bool gift_unknown = false;    // the band alone tells of its last step, and not of gifts
  bool other_currency = false;  // something is left in a currency that is not the festival's
};

struct Dues {
  ArchiveAudit audit;
  ledger::Hash root{};                              // hash of the root's certificate
  ledger::Hash seal{};                              // of the newest seal
  std::vector<PurseDue> purses;                     // ascending
  __int128 balances_minor = 0;                      // of all purses, as sealed
  std::map<std::string, __int128> topped_up_minor;  // by tender
};

// Replays the archive from zero. Errc::bad_signature unless its newest seal holds under this
// build's fold; Errc::internal where the purses do not add up to the sum in the seal.
ledger::Result<Dues> read_dues(std::string_view archive_file);

}  // namespace verbena::node
