// SPDX-License-Identifier: Apache-2.0
#include "test/sim/day_hours.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace verbena::sim {

namespace {

// Of the day's sales, hour by hour, in thousandths.
constexpr std::array<std::uint64_t, day_hours> hours = {30,  45,  55,  65, 80, 95, 110,
                                                        115, 125, 115, 80, 50, 25, 10};

}  // namespace

std::uint64_t made_by(std::uint64_t at_s) {
  const std::uint64_t whole = std::min<std::uint64_t>(at_s / hour_s, hours.size());
  const std::uint64_t before =
      std::accumulate(hours.begin(), hours.begin() + static_cast<std::ptrdiff_t>(whole), 0ULL);
  const std::uint64_t now = whole < hours.size() ? hours[whole] * 1'000 : 0;
  return before * 1'000 + now * (at_s % hour_s) / hour_s;
}

std::uint64_t when_made(std::uint64_t share_ppm) {
  std::uint64_t at_s = 0;
  for (const auto hour : hours) {
    if (share_ppm < hour * 1'000) return at_s + share_ppm * hour_s / (hour * 1'000);
    share_ppm -= hour * 1'000;
    at_s += hour_s;
  }
  return at_s;
}

}  // namespace verbena::sim
