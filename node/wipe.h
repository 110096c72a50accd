// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/wipe.h"
#include "node/home.h"

// The end of a device's home (docs/wipe.md): nothing of it goes before somebody else holds what it
// held, its keys go first, and a proof stays.
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

// Asked before each act, which it names; false: the process ends here. For tests.
using WipeStep = std::function<bool(const std::string& act)>;

// May be killed at any moment and called again: what has begun is finished. Fails while a process
// runs on the home. A locked key needs the passphrase.
ledger::Result<WipeOutcome> wipe_home(const Path& home,
                                      const std::optional<std::string>& passphrase,
                                      const WipeRequest& request, const ledger::Clock& clock,
                                      ledger::Random& random, const WipeStep& step = {});

}  // namespace verbena::node
