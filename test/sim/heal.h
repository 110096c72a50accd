// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace verbena::sim {

struct HealOptions {
  std::uint64_t seed = 1;
  std::size_t nodes = 50;       // a hub, and tills that dial it and nobody else
  std::uint64_t sales = 200;    // of each till while it is cut off
  std::size_t hostile = 0;      // devices beside them that dial the hub and lie, certified all
  std::uint64_t delay_ms = 20;  // one way
  std::uint64_t bytes_per_ms = 1'250;
};

// A till has one link, and holds nothing that this has not carried.
struct HealResult {
  std::uint64_t events = 0;
  std::uint64_t event_bytes = 0;  // of what was sold while cut off, as the authors wrote it
  std::uint64_t wire_bytes = 0;   // all links, both directions
  std::uint64_t own_ms = 0;       // what the busiest direction of a link needs for its bytes
  std::uint64_t linked_ms = 0;    // after the ways healed: when the last till had dialled again
  std::uint64_t agreed_ms = 0;    // after the ways healed: when all held the same
  std::uint64_t hub_cpu_ns = 0;   // of the hub's replication, after the ways healed
  std::uint64_t deeds = 0;        // of hostile devices, all along
  bool agreed = false;
  std::vector<std::string> violations;

  double hub_cpu_us_an_event() const {
    return static_cast<double>(hub_cpu_ns) / 1e3 / static_cast<double>(events);
  }
  double ratio() const { return static_cast<double>(agreed_ms) / static_cast<double>(own_ms); }
  double ratio_linked() const {
    return static_cast<double>(agreed_ms - linked_ms) / static_cast<double>(own_ms);
  }
};

// Tills that sold each for itself while cut off from their hub, and are healed all at once.
HealResult run_heal(const HealOptions& options);

}  // namespace verbena::sim
