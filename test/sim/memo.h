// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// All devices of a day verify the same heads, receipts and seals. Whether a signature of a message
// holds is a pure function, so this thread remembers what came out, and what it signed itself, and
// asks libsodium about the rest once. The linker puts it in the way of the two functions the
// product calls; nothing of it is in a product.
namespace verbena::sim {

struct SignatureStats {
  std::uint64_t asked = 0;
  std::uint64_t verified = 0;  // by libsodium
};

// Forgets everything, then remembers or, with false, asks libsodium every time.
void remember_signatures(bool remember);
SignatureStats signature_stats();

}  // namespace verbena::sim
