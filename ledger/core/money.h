// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace verbena::ledger {

// Money is an integer count of a currency's minor unit (cents for EUR).
using Minor = std::int64_t;

// Greatest amount one event may carry: a million sums of it still fit in 64 bits.
constexpr std::uint64_t amount_minor_max = 1'000'000'000'000;

// "12.5" at scale 2 is 1250. Empty on a sign, an exponent, more decimals than the scale, no digit,
// or an amount above amount_minor_max.
std::optional<std::uint64_t> parse_decimal(std::string_view text, unsigned scale);

// 1250 at scale 2 is "12.50"; the minus sign leads.
std::string format_decimal(__int128 minor, unsigned scale);

std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b);
std::optional<std::uint64_t> checked_multiply(std::uint64_t a, std::uint64_t b);

// The tax contained in a gross amount, rounded half up: gross * rate / (100 % + rate).
std::uint64_t contained_tax_minor(std::uint64_t gross_minor, std::uint32_t rate_basis_points);

}  // namespace verbena::ledger
