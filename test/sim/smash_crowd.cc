// SPDX-License-Identifier: Apache-2.0
#include "test/sim/smash_crowd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

namespace verbena::sim {

namespace {

constexpr std::uint64_t hour_s = 3'600;
constexpr std::uint64_t ppm = 1'000'000;
// Of the day's sales, hour by hour, in thousandths.
constexpr std::array<std::uint64_t, 14> hours = {30,  45,  55,  65, 80, 95, 110,
                                                 115, 125, 115, 80, 50, 25, 10};

double unit(test::SeededRandom& random) {  // above 0, at most 1
  return static_cast<double>((random.next() >> 11) + 1) * 0x1p-53;
}

// Of the day's sales, those made by then, in millionths.
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

class Crowd {
 public:
  Crowd(const CrowdOptions& options, test::SeededRandom& random) : random_(random) {
    const std::uint64_t people = crowd_tills * purchases_of_till * 10 / options.purchases_tenths;
    for (std::uint64_t i = 0; i < people; ++i) {
      with_band_.push_back(random.below(100) < options.bands_percent);
      const double activity = -std::log(unit(random)) - std::log(unit(random));
      up_to_.push_back((up_to_.empty() ? 0 : up_to_.back()) + activity);
    }
  }

  std::size_t somebody() {
    const double at = unit(random_) * up_to_.back();
    const auto found = std::lower_bound(up_to_.begin(), up_to_.end(), at);
    return std::min(static_cast<std::size_t>(found - up_to_.begin()), up_to_.size() - 1);
  }

  bool with_band(std::size_t customer) const { return with_band_[customer]; }

 private:
  test::SeededRandom& random_;
  std::vector<bool> with_band_;
  std::vector<double> up_to_;  // activity, summed
};

}  // namespace

CrowdDay crowd_day(const CrowdOptions& options, test::SeededRandom& random) {
  Crowd crowd(options, random);
  CrowdDay out;
  out.smashed_s = when_made(options.day_percent * ppm / 100);
  out.cut_off_s = out.smashed_s - hour_s;
  std::set<std::size_t> to_tell;  // customers whose band shows the till last
  const std::uint64_t from_ppm = made_by(out.cut_off_s), smashed_ppm = made_by(out.smashed_s);
  const std::uint64_t day = crowd_tills * purchases_of_till * (100 + top_ups_percent) / 100;
  const std::uint64_t taps = day * (ppm - from_ppm) / ppm;
  for (std::uint64_t i = 0; i < taps; ++i) {
    const std::uint64_t share_ppm = from_ppm + (ppm - from_ppm) * i / taps;
    Visit visit;
    visit.customer = crowd.somebody();
    visit.by_band = crowd.with_band(visit.customer);
    visit.at_s = when_made(share_ppm);
    const bool buys = random.below(100 + top_ups_percent) < 100;
    const bool at_till = random.below(crowd_tills * 100) < busy_percent;
    visit.where = buys ? Visit::Where::other_till : Visit::Where::desk;
    if (buys && at_till && share_ppm < smashed_ppm) {
      visit.where = Visit::Where::till;
      if (visit.by_band) to_tell.insert(visit.customer);
    } else if (!visit.by_band || to_tell.erase(visit.customer) == 0) {
      continue;
    }
    out.visits.push_back(visit);
  }
  for (const auto customer : to_tell) {
    if (random.below(100) >= options.exit_percent) continue;
    out.visits.push_back({Visit::Where::exit, customer, true, hours.size() * hour_s});
  }
  return out;
}

}  // namespace verbena::sim
