// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/audit.h"
#include "schemas/seal.pb.h"

namespace verbena::ledger {

// The end of one signed history of a log.
struct LogTip {
  LogName log;
  Hash id{};
  std::uint64_t size = 0;
  Hash root{};
};

// Events known to exist that nobody brought: a device that did not come back, or lost its end.
struct MissingTail {
  Hash certificate{};  // zeros: only a log's id is known
  Hash log{};          // zeros: only a band tells of it
  std::uint64_t held = 0;
  std::uint64_t known = 0;
  Hash root{};  // of the first `known` events; zeros where a band tells of them
  schemas::TailWitness witness = schemas::TAIL_WITNESS_UNSPECIFIED;
};

// Of each log the furthest that anybody certified tells: a head its author signed, a receipt, or a
// band. What does not verify is passed over. `tips` in any order; the result ascends.
std::vector<MissingTail> missing_tails(State& state, const std::vector<LogTip>& tips,
                                       const std::vector<ClaimedHead>& claims,
                                       const std::vector<schemas::Receipt>& receipts);

}  // namespace verbena::ledger
