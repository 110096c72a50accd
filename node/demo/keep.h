// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/demo/ground.h"

namespace verbena::node {

constexpr const char* kept_archive = "festival.verbena";

// One archive of what `source` holds (a home or a bundle), sealed by the ground's two supervisors.
// Says how many bytes it has.
ledger::Result<std::uint64_t> seal_ground(const Ground& ground, const Path& source,
                                          const Path& out);

}  // namespace verbena::node
