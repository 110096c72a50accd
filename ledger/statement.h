// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/stock_report.h"
#include "ledger/store/store.h"
#include "schemas/statement.pb.h"

// Statements (docs/settlement.md): what a stand is owed, with the whole logs of its own devices
// under their signed heads, so that who has the root's fingerprint computes every figure again.
namespace verbena::ledger {

constexpr std::string_view statement_magic = "VERSTMT1";
constexpr std::size_t statement_bytes_max = 256u << 20;
constexpr int statement_logs_max = 4'096;

struct StatementCheck {
  schemas::Statement statement;
  std::vector<Settlement> rows;  // as computed from the events
  struct Log {
    std::string device;
    LogName name;
    std::uint64_t size = 0;
    std::uint64_t withheld = 0;
  };
  std::vector<Log> logs;
};

// From logs that verify. Errc::bad_input where the stand is unknown.
Result<Bytes> make_statement(const EventStore& store, const SignedCertificate& root,
                             const std::string& stand);

// Refuses a figure that does not follow, a log with a gap, a missing earlier life, and events of
// another stand. Errc::bad_input for a fingerprint that is none, else Errc::bad_signature.
Result<StatementCheck> verify_statement(std::string_view file, std::string_view fingerprint);

// What follows from a statement's events and terms; for both of the above.
// `authors`: of each log. `kept`: gets the facts, where it is not null.
std::vector<Settlement> settle_statement(const schemas::Statement& statement,
                                         const std::vector<StatementCheck::Log>& logs,
                                         const std::vector<Certificate>& authors, StockFacts* kept);
schemas::StatementRow to_wire(const Settlement& row);

}  // namespace verbena::ledger
