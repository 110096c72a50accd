// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/crypto.h"
#include "schemas/sync.pb.h"

namespace verbena::ledger {

// Whether this key signed the receipt, and every position has the one form that can be signed.
bool verify_receipt(std::uint64_t festival, const PublicKey& witness,
                    const schemas::Receipt& receipt);

}  // namespace verbena::ledger
