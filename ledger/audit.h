// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ledger/ledger.h"

namespace verbena::ledger {

enum class Severity { fault, notice };

struct Finding {
  Severity severity = Severity::notice;
  std::string kind;
  std::string text;
  std::vector<Hash> events;
};

// A device whose log is known from bands to reach beyond what is held.
struct DeviceGap {
  std::string device;
  std::uint64_t held_size = 0;
  std::uint64_t claimed_size = 0;
  __int128 held_minor = 0;     // its sales held, all tenders
  __int128 claimed_minor = 0;  // its sales up to claimed_size
  std::string holder;
  std::int64_t held_s = 0;  // time of the newest that is held, by its clock; 0: nothing is
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
  std::vector<DeviceGap> device_gaps;
  std::map<std::string, __int128> money;  // balances by path, of the festival's currency
  std::map<std::string, std::map<std::string, __int128>> stock;  // path -> sku -> units
  std::vector<LogSummary> covered;                               // for the frontier root
  std::shared_ptr<State> state;  // as folded, for who needs more than is told here

  std::uint64_t faults() const;
};

// Receipts on bands that reach beyond what is held of a device: it is destroyed, hidden or silent.
std::vector<DeviceGap> device_gaps(State& state, const std::vector<LogSummary>& held);

// Replays a store from zero: every kept head's signature, every leaf, then the fold. Needs nothing
// but the root certificate.
Result<AuditReport> audit(const EventStore& store, const Certificate& root);

}  // namespace verbena::ledger
