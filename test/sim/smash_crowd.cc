// SPDX-License-Identifier: Apache-2.0
#include "test/sim/smash_crowd.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "test/sim/day_hours.h"

namespace verbena::sim {

namespace {

double unit(test::SeededRandom& random) {  // above 0, at most 1
  return static_cast<double>((random.next() >> 11) + 1) * 0x1p-53;
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
    out.visits.push_back({Visit::Where::exit, customer, true, day_hours * hour_s});
  }
  return out;
}

}  // namespace verbena::sim
