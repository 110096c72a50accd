// SPDX-License-Identifier: Apache-2.0
#include "node/rpc.h"

#include <absl/synchronization/mutex.h>

#include <catch2/catch.hpp>

using namespace verbena;

// Debian builds absl with its deadlock detector on, and set to abort: without the call in
// prepare_process() this test ends the process.
TEST_CASE("Two locks taken in both orders do not end the process once it is prepared") {
  node::prepare_process();
  absl::Mutex one, two;
  int taken = 0;
  {
    absl::MutexLock first(&one);
    absl::MutexLock second(&two);
    ++taken;
  }
  {
    absl::MutexLock first(&two);
    absl::MutexLock second(&one);
    ++taken;
  }
  CHECK(taken == 2);
}
