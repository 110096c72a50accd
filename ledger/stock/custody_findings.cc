// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ledger/stock/shrinkage.h"
#include "ledger/stock/shrinkage_parts.h"

// Drawers, device gaps and deliveries: what a person or a courier answers for by itself.
namespace verbena::ledger {

namespace {

constexpr auto amount_most = static_cast<Minor>(amount_minor_max);

void judge_drawer(const DrawerFigures& drawer, const ShrinkageModel& model,
                  ShrinkageReport& report) {
  if (!in_range(drawer.expected_minor, -amount_most, amount_most) ||
      !in_range(drawer.counted_minor, -amount_most, amount_most) || drawer.cash_sales > count_max) {
    report.unjudged.push_back({drawer.holder, drawer.shift, Unjudged::Reason::out_of_range});
    return;
  }
  const Minor missing = drawer.expected_minor - drawer.counted_minor;
  const Wide scale = std::clamp<Minor>(model.change_error_minor, 0, unit_price_minor_max);
  ErrorSum errors;
  errors.variance_bound = scale * scale * static_cast<Wide>(drawer.cash_sales);
  const Q32 evidence = error_evidence(missing, errors);
  if (missing <= 0 || evidence < evidence_needed(model.drawer_ppm, 1)) return;
  StockFinding finding;
  finding.kind = FindingKind::drawer_short;
  finding.holder = drawer.holder;
  finding.persons = {drawer.person};
  finding.sheets = {drawer.shift};
  finding.money_minor = finding.cost_minor = missing;
  finding.observed = drawer.counted_minor;
  finding.expected_milli = drawer.expected_minor * 1'000;
  finding.false_alarm_ppm = reported_ppm(evidence, model.drawer_ppm, 1);
  finding.evidence = drawer.evidence;
  finding.until_s = drawer.at_s;
  report.findings.push_back(std::move(finding));
}

void judge_gap(const DeviceGapFigures& gap, ShrinkageReport& report) {
  if (!in_range(gap.missing_minor, 0, amount_most) || gap.events > count_max) {
    report.unjudged.push_back({gap.holder, 0, Unjudged::Reason::out_of_range});
    return;
  }
  if (gap.missing_minor == 0 && gap.events == 0) return;
  StockFinding finding;
  finding.kind = FindingKind::device_gap;
  finding.holder = gap.holder;
  finding.subject = gap.device;
  finding.money_minor = gap.missing_minor;
  finding.observed = static_cast<std::int64_t>(gap.events);
  finding.evidence = gap.evidence;
  finding.until_s = gap.at_s;
  report.findings.push_back(std::move(finding));
}

void judge_dispatch(const DispatchFigures& dispatch, const ShrinkageModel& model,
                    ShrinkageReport& report) {
  if (!in_range(dispatch.dispatched, 0, stock_units_max) ||
      !in_range(dispatch.received, 0, stock_units_max) ||
      !in_range(dispatch.price_minor, 0, unit_price_minor_max) ||
      !in_range(dispatch.cost_minor, 0, unit_price_minor_max)) {
    report.unjudged.push_back({dispatch.holder, 0, Unjudged::Reason::out_of_range});
    return;
  }
  const std::int64_t missing = dispatch.dispatched - dispatch.received;
  const std::int64_t error =
      std::clamp(share_units(dispatch.dispatched, model.count_error_basis_points),
                 std::min(model.count_error_units_min, stock_units_max), stock_units_max);
  ErrorSum errors;  // counted when it left, and when it arrived
  errors.add(error, 1);
  errors.add(error, 1);
  const Q32 evidence = error_evidence(missing, errors);
  if (missing <= 0 ||
      (missing <= errors.greatest && evidence < evidence_needed(model.delivery_ppm, 1))) {
    return;
  }
  StockFinding finding;
  finding.kind = FindingKind::short_delivery;
  finding.holder = dispatch.holder;
  finding.persons = dispatch.persons;
  finding.subject = dispatch.dispatch;
  finding.units = missing;
  finding.money_minor = missing * dispatch.price_minor;
  finding.cost_minor = missing * dispatch.cost_minor;
  finding.observed = dispatch.received;
  finding.expected_milli = dispatch.dispatched * 1'000;
  finding.false_alarm_ppm = reported_ppm(evidence, model.delivery_ppm, 1);
  finding.lines = {{dispatch.item, missing, finding.money_minor, true}};
  finding.evidence = dispatch.evidence;
  finding.until_s = dispatch.at_s;
  report.findings.push_back(std::move(finding));
}

}  // namespace

ShrinkageReport judge_custody(const ShrinkageInput& input, const ShrinkageModel& model) {
  ShrinkageReport report;
  for (const auto& drawer : input.drawers) judge_drawer(drawer, model, report);
  for (const auto& gap : input.gaps) judge_gap(gap, report);
  for (const auto& dispatch : input.dispatches) judge_dispatch(dispatch, model, report);
  settle(report);
  return report;
}

}  // namespace verbena::ledger
