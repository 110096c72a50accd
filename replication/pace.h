// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace verbena::replication {

constexpr std::uint64_t selling_ms = 5'000;       // after a sale of its own a device still sells
constexpr std::uint64_t paced_events_per_ms = 5;  // of others, beside the sales
constexpr std::uint64_t paced_burst = 1'000;      // events taken at once

// How fast a device that sells takes in what others sold. A backlog taken as fast as the link gives
// it keeps the processor and the disk from the sale in hand; a day of 1,000,000 events is here in
// 200 s all the same, and live sales are far below it. What is not read stays with the neighbour:
// flow control holds it back there. The generic cell rate algorithm (ITU-T I.371, annex A), with an
// event for a cell.
class Pace {
 public:
  void sold(std::uint64_t now_ms) { sold_until_ms_ = now_ms + selling_ms; }
  void took(std::uint64_t events, std::uint64_t now_ms);
  // Milliseconds until more may be read; 0: now.
  std::uint64_t wait_ms(std::uint64_t now_ms) const;

 private:
  bool selling(std::uint64_t now_ms) const { return now_ms < sold_until_ms_; }

  std::uint64_t sold_until_ms_ = 0;
  std::uint64_t due_ = 0;  // in events since the clock's zero: what was taken is paid for by then
};

}  // namespace verbena::replication
