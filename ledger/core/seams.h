// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace verbena::ledger {

// The only way to read time. Wall time is for display; limits may use the monotonic clock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::uint64_t wall_ms() const = 0;
  virtual std::uint64_t monotonic_ms() const = 0;
};

// The only source of randomness.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  std::uint64_t u64() {
    std::uint8_t bytes[8];
    fill(bytes);
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    return value;
  }
};

// Hybrid logical clock: 48 bits of wall milliseconds, 16 bits of counter. Never runs backwards
// within one device's life (Kulkarni et al. 2014, without the merge: order across devices is only
// what an event names).
class HybridClock {
 public:
  explicit HybridClock(const Clock& clock) : clock_(clock) {}

  std::uint64_t next() {
    const std::uint64_t now = clock_.wall_ms() << 16;
    last_ = now > last_ ? now : last_ + 1;
    return last_;
  }
  void at_least(std::uint64_t hlc) { last_ = hlc > last_ ? hlc : last_; }

 private:
  const Clock& clock_;
  std::uint64_t last_ = 0;
};

}  // namespace verbena::ledger
