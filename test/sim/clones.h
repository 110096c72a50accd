// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/sim/field.h"

namespace verbena::sim {

// Somebody copies a band and takes all they can at tills that are cut off from each other. They
// know the limits and ask for just so much.
class Clones {
 public:
  explicit Clones(Field& field) : field_(field) {}

  void act();

 private:
  void begin();
  void carry_on(CloneRaid& raid);
  void take_all(CloneRaid& raid, std::size_t till, std::string& copy);

  Field& field_;
};

}  // namespace verbena::sim
