// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "ledger/core/bytes.h"
#include "ledger/core/result.h"

// What shows that somebody is the bearer of a purse: 128 bits on a paper in the band's envelope,
// never on the band. Derived from the desk's claim key, so nothing is kept for each band.
namespace verbena::node {

using ClaimKey = std::array<std::uint8_t, 32>;
using ClaimSecret = std::array<std::uint8_t, 16>;

ClaimSecret claim_secret(const ClaimKey& key, std::uint64_t festival, std::uint64_t purse);

// Seven groups of four letters and digits that are not mistaken for each other, two of them a
// check: a slip of the pen is told before it counts as a try.
std::string secret_text(const ClaimSecret& secret);
// As people write it: blanks, dashes, small letters, O for 0, I and L for 1. Errc::bad_input where
// the check does not fit, whatever the purse.
ledger::Result<ClaimSecret> read_secret(std::string_view text);

// "0123 4567 89ab cdef" and back, as on the paper.
std::string number_text(std::uint64_t purse);
ledger::Result<std::uint64_t> read_number(std::string_view text);

}  // namespace verbena::node
