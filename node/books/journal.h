// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/audit.h"
#include "ledger/books.h"
#include "node/files.h"

// The books as a plain-text journal that the programs ledger and hledger read:
//   DIR/main.journal         commodities, accounts, and the files below
//   DIR/stand-NAME.journal   events by devices of one stand
//   DIR/rest.journal         all others, and what is known from bands only
//   DIR/balances.journal     asserts every account's balance: whoever loads the files compares them
namespace verbena::node {

// A path as an account: segments joined by colons, all but [A-Za-z0-9._-] as %XX, an empty segment
// as %. Two paths never give one account.
std::string journal_account(std::string_view path);

struct JournalReport {
  std::uint64_t files = 0;
  std::uint64_t transactions = 0;
  std::uint64_t accounts = 0;
};

// Into an existing directory; main.journal last. Signs are ours: what an account received is
// positive.
ledger::Result<JournalReport> write_journal(const ledger::Books& books,
                                            const ledger::AuditReport& report,
                                            const Path& directory);

}  // namespace verbena::node
