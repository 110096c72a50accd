// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// A festival day of goods and cash, with thefts planted in it or without. Every figure that is
// judged comes from events that devices wrote by the product's rules and brought to a hub by its
// sessions; docs/shrinkage.md is what judges them.
namespace verbena::sim {

struct StockDayOptions {
  std::uint64_t seed = 1;
  bool theft = false;
};

// What was taken, at sales price. It is found by findings at its holder of these kinds; all other
// findings are false alarms, save signs (voids, cash share, silence, slowness) at its holder:
//   hidden-cash     variance, creeping-variance
//   smashed-till    device-gap, variance, creeping-variance
//   over-pouring    yield, creeping-variance
//   friends         comps
//   drawer          drawer-short
//   lost-crate      short-delivery, variance      (a courier: on its way, or out of its van)
//   short-handed    short-delivery                (the store)
//   silent          silent-stand (while it lasts), variance, creeping-variance
struct Planted {
  std::string kind;
  std::string holder;
  std::int64_t amount_minor = 0;
  bool detectable = false;  // beyond what honest error hides, by the table in docs/shrinkage.md
};

struct Found {
  std::string kind;
  std::string holder;
  std::int64_t amount_minor = 0;
  std::int64_t at_s = 0;  // since opening, when the office could first see it
  std::uint32_t confidence_ppm = 0;
  bool adds_to_loss = false;
  std::vector<std::string> evidence;  // event ids
};

struct StockDayResult {
  std::vector<Planted> planted, missed;
  std::vector<Found> found, false_alarms;  // false alarms are in `found` as well
  std::uint64_t sheets = 0;                // final ones
  std::uint64_t unjudged = 0;
  std::uint64_t sales = 0;              // on the office's sheets
  std::vector<std::string> unexpected;  // what the rules refused and the day cannot go on without

  std::int64_t planted_minor() const;
  std::int64_t loss_minor() const;  // over what was found
  // Nothing detectable missed, no false alarm that adds to the loss, nothing unexpected.
  bool passed() const;
};

// The seed and the build decide every byte.
StockDayResult run_stock_day(const StockDayOptions& options);

std::string stock_day_json(const StockDayOptions& options, const StockDayResult& result);

}  // namespace verbena::sim
