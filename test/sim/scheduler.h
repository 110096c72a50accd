// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "ledger/core/seams.h"

namespace verbena::sim {

// Virtual time: what is to happen, in order. Things of one moment happen in the order they were
// asked for, so that a run depends on nothing but its seed.
class Scheduler {
 public:
  std::uint64_t now_ms() const { return now_ms_; }
  void in(std::uint64_t delay_ms, std::function<void()> what) {
    queue_.emplace(now_ms_ + delay_ms, std::move(what));
  }
  // Runs what is due until `end_ms`; then it is `end_ms`.
  void run_until(std::uint64_t end_ms) {
    while (!queue_.empty() && queue_.begin()->first <= end_ms) {
      auto next = queue_.extract(queue_.begin());
      now_ms_ = next.key();
      ++steps_;
      next.mapped()();
    }
    now_ms_ = end_ms;
  }
  std::uint64_t steps() const { return steps_; }

 private:
  std::multimap<std::uint64_t, std::function<void()>> queue_;
  std::uint64_t now_ms_ = 0;
  std::uint64_t steps_ = 0;
};

// A device's clocks: its wall clock may be wrong and jump, the monotonic one only goes on.
class HostClock final : public ledger::Clock {
 public:
  explicit HostClock(const Scheduler& scheduler) : scheduler_(scheduler) {}
  std::uint64_t wall_ms() const override {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(epoch_ms + scheduler_.now_ms()) +
                                      wrong_by_ms);
  }
  std::uint64_t monotonic_ms() const override { return scheduler_.now_ms() + 1; }

  static constexpr std::uint64_t epoch_ms = 1'800'000'000'000;
  std::int64_t wrong_by_ms = 0;

 private:
  const Scheduler& scheduler_;
};

}  // namespace verbena::sim
