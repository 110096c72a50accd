// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace verbena::sim {

// Grounds of a hub and tills that sell. Every third till is destroyed at some moment; its ways to
// the hub and to two neighbours are cut and heal all the time, but for one.
struct TailOptions {
  std::uint64_t seed = 1;
  std::uint64_t destroyed = 1'000;
  std::uint64_t on_a_ground = 8;        // of them
  std::uint64_t between_sales = 3'000;  // ms, mean
  std::uint64_t delay_ms = 20;
  std::uint64_t jitter_ms = 200;  // a segment that is lost is sent again after about so long
  std::uint64_t bytes_per_ms = 1'250;
};

// Of each till what it had acknowledged and no other device held at that moment: what was on its
// way is lost too.
struct TailResult {
  struct Tail {
    std::uint64_t sales = 0;
    std::uint64_t age_ms = 0;  // of the oldest of them when the till was destroyed
  };
  std::vector<Tail> tails;
  std::uint64_t sales = 0;  // of all tills
  std::uint64_t cuts = 0;
  std::vector<std::string> violations;

  // Nearest rank; of each figure on its own.
  Tail percentile(std::uint64_t percent) const;
  bool passed() const;  // at most three sales and five seconds in 99 of 100
};

TailResult run_tail(const TailOptions& options);

}  // namespace verbena::sim
