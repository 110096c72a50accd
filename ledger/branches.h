// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ledger/core/merkle.h"
#include "ledger/store/store.h"

// Signed histories of one log that contradict each other. The first one a device holds is its log;
// every other is kept as a branch, from where it leaves the histories held before it.
namespace verbena::ledger {

// An attacker could sign any number; what lies beyond is told by the fork proof alone.
constexpr std::size_t branches_per_log_max = 64;

struct Branch {
  std::uint64_t index = 0;   // of its first own event
  std::vector<Hash> leaves;  // the whole history, from 0
  Head head;

  // The same on every device, whichever history is its log.
  Hash id(const Hash& log) const;
};

// What a set of histories covers: events held, each position of each history once, and one hash.
struct Covered {
  std::uint64_t size = 0;
  Hash root{};
};
Covered covered_by(const Head& log, const std::vector<Branch>& branches);

// Where a run belongs among the histories held.
struct Placement {
  std::size_t history = 0;  // 0: the log, else 1 + number of the branch it follows longest
  std::uint64_t common = 0;
  std::vector<Hash> leaves;  // the whole history the run's head signs
};
// Empty: it follows none of them down to its first event, or does not hash to its head.
std::optional<Placement> place_run(const std::vector<Hash>& log,
                                   const std::vector<Branch>& branches, const LogRun& run);

// In the store's metadata, as runs that continue one another.
struct StoredBranch {
  LogName log;
  std::uint64_t index = 0;
  std::vector<LogRun> runs;
};
MetaWrite branch_write(const Branch& branch, LogRun run);
// Ordered by log and index: what a branch leaves comes before it.
Result<std::vector<StoredBranch>> read_branches(const EventStore& store,
                                                const LogName* of = nullptr);

}  // namespace verbena::ledger
