// SPDX-License-Identifier: Apache-2.0
#include "node/system_clock.h"

#include <thread>

namespace verbena::node {

namespace {

template <typename Clock, typename Unit>
std::uint64_t now() {
  const auto since = Clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<Unit>(since).count());
}

}  // namespace

std::uint64_t SystemClock::wall_ms() const {
  return now<std::chrono::system_clock, std::chrono::milliseconds>();
}
std::uint64_t SystemClock::monotonic_ms() const {
  return now<std::chrono::steady_clock, std::chrono::milliseconds>();
}
std::uint64_t SystemClock::monotonic_us() const {
  return now<std::chrono::steady_clock, std::chrono::microseconds>();
}

void sleep_ms(std::uint64_t ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

std::chrono::system_clock::time_point deadline_in_ms(std::uint64_t ms) {
  return std::chrono::system_clock::now() + std::chrono::milliseconds(ms);
}

}  // namespace verbena::node
