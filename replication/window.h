// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace verbena::replication {

constexpr std::size_t window_bytes_min = 2 << 10;
constexpr std::uint64_t slow_ms = 600;    // a link on which bodies always wait longer than this
constexpr std::uint64_t fitted_ms = 300;  // is given what it carries in this time

// How many bytes of bodies may be under way to one peer. A revocation waits behind them on every
// hop, and what suits a fast link is a quarter of a minute of a slow one. A smaller window carries
// as much where the link is slow, and less where it is far or its delay jumps: so it is tried, and
// kept where it does no harm. The least that was under way for a while tells what waits for nothing
// but the link, as in CoDel (RFC 8289, section 3.1). Where a full window waits for acknowledgements
// and not for the link, it grows to twice what the link carries until one comes, as in BBR
// (Cardwell and others, ACM Queue 14(5), 2016), until nothing is under way.
class Window {
 public:
  // `first`: bytes where nothing is known of the link. `most`: where it carries more with more.
  Window(std::size_t first, std::size_t most) : first_(first), most_(most), bytes_(first) {}

  // After each exchange: bodies ever sent, and how much of that is not acknowledged.
  void note(std::uint64_t sent_bytes, std::uint64_t unacked_bytes, std::uint64_t now_ms);
  std::size_t bytes() const { return bytes_; }
  bool fitted() const { return fit_ != Fit::none; }  // the link seems slow

 private:
  enum class Fit { none, tried, kept };
  void judge(std::uint64_t rate, bool full);
  void begin(std::uint64_t acked, std::uint64_t unacked, std::uint64_t now_ms);
  void rest(std::uint64_t rate);
  void grow(std::uint64_t rate);
  void set(Fit fit, std::uint64_t rate);

  std::size_t first_;
  std::size_t most_;
  std::size_t bytes_;
  Fit fit_ = Fit::none;
  std::uint64_t rate_ = 0;  // bytes a second, when it was set
  // Windows until the next try, unless the rate falls to a quarter of what it was.
  unsigned rests_ = 0;
  std::uint64_t fell_to_ = 0;  // the rate that ended a kept window, until judged
  // Something is under way since then; 0: nothing is.
  std::uint64_t since_ms_ = 0, since_acked_ = 0;
  std::uint64_t round_ms_ = 0;    // until the first acknowledgement after a pause; 0: none yet
  std::uint64_t least_ = 0;       // bytes under way since then
  std::uint64_t settled_at_ = 0;  // what was sent before the window changed says nothing of it
};

}  // namespace verbena::replication
