// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/sim/heal.h"
#include "test/sim/revoke.h"
#include "test/sim/tail.h"

namespace verbena::sim {

// A revocation among many, and along a row of devices with idle links and with busy ones.
struct Revocations {
  IslandHeard island;
  RowHeard idle, busy;

  bool all_heard() const;
  // What the backlog adds to each hop, on average over the row.
  std::uint64_t more_per_hop_ms() const;
};
Revocations run_revocations(const IslandRevocation& island, const RowRevocation& row);

// One JSON object, as stock_day_json gives one.
std::string heal_json(const HealOptions& options, const HealResult& result);
std::string tail_json(const TailOptions& options, const TailResult& result);
std::string revocation_json(const IslandRevocation& island, const RowRevocation& row,
                            const Revocations& result);

}  // namespace verbena::sim
