// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace verbena::sim {

constexpr std::uint64_t hour_s = 3'600;
constexpr std::uint64_t day_hours = 14;  // from noon to two
constexpr std::uint64_t ppm = 1'000'000;

// Of a festival day's sales, in millionths, those made within so many seconds of its beginning, and
// the second at which so many are made: most of them in the evening.
std::uint64_t made_by(std::uint64_t at_s);
std::uint64_t when_made(std::uint64_t share_ppm);

}  // namespace verbena::sim
