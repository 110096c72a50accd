// SPDX-License-Identifier: Apache-2.0
#include "replication/window.h"

#include <algorithm>
#include <utility>

namespace verbena::replication {

namespace {

constexpr unsigned rests_between = 32;
constexpr std::uint64_t judged_bytes_min = 32 << 10;  // some runs, so that none decides alone

}  // namespace

void Window::begin(std::uint64_t acked, std::uint64_t unacked, std::uint64_t now_ms) {
  since_ms_ = now_ms;
  since_acked_ = acked;
  least_ = unacked;
}

void Window::note(std::uint64_t sent_bytes, std::uint64_t unacked_bytes, std::uint64_t now_ms) {
  const std::uint64_t acked = sent_bytes - std::min(sent_bytes, unacked_bytes);
  if (unacked_bytes == 0) {
    since_ms_ = round_ms_ = 0;
    if (fit_ == Fit::none) set(Fit::none, rests_ > 0 ? rate_ : 0);
    return;
  }
  if (acked < settled_at_ || since_ms_ == 0) {
    return begin(acked, unacked_bytes, now_ms);
  }
  least_ = std::min(least_, unacked_bytes);
  if (round_ms_ == 0 && acked > since_acked_) round_ms_ = now_ms - since_ms_;
  std::uint64_t judged = std::max<std::uint64_t>(bytes_, judged_bytes_min);
  // Nothing is judged since the pause, and the first acknowledgement came soon: as much more may be
  // under way as was acknowledged.
  if (fit_ == Fit::none && rate_ == 0 && round_ms_ > 0 && 2 * round_ms_ <= fitted_ms) {
    bytes_ = std::clamp<std::size_t>(first_ + (acked - since_acked_), bytes_, most_);
    judged = 2 * first_;
  }
  if (acked < since_acked_ + judged || now_ms <= since_ms_) return;
  const std::size_t before = bytes_;
  judge(std::max<std::uint64_t>(1, (acked - since_acked_) * 1'000 / (now_ms - since_ms_)),
        least_ >= bytes_ / 2);
  if (bytes_ != before) settled_at_ = sent_bytes;
  begin(acked, unacked_bytes, now_ms);
}

void Window::set(Fit fit, std::uint64_t rate) {
  fit_ = fit;
  rate_ = rate;
  const std::uint64_t fitted = rate * fitted_ms / 1'000;
  bytes_ = fit == Fit::none ? first_ : std::clamp<std::size_t>(fitted, window_bytes_min, first_);
}

void Window::grow(std::uint64_t rate) {
  const std::uint64_t wanted = rate * std::min(2 * round_ms_, fitted_ms) / 1'000;
  rate_ = rate;
  bytes_ = std::clamp<std::size_t>(wanted, first_, most_);
}

// The smaller window did harm: with the most, the link carries `rate`.
void Window::rest(std::uint64_t rate) {
  rests_ = rests_between;
  set(Fit::none, rate);
}

// `full`: there was always more to send, so the rate is the link's.
void Window::judge(std::uint64_t rate, bool full) {
  switch (fit_) {
    case Fit::none:
      if (const std::uint64_t fell_to = std::exchange(fell_to_, 0);
          rate * 2 > fell_to * 3 && fell_to > 0) {
        return rest(rate);
      }
      if (rests_ > 0 && rate * 4 >= rate_) {
        --rests_;
      } else if (least_ * 1'000 / rate > slow_ms) {
        set(Fit::tried, rate);
      } else if (full) {
        grow(rate);
      }
      return;
    case Fit::tried:
      if (!full) return;
      if (rate * 4 >= rate_ * 3) {
        return set(Fit::kept, rate_);
      }
      return rest(rate_);
    case Fit::kept:
      if (full && rate * 2 < rate_) {  // by the link or by the window: the most tells
        fell_to_ = rate;
        return set(Fit::none, rate);
      }
      if (rate > rate_ + rate_ / 8) set(Fit::kept, rate);
      return;
  }
}

}  // namespace verbena::replication
