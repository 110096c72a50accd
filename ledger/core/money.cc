// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/money.h"

#include <algorithm>

namespace verbena::ledger {

std::optional<std::uint64_t> parse_decimal(std::string_view text, unsigned scale) {
  std::uint64_t value = 0;
  std::size_t whole_digits = 0, decimals = 0;
  bool point = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    if (point && ++decimals > scale) return std::nullopt;
    if (!point) ++whole_digits;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (value > amount_minor_max) return std::nullopt;
  }
  if (whole_digits == 0 || (point && decimals == 0)) return std::nullopt;
  for (; decimals < scale; ++decimals) value *= 10;
  if (value > amount_minor_max) return std::nullopt;
  return value;
}

std::string format_decimal(__int128 minor, unsigned scale) {
  const bool negative = minor < 0;
  auto rest =
      negative ? -static_cast<unsigned __int128>(minor) : static_cast<unsigned __int128>(minor);
  std::string out;
  for (unsigned i = 0; rest != 0 || i <= scale; ++i) {
    if (scale != 0 && i == scale) out.push_back('.');
    out.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  }
  if (negative) out.push_back('-');
  std::reverse(out.begin(), out.end());
  return out;
}

std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t out;
  if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
  return out;
}

std::optional<std::uint64_t> checked_multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t out;
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

std::uint64_t contained_tax_minor(std::uint64_t gross_minor, std::uint32_t rate_basis_points) {
  const unsigned __int128 whole = 10'000u + rate_basis_points;
  const unsigned __int128 numerator =
      static_cast<unsigned __int128>(gross_minor) * rate_basis_points + whole / 2;
  return static_cast<std::uint64_t>(numerator / whole);
}

}  // namespace verbena::ledger
