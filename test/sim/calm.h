// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "test/sim/network.h"

namespace verbena::sim {

// A whole day of few devices, from noon to noon, on which nothing goes wrong: how much faster than
// the day itself the product's own code plays it. Each till is linked with the hub and with the two
// tills next to it; of the sales half are paid with bands, most of all in the evening.
struct CalmOptions {
  std::uint64_t seed = 1;
  std::size_t nodes = 50;   // a hub, a top-up desk, tills
  std::uint64_t sales = 0;  // 0: as many a device as on a site of 500,000 sales with 1,200
  LinkQuality links;
};

struct CalmDay {
  std::uint64_t sales = 0, by_band = 0, top_ups = 0;
  std::uint64_t events = 0;
  std::uint64_t virtual_ms = 0;
  std::uint64_t wire_bytes = 0;
  bool same_digest = false;
  std::string digest;
  std::vector<std::string> violations;

  bool passed() const { return same_digest && violations.empty(); }
};

CalmDay run_calm(const CalmOptions& options);

// One JSON object. `wall_s`: what the day took.
std::string calm_json(const CalmOptions& options, const CalmDay& day, double wall_s);

}  // namespace verbena::sim
