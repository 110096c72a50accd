// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/demo/ground.h"
#include "node/demo/result.h"

namespace verbena::node {

// By device: sales that it acknowledged, and their amount less voids in minor units.
using SoldBy = std::map<std::string, std::pair<std::uint64_t, std::uint64_t>>;

// What the audit in `result` tells, against what the driver was told: what is known of the smashed
// till, what nobody planted, and stands whose money differs.
void weigh(const Ground& ground, const SoldBy& sold_by, DemoResult& result);

}  // namespace verbena::node
