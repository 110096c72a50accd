// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/support/world.h"

namespace verbena::sim {

// How many units somebody buys at once: 1 in 45 of a hundred sales, 2 in 30, 3 or 4 in 18, more in
// the others.
inline std::uint32_t units_of_sale(test::SeededRandom& random) {
  constexpr std::pair<std::uint32_t, std::uint64_t> baskets[] = {{1, 45}, {2, 30}, {3, 9},
                                                                 {4, 9},  {5, 4},  {6, 3}};
  std::uint64_t at = random.below(100);
  std::uint32_t out = 0;
  for (const auto& [units, percent] : baskets) {
    out = units;
    if (at < percent) break;
    at -= percent;
  }
  return out;
}

}  // namespace verbena::sim
