// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/branches.h"
#include "ledger/state/state.h"
#include "ledger/store/store.h"

namespace verbena::ledger {

struct ReplayedLog {
  StoredLog stored;
  MerklePeaks peaks;
};

struct ReplayOptions {
  bool verify_heads = false;  // every kept head's signature and root, as an auditor does
};

struct Replay {
  std::vector<ReplayedLog> logs;
  std::map<LogName, std::vector<Branch>> branches;
  std::uint64_t events = 0;
  std::uint64_t heads_verified = 0;
  std::vector<StoredLog> unknown_authors;  // logs whose certificate is in no control log
  std::vector<std::pair<LogName, std::string>> damaged;  // logs that do not verify
};

// Folds a store's logs from zero into `state`: control logs are noted first, so that standings are
// settled before any money moves. `visit` sees every event folded.
using ReplayVisitor = std::function<void(const LogName& log, std::uint64_t index, const Hash& id,
                                         const schemas::Event& event)>;
Result<Replay> replay(const EventStore& store, const ReplayOptions& options, State& state,
                      const ReplayVisitor& visit);

}  // namespace verbena::ledger
