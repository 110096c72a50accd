// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/shrinkage.h"

#include "ledger/stock/shrinkage_parts.h"

namespace verbena::ledger {

ShrinkageReport find_shrinkage(const ShrinkageInput& input, const ShrinkageModel& model) {
  ShrinkageReport report = judge_sheets(input.sheets, model);
  append(report.findings, judge_peers(input.sheets, model));
  append(report.findings, judge_activity(input.activity, input.now_s, model));
  const ShrinkageReport custody = judge_custody(input, model);
  append(report.findings, custody.findings);
  append(report.unjudged, custody.unjudged);
  settle(report);
  return report;
}

}  // namespace verbena::ledger
