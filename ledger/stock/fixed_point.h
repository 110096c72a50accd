// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Logarithms and exponentials that give the same bits on every machine. Integers alone, nothing
// wraps: what does not fit stands at the end of its range.
namespace verbena::ledger {

using Wide = __int128;
using UWide = unsigned __int128;

// A number times 2^32.
using Q32 = std::int64_t;
constexpr Q32 q32_one = Q32{1} << 32;
constexpr Q32 q32_max = INT64_MAX;

// A number between 0 and 1, times 2^60.
using Q60 = std::uint64_t;
constexpr Q60 q60_one = Q60{1} << 60;

constexpr unsigned ln_bits = 48;  // binary places of ln_ratio

// ln(a / b) times 2^48, at most 2^-46 off. Both must be above zero.
std::int64_t ln_ratio(UWide a, UWide b);

// e^-x, at most 2^-50 off; 1 for x <= 0.
Q60 exp_negative(Q32 x);

// num / den, rounded to nearest; the end of the range where it does not fit. den must be above
// zero. Exact while |num| < 2^94.
Q32 ratio_q32(Wide num, Wide den);

// floor of the square root.
std::uint64_t square_root(UWide value);

// At most q32_max in size.
Q32 clamp_q32(Wide value);

// value * numerator / denominator in whole numbers, half away from zero. The product must fit in
// 126 bits, denominator must be above zero.
Wide scale_rounded(Wide value, Wide numerator, Wide denominator);

}  // namespace verbena::ledger
