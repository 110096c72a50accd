// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/core/bytes.h"
#include "ledger/core/money.h"

// What the shrinkage engine is given: sums that somebody else folded.
namespace verbena::ledger {

// What lies beyond these is not judged (Unjudged::out_of_range), so that no product overflows.
constexpr std::int64_t stock_units_max = 1'000'000'000;
constexpr Minor unit_price_minor_max = 1'000'000'000;
constexpr std::size_t sheet_items_max = 256;

// Something counted and its worth.
struct Tally {
  std::uint64_t count = 0;
  Minor minor = 0;
};

struct ItemFigures {
  std::uint32_t item = 0;
  bool draught = false;
  // Draught units are portions by mean yield; a sheet's true yield lies within this share of it.
  std::uint32_t yield_spread_basis_points = 0;
  Minor price_minor = 0;
  Minor cost_minor = 0;
  // Units. Whole numbers; sold and gratis may be negative where a void took back another sheet's.
  std::int64_t opening = 0, in = 0, out = 0, sold = 0, gratis = 0, waste = 0;
  std::optional<std::int64_t> counted;  // at the end; empty = not counted yet
  std::vector<Hash> evidence;           // counts, hand-overs, waste
};

// One sheet. The variance is not an input: it follows from the figures.
struct SheetFigures {
  std::string holder;
  std::uint64_t sheet = 0;
  bool final = false;                // provisional sheets are not judged: sales are still missing
  std::vector<std::string> persons;  // aliases of who was signed in
  std::vector<ItemFigures> items;
  Tally sales, cash, purse;  // cash and purse are parts of sales
  Tally voids, refunds, comps;
  Minor gap_minor = 0;  // sales of this sheet known to exist and not held, priced
  std::vector<Hash> evidence;
  std::int64_t at_s = 0;  // here and below: the newest that is told of it; display only
};

struct DrawerFigures {
  std::string holder, person;
  std::uint64_t shift = 0;
  std::uint64_t cash_sales = 0;
  Minor expected_minor = 0, counted_minor = 0;
  std::vector<Hash> evidence;
  std::int64_t at_s = 0;
};

// Sales known to exist and not held, priced from bands or heads.
struct DeviceGapFigures {
  std::string holder, device;
  Minor missing_minor = 0;
  std::uint64_t events = 0;
  std::vector<Hash> evidence;
  std::int64_t at_s = 0;
};

// One item of one dispatch that was answered, or that nobody answered in time.
struct DispatchFigures {
  std::string holder;  // the courier, or whoever had it in transit
  std::string dispatch;
  std::uint32_t item = 0;
  Minor price_minor = 0, cost_minor = 0;
  std::int64_t dispatched = 0, received = 0;
  std::vector<std::string> persons;
  std::vector<Hash> evidence;
  std::int64_t at_s = 0;
};

// A quarter-hour of a stand, as far as its tills' logs are held.
struct QuarterFigures {
  std::int64_t quarter = 0;          // start / 900 s, on the scale of ActivityInput::now_s
  std::uint32_t device_minutes = 0;  // summed over tills: open, and their log known for that time
  std::uint32_t sales = 0;
  std::uint32_t units = 0;
  Minor sales_minor = 0;
};

struct ActivityFigures {
  std::string holder;
  std::string group;  // neighbours have the same: a zone and kind of stand
  std::vector<std::string> persons;
  std::vector<QuarterFigures> quarters;  // of the last 24 hours; older ones are not looked at
  std::optional<std::int64_t> last_sale_s;
  std::int64_t known_until_s = 0;  // all its tills' logs are held up to here
  std::vector<Hash> evidence;      // newest heads of its tills
};

struct ShrinkageInput {
  std::vector<SheetFigures> sheets;
  std::vector<DrawerFigures> drawers;
  std::vector<DeviceGapFigures> gaps;
  std::vector<DispatchFigures> dispatches;
  std::vector<ActivityFigures> activity;
  std::int64_t now_s = 0;
};

// Units missing at the count: opening + in - out - sold - gratis - waste - counted. Empty where
// nothing was counted or a figure is out of range.
std::optional<std::int64_t> missing_units(const ItemFigures& item);

}  // namespace verbena::ledger
