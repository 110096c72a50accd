// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "test/support/world.h"

// Lost bands of a random festival, and what somebody makes of them.
namespace verbena::test {

// One band, blocked or given up for another, at a device that may.
void lose_a_band(World& world, Device& office, const Band& lost, Band& by);
// A replacement that no build writes, between any of these bands.
void lie_about_lost(World& world, Device& liar, std::span<const Band> bands);

}  // namespace verbena::test
