// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "ledger/core/seams.h"

namespace verbena::node {

class SystemClock final : public ledger::Clock {
 public:
  std::uint64_t wall_ms() const override;
  std::uint64_t monotonic_ms() const override;
  std::uint64_t monotonic_us() const;  // for measuring only
};

void sleep_ms(std::uint64_t ms);

// For gRPC deadlines.
std::chrono::system_clock::time_point deadline_in_ms(std::uint64_t ms);

}  // namespace verbena::node
