// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/wipe_proof.h"

// The end of a device's home (docs/wipe.md): nothing of it goes before somebody else holds what it
// held, its keys go first, and a proof stays.
namespace verbena::node {

// Asked before each act, which it names; false: the process ends here. For tests.
using WipeStep = std::function<bool(const std::string& act)>;

// May be killed at any moment and called again: what has begun is finished. Fails while a process
// runs on the home. A locked key needs the passphrase.
ledger::Result<WipeOutcome> wipe_home(const Path& home,
                                      const std::optional<std::string>& passphrase,
                                      const WipeRequest& request, const ledger::Clock& clock,
                                      ledger::Random& random, const WipeStep& step = {});

}  // namespace verbena::node
