// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/home.h"

namespace verbena::node {

// Locks the keys of a supervisor's home under another passphrase, so that its person alone has it.
// May be called again after it was cut short. Fails for a home whose keys are not locked, for an
// office, whose passphrase is that of the TLS authority as well, and for an empty passphrase.
ledger::Status change_passphrase(const Path& home, const std::string& old_one,
                                 const std::string& new_one, ledger::Random& random);

}  // namespace verbena::node
