// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "schemas/sync.pb.h"
#include "schemas/terminal.pb.h"

namespace verbena::node {

// What came of the bands tapped at this device since it started. For eyes only: none of it is an
// event, and nothing is decided by it. Any thread.
class TapTally {
 public:
  // The first answer to an intent with a band. That another's yes is needed ends no tap.
  void began(const schemas::OperateReply& reply);
  // The band left before it was read back.
  void tore() { ++torn_; }

  schemas::TapCounts counts() const;

 private:
  std::atomic<std::uint64_t> taps_ = 0, torn_ = 0, blocked_ = 0;
};

}  // namespace verbena::node
