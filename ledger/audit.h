// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"

namespace verbena::ledger {

enum class Severity { fault, notice };

struct Finding {
  Severity severity = Severity::notice;
  std::string kind;
  std::string text;
  std::vector<Hash> events;
};

struct AuditReport {
  std::string festival;
  std::string currency;
  std::uint32_t scale = 0;
  std::uint64_t events = 0;
  std::uint64_t logs = 0;
  std::uint64_t heads_verified = 0;
  std::uint64_t forks = 0;
  std::uint64_t gaps = 0;
  bool conserved = false;
  Hash state_digest{};
  Totals totals;
  std::vector<Finding> findings;
  std::vector<LogSummary> covered;  // for the frontier root

  std::uint64_t faults() const;
};

// Replays a store from zero: every kept head's signature, every leaf, then the fold. Needs nothing
// but the root certificate.
Result<AuditReport> audit(const EventStore& store, const Certificate& root);

}  // namespace verbena::ledger
