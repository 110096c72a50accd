// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "test/support/world.h"

namespace verbena::sim {

// The people of one zone on a festival day from noon to two, as its tills meet them: so many of
// them have a band and pay with it always, the others pay by card or cash. Some buy much more often
// than others (a gamma distribution of shape 2), and more in the evening.
struct CrowdOptions {
  std::uint64_t bands_percent = 50;      // of the people
  std::uint64_t purchases_tenths = 125;  // of a head on the day
  std::uint64_t day_percent = 80;        // of the day's sales are made when the till is smashed
  std::uint64_t exit_percent = 0;        // of the bands are read at the exit, for their balance
};

constexpr std::uint64_t crowd_tills = 20;           // in the zone
constexpr std::uint64_t busy_percent = 120;         // a busy till's sales, of the zone's mean
constexpr std::uint64_t purchases_of_till = 1'000;  // mean of the zone, on the whole day
constexpr std::uint64_t top_ups_percent = 24;       // of the purchases by band: taps at a desk

struct Visit {
  // The till that will be smashed, another of the zone, a desk, a reader at the exit.
  enum class Where { till, other_till, desk, exit };
  Where where = Where::till;
  std::size_t customer = 0;
  bool by_band = false;
  std::uint64_t at_s = 0;  // since the day began
};

struct CrowdDay {
  std::uint64_t cut_off_s = 0;  // an hour before it is smashed
  std::uint64_t smashed_s = 0;
  std::vector<Visit> visits;  // from then to the end of the day, in order
};

// Visits elsewhere are left out where the band was elsewhere since it was last at the till: it has
// nothing new to tell. So are those without a band.
CrowdDay crowd_day(const CrowdOptions& options, test::SeededRandom& random);

}  // namespace verbena::sim
