// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/certificate.h"
#include "schemas/sync.pb.h"

namespace verbena::ledger {

// Whether this key signed the receipt, and every position has the one form that can be signed.
bool verify_receipt(std::uint64_t festival, const PublicKey& witness,
                    const schemas::Receipt& receipt);

// Whether what this witness holds lowers "unwitnessed" of the other: a hub and a supervisor for
// everybody, another device for those of other stands.
bool counts_as_witness(const Certificate& witness, const Certificate& of);

}  // namespace verbena::ledger
