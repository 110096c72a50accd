// SPDX-License-Identifier: Apache-2.0
// Whoever reads a band brings along what it tells.
#include "test/support/lending_ground.h"

using namespace verbena;
using test::Device;
using test::LendingGround;
using test::World;

namespace {

// A till that nobody has heard since it sold for cash and to a band.
struct Unheard : LendingGround {
  Unheard() {
    REQUIRE(world.top_up(desk, band, 5'000).has_done());
    REQUIRE(tap(far, test::sell_request("draught", 1, "purse")).has_done());  // a cup to bring back
    meet();
    REQUIRE(world.sell_cash(till, "beer", 3).has_done());
    REQUIRE(tap(till, test::sell_request("draught", 1, "purse")).has_done());
  }

  static schemas::OperateRequest balance_request() {
    schemas::OperateRequest out;
    out.mutable_balance();
    return out;
  }
  // Sales of the till that the hub knows of and does not hold, once `by` was there.
  std::int64_t missed_minor(Device& by) {
    World::meet(hub, by);
    const auto logs = hub.ledger->logs();
    std::int64_t out = 0;
    hub.ledger->ask([&](ledger::State& state, const auto&) {
      for (const auto& gap : ledger::device_gaps(state, logs)) {
        CHECK(gap.device == "till");
        out += static_cast<std::int64_t>(gap.claimed_minor - gap.held_minor);
      }
    });
    return out;
  }
};

constexpr std::int64_t sold_minor = 3 * 450 + 300;

std::uint64_t events_of(const Device& device) {
  std::uint64_t out = 0;
  for (const auto& log : device.ledger->logs()) out += log.head.size;
  return out;
}

}  // namespace

TEST_CASE("A till where somebody asks for their balance tells what another till sold before") {
  Unheard ground;
  CHECK(ground.missed_minor(ground.far) == 0);
  CHECK(ground.tap(ground.far, Unheard::balance_request()).done().balance_minor() == 4'200);
  CHECK(ground.missed_minor(ground.far) == sold_minor);
}

TEST_CASE("Cups that come back and gifts tell what another till sold before") {
  SECTION("cups") {
    Unheard ground;
    REQUIRE(ground.tap(ground.far, test::return_request(1, "purse")).has_done());
    CHECK(ground.missed_minor(ground.far) == sold_minor);
  }
  SECTION("a gift") {
    Unheard ground;
    REQUIRE(ground.gift(500).has_done());
    CHECK(ground.missed_minor(ground.desk) == sold_minor);
  }
}

TEST_CASE("A band that has nothing new to tell writes nothing when its balance is asked for") {
  Unheard ground;
  REQUIRE(ground.tap(ground.far, Unheard::balance_request()).has_done());
  const auto before = events_of(ground.far);
  REQUIRE(ground.tap(ground.far, Unheard::balance_request()).has_done());
  CHECK(events_of(ground.far) == before);
}

TEST_CASE("A device that was revoked tells a balance and writes nothing") {
  Unheard ground;
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias("far");
  request.mutable_revoke()->set_reason("lost");
  Device& supervisor = ground.world.add(schemas::SUPERVISOR, "supervisor");
  World::meet(supervisor, ground.world.device("root"));
  World::meet(supervisor, ground.far);
  REQUIRE(ground.world.approved(supervisor, request).has_done());
  World::meet(supervisor, ground.far);
  const auto before = events_of(ground.far);
  REQUIRE(ground.tap(ground.far, Unheard::balance_request()).has_done());
  CHECK(events_of(ground.far) == before);
}
