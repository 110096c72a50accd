// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/audit_json.h"

namespace verbena::node {

// What a device reported once all agreed.
struct NodeReport {
  std::string device;
  std::uint64_t events = 0;
  std::string digest;  // empty: it follows its zone
};

// What happened, as the driver saw it and as the logs tell it afterwards.
struct DemoResult {
  int devices = 0;
  std::uint64_t sales_requested = 0, sales_confirmed = 0, refusals = 0;
  bool converged = false;
  std::uint64_t convergence_ms = 0;
  std::string state_digest;
  std::vector<NodeReport> nodes;
  std::uint64_t partition_ms = 0;
  std::string cut_zone;
  std::uint64_t cut_sales = 0, cut_minor = 0;  // acknowledged in the zone while it was cut off
  std::string destroyed;
  std::uint64_t destroyed_sales = 0, destroyed_minor = 0;
  std::uint64_t recovered_minor = 0, unknown_minor = 0;
  std::string restarted;
  bool emulator = false;                    // bands on emulated chips
  std::uint64_t torn = 0, completed = 0;    // taps that left too early, and sold when tapped again
  std::string lost_purse, lost_refused_at;  // blocked, and the till that refused it
  std::uint64_t lost_minor = 0;             // on it
  std::string hiding_stand, hidden_sku;
  std::uint64_t hidden_units = 0, hidden_minor = 0;
  std::string second_replica;  // alias of who replayed beside the hub
  bool replays_agree = false;
  std::string archive;  // sealed and kept here
  std::uint64_t archive_bytes = 0;
  std::vector<std::string> unplanted;  // notices nobody planted
  std::uint64_t notices = 0;
  std::uint64_t sale_p50_us = 0, sale_p99_us = 0, wall_ms = 0;
  ledger::AuditReport audit;

  bool good() const;
};

}  // namespace verbena::node
