// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ledger/fiscal_day.h"
#include "node/festival_day.h"

// A day's report (Z) as a table, which is what its hash is made of: the same bytes from the same
// events, in no language.
namespace verbena::node {

// A receipt's own name: "pos-1-T3fa9c1d2/17"; of another history of a forked log by its event.
std::string receipt_name(const ledger::FiscalBook& book, const ledger::FiscalDocument& document);
// What is to be said of a receipt or a series beside its figures; codes.
std::vector<std::string> remarks_of(const ledger::FiscalDocument& document);
std::vector<std::string> remarks_of(const ledger::FiscalSeries& series,
                                    const ledger::SeriesDay& day);
// "21.00"; "unknown".
std::string rate_text(const std::optional<std::uint32_t>& rate_basis_points);
// What was paid by or given back with a receipt, all told.
ledger::Minor paid_minor(const ledger::FiscalDocument& document);

struct ZReport {
  ledger::FiscalDay day;
  std::vector<ledger::Outage> outages;  // that touch the day
  std::string previous;                 // hash of the report before it; empty for the first
  std::string table;                    // RFC 4180, lines ended by CR LF, without the hash
  std::string hash;                     // SHA-256 of `table`
};

struct ZChain {
  ledger::FiscalBook book;
  ledger::FiscalScope scope;
  FestivalDays days;
  std::vector<ZReport> reports;  // one for each day with a receipt or a drop
};

// Errc::bad_input for a time zone that is not known, and for a sum that 64 bits cannot hold.
ledger::Result<ZChain> z_chain(ledger::FiscalBook book, const ledger::FiscalScope& scope);
// The table and its last line, the hash.
std::string z_csv(const ZReport& report);
// One row for each line of each receipt of a day.
std::string receipts_csv(const ZChain& chain, const ledger::FiscalDay& day);

}  // namespace verbena::node
