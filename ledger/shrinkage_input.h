// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "ledger/audit.h"
#include "ledger/stock/figures.h"
#include "ledger/stock_report.h"

namespace verbena::ledger {

// Devices that this node talks with right now wrote nothing after what is held of them: silence is
// known only as far as a log is. Leaves out logs of which more is known to exist.
void known_until(std::vector<LogSummary>& held, const std::set<Hash>& linked, std::int64_t now_s);

// What the state holds of sheets, drawers, dispatches, gaps and sales by the quarter-hour, as the
// shrinkage engine wants it. `held`: the logs and how far each is known. Times are by the clocks of
// the devices that wrote; `now_s` is this node's.
ShrinkageInput shrinkage_input(const StockReport& report, const std::vector<DeviceGap>& gaps,
                               const std::vector<LogSummary>& held, std::int64_t now_s);
ShrinkageInput shrinkage_input(State& state, const std::vector<LogSummary>& held,
                               std::int64_t now_s);

}  // namespace verbena::ledger
