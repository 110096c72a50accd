// SPDX-License-Identifier: Apache-2.0
#include "replication/window.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>

using verbena::replication::Window;

namespace {

constexpr std::size_t first = 128 << 10;
constexpr std::size_t most = 512 << 10;

// Numerical Recipes' linear congruence, of which the upper bits will do here.
class Random {
 public:
  std::uint64_t below(std::uint64_t n) {
    state_ = state_ * 1'664'525 + 1'013'904'223;
    return (state_ >> 8) % n;
  }

 private:
  std::uint32_t state_ = 1;
};

// A sender that always has more, a link that carries so much a millisecond after a delay, and a
// peer that acknowledges each run at once.
class FullLink {
 public:
  FullLink(std::uint64_t bytes_per_ms, std::uint64_t delay_ms, std::uint64_t jitter_ms = 0)
      : bytes_per_ms_(bytes_per_ms), delay_ms_(delay_ms), jitter_ms_(jitter_ms) {}

  void set_rate(std::uint64_t bytes_per_ms) { bytes_per_ms_ = bytes_per_ms; }
  void set_delay(std::uint64_t ms) { delay_ms_ = ms; }
  void run_for(std::uint64_t ms) {
    for (const std::uint64_t end = now_ms_ + ms; now_ms_ < end; ++now_ms_) {
      while (!acks_.empty() && acks_.front().first <= now_ms_) {
        unacked_ -= acks_.front().second;
        acked_ += acks_.front().second;
        acks_.pop_front();
        fill();
      }
      fill();
    }
  }
  // How long what is sent now has to wait for what was sent before.
  std::uint64_t queued_ms() const { return free_at_ms_ > now_ms_ ? free_at_ms_ - now_ms_ : 0; }
  std::uint64_t acked() const { return acked_; }
  std::uint64_t sent() const { return sent_; }
  const Window& window() const { return window_; }

 private:
  void fill() {
    while (unacked_ < window_.bytes()) send();
    window_.note(sent_, unacked_, now_ms_);
  }
  void send() {
    const std::uint64_t run = std::clamp<std::uint64_t>(window_.bytes() / 4, 1 << 10, 32 << 10);
    sent_ += run;
    unacked_ += run;
    free_at_ms_ = std::max(free_at_ms_, now_ms_) + run / bytes_per_ms_;
    if (jitter_ms_ > 0) free_at_ms_ += random_.below(jitter_ms_);  // nothing overtakes
    acks_.push_back({free_at_ms_ + 2 * delay_ms_, run});
  }

  Window window_{first, most};
  std::uint64_t bytes_per_ms_, delay_ms_, jitter_ms_;
  Random random_;
  std::uint64_t now_ms_ = 1, free_at_ms_ = 0;
  std::uint64_t sent_ = 0, unacked_ = 0, acked_ = 0;
  std::deque<std::pair<std::uint64_t, std::uint64_t>> acks_;  // when, bytes
};

}  // namespace

TEST_CASE("A window is no more than what the link carries in two rounds, and the link is used") {
  FullLink link(1'250, 20);  // 10 Mbit/s
  link.run_for(5'000);
  CHECK(link.window().bytes() <= 2 * 1'250 * (2 * 20 + 40));  // a run takes 26 ms
  CHECK(link.acked() > 5'000 * 1'250 * 9 / 10);
}

TEST_CASE("A window grows where the link waits for acknowledgements, and is as before afterwards") {
  FullLink link(5'000, 20);  // 10 Mbit/s, and sales that are packed to a quarter
  link.run_for(5'000);
  CHECK(link.window().bytes() > 2 * first);
  CHECK(link.acked() > 5'000 * 5'000 * 9 / 10);
  Window window = link.window();
  window.note(link.sent(), 0, 5'001);
  CHECK(window.bytes() == first);
}

TEST_CASE("On a slow link little more than a part of a run is under way once that is known") {
  FullLink link(8, 50);  // 64 kbit/s
  link.run_for(40'000);  // the first window takes a quarter of a minute, and the next as well
  std::uint64_t most_queued_ms = 0;
  for (int second = 0; second < 80; ++second) {
    link.run_for(1'000);
    most_queued_ms = std::max(most_queued_ms, link.queued_ms());
  }
  CHECK(most_queued_ms <= 500);
  CHECK(link.acked() > 120'000 * 8 * 8 / 10);
}

TEST_CASE("A window becomes small where the link becomes slow and large where it is well again") {
  FullLink link(1'250, 20);
  link.run_for(5'000);
  link.set_rate(8);
  link.run_for(90'000);
  CHECK(link.window().bytes() <= 8 << 10);
  link.set_rate(1'250);
  link.run_for(10'000);
  CHECK(link.window().bytes() >= first);
}

TEST_CASE("A far link and one whose delay jumps are not taken for slow ones") {
  FullLink far(1'250, 600), jumps(1'250, 300, 600);
  std::uint64_t sum_far = 0, sum_jumps = 0;
  for (int second = 0; second < 300; ++second) {
    far.run_for(1'000);
    jumps.run_for(1'000);
    sum_far += far.window().bytes();
    sum_jumps += jumps.window().bytes();
  }
  CHECK(sum_far / 300 >= first * 9 / 10);
  CHECK(sum_jumps / 300 >= first * 8 / 10);
}

TEST_CASE("A link that was far and becomes slow is seen to be") {
  FullLink link(1'250, 600);
  link.run_for(600'000);
  link.set_delay(50);
  link.set_rate(8);
  link.run_for(120'000);
  CHECK(link.window().bytes() <= 8 << 10);
}

TEST_CASE("Who sends little learns nothing about what a link carries") {
  Window window(first, most);
  std::uint64_t sent = 0;
  for (std::uint64_t now = 1; now < 100'000; now += 100) {
    sent += 200;
    window.note(sent, 200, now);
    window.note(sent, 0, now + 50);
  }
  CHECK(window.bytes() == first);
}
