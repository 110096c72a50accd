// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/stock/figures.h"
#include "ledger/stock/finding.h"

// Finds goods that left without a recorded sale, and says where, how much and how sure. Pure
// functions of figures that somebody else folded: no state, no clock, no order of arrival. Findings
// are views; they never enter the state digest. The methods, their false-alarm rates and sources
// are in docs/shrinkage.md.
namespace verbena::ledger {

// What honest work may look like, and how often it may be taken for theft. Rates are expected false
// alarms in parts per million: of a sheet, a stand-day, a drawer, a dispatch.
struct ShrinkageModel {
  // A count is off by at most this share of the units handled, rounded to whole units; errors are
  // independent, symmetric and unimodal.
  std::uint32_t count_error_basis_points = 50;
  std::int64_t count_error_units_min = 0;  // and at least by this many, where somebody knows better
  // Wrong change, per cash sale: mean zero, sub-Gaussian with this scale.
  Minor change_error_minor = 20;

  // Together 10,000 for a sheet: 1 %.
  std::uint32_t variance_ppm = 3'000;  // packaged, both sides
  std::uint32_t yield_ppm = 2'000;     // draught, both sides
  std::uint32_t creeping_ppm = 1'000;  // of a holder or person
  std::uint32_t voids_ppm = 800, refunds_ppm = 800, comps_ppm = 800, waste_ppm = 800;
  std::uint32_t cash_share_ppm = 800;
  // Of a stand-day.
  std::uint32_t silent_ppm = 10'000;
  std::uint32_t slow_ppm = 10'000;
  std::uint32_t drawer_ppm = 1'000;
  std::uint32_t delivery_ppm = 1'000;

  std::uint32_t day_quarters = 56;  // quarter-hours of a stand-day, 14 h
  // Stands expected to sell this much (40 an hour, less the twentieth by which an estimate may err)
  // are to be found silent within a quarter-hour: part of silent_ppm is spent on that.
  std::uint32_t busy_sales_per_hour = 38;
};

// The whole report. The order of the input's vectors does not matter.
ShrinkageReport find_shrinkage(const ShrinkageInput& input, const ShrinkageModel& model = {});

// Its parts, for a caller that has only some figures; findings are sorted.
ShrinkageReport judge_sheets(const std::vector<SheetFigures>& sheets, const ShrinkageModel& model);
std::vector<StockFinding> judge_peers(const std::vector<SheetFigures>& sheets,
                                      const ShrinkageModel& model);
std::vector<StockFinding> judge_activity(const std::vector<ActivityFigures>& activity,
                                         std::int64_t now_s, const ShrinkageModel& model);
ShrinkageReport judge_custody(const ShrinkageInput& input, const ShrinkageModel& model);

}  // namespace verbena::ledger
