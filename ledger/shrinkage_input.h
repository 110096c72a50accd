// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/audit.h"
#include "ledger/stock/figures.h"
#include "ledger/stock_report.h"

namespace verbena::ledger {

// What the state holds of sheets, drawers, dispatches, gaps and sales by the quarter-hour, as the
// shrinkage engine wants it. `held`: the logs and how far each is known. Times are by the clocks of
// the devices that wrote; `now_s` is this node's.
ShrinkageInput shrinkage_input(const StockReport& report, const std::vector<DeviceGap>& gaps,
                               const std::vector<LogSummary>& held, std::int64_t now_s);
ShrinkageInput shrinkage_input(State& state, const std::vector<LogSummary>& held,
                               std::int64_t now_s);

}  // namespace verbena::ledger
