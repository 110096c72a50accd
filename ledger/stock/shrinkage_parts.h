// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "ledger/stock/figures.h"
#include "ledger/stock/finding.h"
#include "ledger/stock/tail_bounds.h"

// What the parts of the engine share; nothing for others.
namespace verbena::ledger {

inline constexpr std::int64_t quarter_s = 900;

inline bool in_range(std::int64_t value, std::int64_t least, std::int64_t most) {
  return value >= least && value <= most;
}

// Whole numbers, half up; for what cannot be negative.
inline std::int64_t share_units(std::int64_t units, std::uint32_t basis_points) {
  return static_cast<std::int64_t>(scale_rounded(units, basis_points, 10'000));
}

// A probability to report: never 0, which stands for certain knowledge.
inline std::uint32_t reported_ppm(Q32 evidence, std::uint32_t rate_ppm, std::uint64_t tests) {
  const auto rate = static_cast<std::uint32_t>((rate_ppm + tests - 1) / tests);
  return std::max<std::uint32_t>(1, std::min(rate, false_alarm_ppm(evidence)));
}

inline std::int64_t to_milli(Q32 value) {
  return static_cast<std::int64_t>(scale_rounded(value, 1'000, q32_one));
}

template <typename T>
void append(std::vector<T>& out, const std::vector<T>& more) {
  out.insert(out.end(), more.begin(), more.end());
}

// Sorts and thins what a finding names.
void settle(StockFinding& finding);
// Orders findings and what was not judged by their bytes.
void settle(ShrinkageReport& report);
void settle(std::vector<StockFinding>& findings);

// False where a figure lies beyond what the engine can judge.
bool in_range(const SheetFigures& sheet);

// How much honest counts differ more than chance: the squared relative spread by the method of
// moments, for sums over pairs (count, expected).
struct SpreadSum {
  Wide excess = 0;   // sum of (count - expected)^2 - expected, times 2^32
  Wide squares = 0;  // sum of expected^2, times 2^32
  std::int64_t pairs = 0;

  // `known` is the squared relative error of the expectation itself, which is not spread.
  void add(std::uint64_t count, Q32 expected, Q32 known = 0);
  SpreadSum without(const SpreadSum& own) const;
  Q32 estimate() const;  // spread_max where nothing was expected
  // Two standard errors above the estimate.
  Q32 upper() const;
};

}  // namespace verbena::ledger
