// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/audit_json.h"
#include "node/demo/ground.h"
#include "node/output.h"

namespace verbena::node {

constexpr int demo_devices_min = 7;  // hub, desk, store and four POS in two zones
constexpr int demo_devices_max = 60;

struct DemoOptions {
  int devices = 8;
  std::uint64_t sales = 2'000;
  std::uint64_t seed = 1;
  bool faults = true;
  std::string keep;      // keep the ground's files here
  std::string festival;  // a festival file of one's own
  std::string trace;     // a recorded till log to play
  bool linger = false;   // keep the devices running, with their screens
};

// What happened, as the driver saw it and as the logs tell it afterwards.
struct DemoResult {
  int devices = 0;
  std::uint64_t sales_requested = 0, sales_confirmed = 0, refusals = 0;
  bool converged = false;
  std::uint64_t convergence_ms = 0;
  std::string state_digest;
  std::vector<std::pair<std::string, std::uint64_t>> nodes;  // device, events
  std::uint64_t partition_ms = 0;
  std::string cut_zone;
  std::uint64_t cut_sales = 0, cut_minor = 0;  // acknowledged in the zone while it was cut off
  std::string destroyed;
  std::uint64_t destroyed_sales = 0, destroyed_minor = 0;
  std::uint64_t recovered_minor = 0, unknown_minor = 0;
  std::string restarted;
  std::string hiding_stand, hidden_sku;
  std::uint64_t hidden_units = 0, hidden_minor = 0;
  bool replays_agree = false;
  std::string archive;  // sealed and kept here
  std::uint64_t archive_bytes = 0;
  std::vector<std::string> unplanted;  // notices nobody planted
  std::uint64_t notices = 0;
  std::uint64_t sale_p50_us = 0, sale_p99_us = 0, wall_ms = 0;
  ledger::AuditReport audit;

  bool good() const;
};

// Runs a festival with real processes on this machine.
// `at_the_end` comes before the ground is cleared away.
using DemoEnd = std::function<void(const DemoResult&, Ground&, const schemas::Festival&)>;
ledger::Result<DemoResult> run_demo(const DemoOptions& options, const Output& output,
                                    const DemoEnd& at_the_end);

nlohmann::ordered_json demo_json(const DemoResult& result);
std::string demo_page(const DemoResult& result, const Output& output);

}  // namespace verbena::node
