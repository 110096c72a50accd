// SPDX-License-Identifier: Apache-2.0
// Bytes of a comparison of two hubs. Hellos and frontiers are counted; heads and bodies are data.
#include <deque>

#include "bench/benches.h"
#include "bench/long_log.h"
#include "bench/measure.h"
#include "test/support/world.h"

namespace verbena::bench {

namespace {

constexpr int tills = 50;
constexpr int comparisons_to_meet = 3;
constexpr std::size_t logs_with_news = 100;
constexpr std::uint64_t events_min = 150;  // sizes that take two bytes, as on a real day

struct Counted {
  std::size_t hello = 0, from_left = 0, from_right = 0;  // the latter two: frontiers
};

class TwoHubs {
 public:
  // Both hold the same `logs` logs, of many tills and many lives.
  explicit TwoHubs(std::size_t logs, std::uint64_t events) : world_(logs) {
    for (int i = 0; i < tills; ++i) {
      tills_.push_back(&world_.add(schemas::VENDOR, "till-" + std::to_string(i), "bar-1").identity);
    }
    left_ = world_.add(schemas::HUB, "left").ledger.get();
    right_ = world_.add(schemas::HUB, "right").ledger.get();
    test::World::meet(world_.device("left"), world_.device("right"));
    for (std::size_t held = left_->logs().size(); held < logs; ++held) {
      // What a log starts with, and the news it will have.
      const std::uint64_t first = events + world_.random.below(events), news = 1 + first % 3;
      auto runs = long_log(next_till(), world_.random, first + news, first);
      for (auto* hub : {left_, right_}) value_of(hub->ingest(runs.front()));
      news_.push_back(std::move(runs.back()));
    }
  }

  void open() {
    left_session_.emplace(*left_);
    right_session_.emplace(*right_);
  }
  void meet() {
    open();
    for (int i = 0; i < comparisons_to_meet; ++i) compare();
  }

  // Half of the news is heard by one hub, half by the other.
  void hear_news(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      value_of((i % 2 == 0 ? left_ : right_)->ingest(news_.back()));
      news_.pop_back();
    }
  }
  void hear_of_a_new_log() {
    value_of(left_->ingest(long_log(next_till(), world_.random, 10, 10).front()));
  }

  // Both say hello and answer until nobody has more to say.
  Counted compare() {
    Counted counted;
    std::deque<schemas::Frame> to_left, to_right;
    const auto send = [&](std::deque<schemas::Frame>& queue, std::vector<schemas::Frame> frames) {
      std::size_t& frontiers = &queue == &to_right ? counted.from_left : counted.from_right;
      for (auto& frame : frames) {
        if (frame.has_hello()) counted.hello += frame.ByteSizeLong();
        if (frame.has_frontier()) frontiers += frame.ByteSizeLong();
        queue.push_back(std::move(frame));
      }
    };
    const auto take = [&](std::deque<schemas::Frame>& queue, replication::Session& by,
                          std::deque<schemas::Frame>& answers) {
      if (queue.empty()) return;
      const auto frame = std::move(queue.front());
      queue.pop_front();
      send(answers, by.receive(frame));
    };
    send(to_right, left_session_->hello());
    send(to_left, right_session_->hello());
    while (!to_left.empty() || !to_right.empty()) {
      take(to_right, *right_session_, to_left);
      take(to_left, *left_session_, to_right);
      if (!to_left.empty() || !to_right.empty()) continue;
      send(to_right, left_session_->pump());
      send(to_left, right_session_->pump());
    }
    need(left_->events() == right_->events(), "the hubs do not hold the same after a comparison");
    return counted;
  }

 private:
  const ledger::DeviceIdentity& next_till() { return *tills_[next_till_++ % tills_.size()]; }

  test::World world_;
  std::vector<const ledger::DeviceIdentity*> tills_;
  std::size_t next_till_ = 0;
  ledger::Ledger* left_ = nullptr;
  ledger::Ledger* right_ = nullptr;
  std::vector<ledger::LogRun> news_;
  std::optional<replication::Session> left_session_, right_session_;
};

void print_news(const std::string& who, const Counted& counted, const char* goal) {
  row("frontiers, 100 of 1,000 logs have news, " + who,
      static_cast<double>(counted.from_left + counted.from_right), "B",
      std::to_string(counted.from_left) + " + " + std::to_string(counted.from_right), goal);
  row("  the hellos before them", static_cast<double>(counted.hello), "B", "both ways");
}

}  // namespace

void bench_frontier(const Job&) {
  for (const auto& [logs, text] : {std::pair{1'000, "1,000"}, std::pair{10'000, "10,000"}}) {
    TwoHubs hubs(static_cast<std::size_t>(logs), 4);
    hubs.meet();
    const auto idle = hubs.compare();
    row(std::string("idle comparison, met, ") + text + " logs",
        static_cast<double>(idle.hello + idle.from_left + idle.from_right), "B", "both ways",
        "<= 128 B");
  }
  TwoHubs hubs(1'000, events_min);
  hubs.meet();
  hubs.hear_news(logs_with_news);
  print_news("met", hubs.compare(), "<= 300 B");
  hubs.hear_news(logs_with_news);
  hubs.open();
  print_news("first meeting", hubs.compare(), "<= 4 kB");
  hubs.hear_of_a_new_log();
  hubs.hear_news(logs_with_news);
  hubs.open();
  print_news("first meeting, a log is new", hubs.compare(), "");
}

}  // namespace verbena::bench
