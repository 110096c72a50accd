// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/support/world.h"

namespace verbena::bench {

// Logs of a day as a hub holds them after closing: tills that sell for bands (seven in ten) and
// cash, desks that topped the bands up before. Heads every 64 events.
std::vector<ledger::LogRun> fair_day(test::World& world, std::uint64_t sales);

}  // namespace verbena::bench
