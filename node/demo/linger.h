// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/demo/ground.h"
#include "node/output.h"
#include "node/stop_signal.h"

namespace verbena::node {

// What is to be known to use the screens, in words.
std::string screens_page(Ground& ground, const Output& output);

nlohmann::ordered_json screens_json(Ground& ground);

// Keeps the festival alive with a few sales a second until a stop signal comes.
void linger(Ground& ground, const schemas::Festival& festival, const Output& output,
            StopSignal& stop);

}  // namespace verbena::node
