// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace verbena::node {

// SIGTERM and SIGINT, waited for instead of interrupting. Make it before any other thread starts:
// they inherit that these signals are held back.
class StopSignal {
 public:
  StopSignal();
  void wait();
  // True where one came within this time.
  bool wait_for_ms(std::uint64_t ms);
};

}  // namespace verbena::node
