// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "ledger/ledger.h"

// The band somebody of the staff signs in with. It holds a secret, no value; with the PIN it proves
// who is there (StaffCard in schemas/festival.proto).
namespace verbena::node {

// Image: "VSB1" || festival u64 || secret 16 || length u8 || alias || first 8 bytes of SHA-256 over
// all before. Big-endian.
struct StaffBand {
  std::uint64_t festival = 0;
  std::string alias;
  std::array<std::uint8_t, 16> secret{};
};

bool is_staff_band(std::string_view image);
std::string to_image(const StaffBand& band);
ledger::Result<StaffBand> parse_staff_band(std::string_view image);

bool is_pin(std::string_view text);  // 4 to 8 digits
// As a supervisor: makes a band with a secret of its own and writes the card that lets it sign in
// with this PIN, in place of an earlier one.
ledger::Result<StaffBand> issue_staff_band(ledger::Ledger& supervisor, ledger::Random& random,
                                           const std::string& alias, const std::string& pin);

ledger::Hash pin_verifier(const StaffBand& band, std::string_view pin);

}  // namespace verbena::node
