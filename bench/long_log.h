// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"

namespace verbena::bench {

// A trade log of two-item cash sales by `author`, a head every `stride` events and one at the end.
std::vector<ledger::LogRun> long_log(const ledger::DeviceIdentity& author, ledger::Random& random,
                                     std::uint64_t sales, std::uint64_t stride);

}  // namespace verbena::bench
