// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/demo/ground.h"
#include "node/demo/result.h"
#include "node/output.h"

namespace verbena::node {

constexpr int demo_devices_min = 7;  // hub, desk, store and four POS in two zones
constexpr int demo_devices_max = 60;

struct DemoOptions {
  int devices = 8;
  std::uint64_t sales = 2'000;
  std::uint64_t seed = 1;
  bool faults = true;
  bool emulator = true;  // bands on emulated chips; false: in files
  std::string keep;      // keep the ground's files here
  std::string festival;  // a festival file of one's own
  std::string trace;     // a recorded till log to play
  bool linger = false;   // keep the devices running, with their screens
};

// Runs a festival with real processes on this machine.
// `at_the_end` comes before the ground is cleared away.
using DemoEnd = std::function<void(const DemoResult&, Ground&, const schemas::Festival&)>;
ledger::Result<DemoResult> run_demo(const DemoOptions& options, const Output& output,
                                    const DemoEnd& at_the_end);

nlohmann::ordered_json demo_json(const DemoResult& result);
std::string demo_page(const DemoResult& result, const Output& output);

}  // namespace verbena::node
