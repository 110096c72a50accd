// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/sim/day_result.h"

namespace verbena::sim {

// A festival's afternoon in virtual time: sales, goods, drawers, roaming bands, and whatever the
// seed lets go wrong (late and slow links, cut and healed ways, crashes with and without loss of
// what was not synced, destroyed tills, old backups, wrong clocks, torn taps, copied bands, devices
// that lie). Then everything is healed and all that live must agree. The seed and the build decide
// every byte.
DayResult run_day(const DayOptions& options);

}  // namespace verbena::sim
