// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/fixed_point.h"

#include <bit>

#include "ledger/core/result.h"

namespace verbena::ledger {

namespace {

constexpr std::uint64_t ln2_q60 = 799'144'290'325'165'978;  // floor(ln 2 * 2^60)
constexpr unsigned log2_bits = 52;

unsigned top_bit(UWide value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  if (high != 0) return 127 - static_cast<unsigned>(std::countl_zero(high));
  return 63 - static_cast<unsigned>(std::countl_zero(static_cast<std::uint64_t>(value)));
}

// log2(value) * 2^52. Squaring the mantissa yields one binary place at a time (Knuth, The Art of
// Computer Programming 1.2.2, exercise 25 and the method before it).
Wide log2_fixed(UWide value) {
  const unsigned whole = top_bit(value);
  UWide mantissa = whole > 62 ? value >> (whole - 62) : value << (62 - whole);
  Wide out = static_cast<Wide>(whole) << log2_bits;
  for (unsigned bit = log2_bits; bit-- > 0;) {
    mantissa = (mantissa * mantissa) >> 62;
    if (mantissa >> 63 == 0) continue;
    mantissa >>= 1;
    out += Wide{1} << bit;
  }
  return out;
}

}  // namespace

std::int64_t ln_ratio(UWide a, UWide b) {
  VERBENA_CHECK(a != 0 && b != 0);
  const Wide log2 = log2_fixed(a) - log2_fixed(b);
  return static_cast<std::int64_t>((log2 * static_cast<Wide>(ln2_q60)) >>
                                   (60 + log2_bits - ln_bits));
}

Q60 exp_negative(Q32 x) {
  if (x <= 0) return q60_one;
  const UWide wide = static_cast<UWide>(static_cast<std::uint64_t>(x)) << 28;
  const auto halvings = static_cast<std::uint64_t>(wide / ln2_q60);
  if (halvings >= 60) return 0;
  const auto rest = static_cast<std::uint64_t>(wide % ln2_q60);
  Wide sum = 0;  // the series of e^-rest, alternating
  Wide term = static_cast<Wide>(q60_one);
  for (std::int64_t n = 1; term != 0; ++n) {
    sum += term;
    term = -((term * static_cast<Wide>(rest)) / static_cast<Wide>(q60_one)) / n;
  }
  return static_cast<Q60>(sum) >> halvings;
}

std::uint64_t square_root(UWide value) {
  std::uint64_t root = 0;
  for (unsigned bit = 64; bit-- > 0;) {
    const UWide next = root | std::uint64_t{1} << bit;
    if (next * next <= value) root = static_cast<std::uint64_t>(next);
  }
  return root;
}

Q32 clamp_q32(Wide value) {
  if (value > q32_max) return q32_max;
  if (value < -q32_max) return -q32_max;
  return static_cast<Q32>(value);
}

Q32 ratio_q32(Wide num, Wide den) {
  VERBENA_CHECK(den > 0);
  const bool negative = num < 0;
  UWide size = negative ? -static_cast<UWide>(num) : static_cast<UWide>(num);
  auto divisor = static_cast<UWide>(den);
  while (size >> 94 != 0) {
    size >>= 1;
    divisor >>= 1;
  }
  if (divisor == 0) return negative ? -q32_max : q32_max;
  const UWide out = ((size << 32) + divisor / 2) / divisor;
  const Q32 clamped = out > static_cast<UWide>(q32_max) ? q32_max : static_cast<Q32>(out);
  return negative ? -clamped : clamped;
}

Wide scale_rounded(Wide value, Wide numerator, Wide denominator) {
  VERBENA_CHECK(denominator > 0);
  const Wide product = value * numerator;
  return (product + (product < 0 ? -denominator : denominator) / 2) / denominator;
}

}  // namespace verbena::ledger
