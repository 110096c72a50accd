// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "ledger/core/crypto.h"

// A secret that two of several persons open together, and none alone.
namespace verbena::node {

constexpr std::size_t holders_max = 8;
constexpr std::size_t for_two_bytes_max = 64 << 10;

// For each two of the holders (Ed25519 keys) one line: both key ids and a box closed for the second
// within a box closed for the first (ledger/core/sealed.h), in hex. Errc::bad_input with fewer than
// two holders, more than holders_max, or one of them twice.
ledger::Result<std::string> seal_for_two(std::string_view secret,
                                         std::span<const ledger::PublicKey> holders,
                                         ledger::Random& random);

// In either order. Errc::bad_signature where it was not sealed for these two, or is damaged.
ledger::Result<std::string> open_for_two(std::string_view sealed, const ledger::SigningKey& one,
                                         const ledger::SigningKey& other);

}  // namespace verbena::node
