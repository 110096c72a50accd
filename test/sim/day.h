// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "test/sim/node.h"

namespace verbena::sim {

struct DayOptions {
  std::uint64_t seed = 1;
  std::size_t nodes = 8;            // hub and desk included
  std::uint64_t sold_ms = 120'000;  // while things go wrong
  std::uint64_t heal_ms = 120'000;  // within which all must agree once nothing goes wrong any more
};

struct DayResult {
  std::uint64_t events = 0;
  std::uint64_t virtual_ms = 0;
  std::uint64_t sales = 0;  // acknowledged
  std::uint64_t wire_bytes = 0;
  bool converged = false;
  std::uint64_t converge_ms = 0;
  std::vector<std::string> violations;
  std::string digest;
  std::map<std::string, std::uint64_t> faults;
};

// A festival's afternoon in virtual time: sales, roaming bands, and whatever the seed lets go wrong
// (late and slow links, cut and healed ways, crashes with and without loss of what was not synced,
// destroyed tills, old backups, wrong clocks, torn taps, copied bands, a cloned till). Then
// everything is healed and all that live must agree. The seed and the build decide every byte.
DayResult run_day(const DayOptions& options);

}  // namespace verbena::sim
