// SPDX-License-Identifier: Apache-2.0
#include "replication/pace.h"

#include <catch2/catch.hpp>

#include "ledger/wire.h"
#include "replication/replicator.h"
#include "test/support/world.h"

using namespace verbena;
using replication::Pace;
using replication::paced_burst;
using replication::paced_events_per_ms;

TEST_CASE("A device that does not sell takes a backlog as fast as it comes") {
  Pace pace;
  for (std::uint64_t ms = 1; ms < 100; ++ms) {
    pace.took(10'000, ms);
    CHECK(pace.wait_ms(ms) == 0);
  }
}

TEST_CASE("A device that sells takes a burst, and then so many events a millisecond") {
  Pace pace;
  const std::uint64_t paced = 10'000 * paced_events_per_ms + paced_burst;
  std::uint64_t taken = 0;
  for (std::uint64_t now = 1'000; now < 11'000; ++now) {
    pace.sold(now);
    while (pace.wait_ms(now) == 0 && taken <= 2 * paced) {
      pace.took(64, now);
      taken += 64;
    }
  }
  CHECK(taken >= paced);
  CHECK(taken <= paced + 64);
}

TEST_CASE("What was put off is read at once when the sales end") {
  Pace pace;
  pace.sold(1'000);
  pace.took(1'000'000, 1'000);
  CHECK(pace.wait_ms(1'000) > replication::selling_ms);
  CHECK(pace.wait_ms(1'000 + replication::selling_ms) == 0);
}

namespace {

// The near end of a link: counts how often its device is ready for another frame.
class CountingLink final : public replication::Link {
 public:
  explicit CountingLink(const ledger::Hash& peer) : peer_(peer) {}
  replication::LinkId id() const override { return 1; }
  const std::string& address() const override { return address_; }
  const ledger::Hash& peer() const override { return peer_; }
  void send(schemas::Frame) override {}
  void read_next() override { ++reads; }
  void close() override {}

  int reads = 0;

 private:
  std::string address_;
  ledger::Hash peer_;
};

class NoTransport final : public replication::Transport {
  void dial(const std::string&) override {}
};

// Feeds `till` runs of a neighbour's backlog while it is ready for them; how often it was.
int frames_taken_at_once(bool sells) {
  test::World world;
  test::Device& hub = world.add(schemas::HUB, "hub");
  test::Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  test::Device& full = world.add(schemas::VENDOR, "full", "bar-1");
  test::Device& fuller = world.add(schemas::VENDOR, "fuller", "bar-1");
  for (int i = 0; i < 2; ++i) {
    for (auto* device : {&till, &full, &fuller}) test::World::meet(*device, hub);
  }
  for (int i = 0; i < 700; ++i) {
    for (auto* device : {&full, &fuller}) REQUIRE(world.sell_cash(*device, "beer").has_done());
  }
  std::vector<ledger::LogRun> backlog;
  for (auto* device : {&full, &fuller}) {
    for (const auto& log : device->ledger->logs()) {
      for (auto& run : device->ledger->read(log.name, 0, SIZE_MAX).take()) {
        if (run.log.log_class == ledger::LogClass::trade) backlog.push_back(std::move(run));
      }
    }
  }

  NoTransport transport;
  replication::Replicator replicator(*till.ledger, transport, world.clock, world.random);
  const auto link = std::make_shared<CountingLink>(full.identity.certificate.hash);
  replicator.opened(link);
  if (sells) REQUIRE(world.sell_cash(till, "beer").has_done());
  replicator.step();
  int frames = 0;
  for (const auto& run : backlog) {
    if (link->reads <= frames) break;  // it is not ready, so flow control keeps the rest back
    schemas::Frame frame;
    *frame.mutable_run() = ledger::to_wire(run);
    replicator.received(1, frame);
    ++frames;
  }
  if (sells) {
    const int before = link->reads;
    world.clock.now_ms += 1'000;
    replicator.step();
    CHECK(link->reads == before + 1);
  }
  return frames;
}

}  // namespace

TEST_CASE("A neighbour's backlog waits while a till sells, and goes on when its time has come") {
  const int idle = frames_taken_at_once(false), selling = frames_taken_at_once(true);
  CHECK(selling < idle);
}
