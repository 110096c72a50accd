// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/wipe.h"
#include "node/home.h"

namespace verbena::node {

struct WipeRequest {
  std::string archive;  // bytes of a sealed archive that holds its logs
  std::string reason;   // of an override
  std::vector<const ledger::SigningKey*> approvers;  // of an override
};

// An own log of which nobody that counts is known to hold the end.
struct UncoveredLog {
  ledger::LogName name;
  std::uint64_t size = 0;
  std::uint64_t witnessed = 0;  // what the furthest witness holds
};

struct WipeOutcome {
  bool wiped = false;  // false: the rest says why not, and nothing was touched
  std::vector<UncoveredLog> uncovered;
  std::uint64_t relied = 0;         // logs of others, held by a hub or a supervisor, in no seal
  std::vector<std::string> alarms;  // logs that came back shorter than they were
  ledger::ProvenWipe proven;
  std::string fingerprint;  // of the root it is by
  std::vector<Path> left;   // what is in the directory and was never the home's
};

// Looks for whoever holds what a home holds, and says it under the device's own key. Empty, with
// the reasons in `out`, where the home may not go. Changes nothing but what opening a store does.
ledger::Result<ledger::Bytes> make_wipe_proof(const Path& home,
                                              const std::optional<std::string>& passphrase,
                                              const WipeRequest& request,
                                              const ledger::Clock& clock, ledger::Random& random,
                                              WipeOutcome& out);

}  // namespace verbena::node
