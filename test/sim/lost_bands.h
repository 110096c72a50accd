// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/sim/field.h"

namespace verbena::sim {

// Customers lose bands: they are blocked, and two persons give the money to a new one, at a hub, at
// a supervisor's device, or at both before either has heard of the other. Whoever found the old one
// spends on (Work::sell_to_a_copy).
class LostBands {
 public:
  explicit LostBands(Field& field) : field_(field) {}

  void act();

 private:
  struct Lost {
    std::uint64_t purse = 0;  // of the old band
    std::size_t customer = 0;
  };
  void lose();
  void ask_again(const Lost& lost);
  // What went to the new band, or nothing.
  std::uint64_t replace(std::size_t office, std::uint64_t old, const std::string& fresh);

  Field& field_;
  std::vector<Lost> lost_;
};

// The purse that this image of a band is of.
std::uint64_t purse_on(const std::string& image);
// This device holds a block of the purse, or what says that another one took its place.
bool knows_blocked(SimNode& node, std::uint64_t purse);

}  // namespace verbena::sim
