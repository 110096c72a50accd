// SPDX-License-Identifier: Apache-2.0
#include "replication/scope.h"

#include <catch2/catch.hpp>

#include "replication/frontier.h"
#include "test/support/vouchers.h"
#include "test/support/world.h"

using namespace verbena;
using replication::Following;
using replication::Follows;
using replication::Session;
using test::Device;
using test::World;

namespace {

schemas::Festival festival_by_zone() {
  schemas::Festival out = test::zoned_festival();
  out.set_follow_zone(true);
  return out;
}

// Two tills in the north, two in the south, all of which have met the hub.
struct Field {
  World world{5, festival_by_zone()};
  Device& hub = world.add(schemas::HUB, "hub");
  Device& north = world.add(schemas::VENDOR, "north", "bar-1");
  Device& north_2 = world.add(schemas::VENDOR, "north-2", "bar-2");
  Device& south = world.add(schemas::VENDOR, "south", "bar-3");
  Device& south_2 = world.add(schemas::VENDOR, "south-2", "bar-4");
  Field() {
    for (int round = 0; round < 2; ++round) {
      World::meet(hub, world.device("root"));
      for (Device* till : {&north, &north_2, &south, &south_2}) World::meet(*till, hub);
    }
  }
  void sell(Device& till, int times = 1) {
    for (int i = 0; i < times; ++i) REQUIRE(world.sell_cash(till, "beer").has_done());
  }
};

// Events of the trade logs of this device that another holds.
std::uint64_t held(const Device& where, const Device& of) {
  std::uint64_t out = 0;
  for (const auto& log : where.ledger->logs()) {
    if (log.name.certificate == of.identity.certificate.hash &&
        log.name.log_class == ledger::LogClass::trade) {
      out += log.head.size;
    }
  }
  return out;
}

std::string root(const Device& device, const std::string& scope) {
  return replication::scope_roots(*device.ledger)[scope];
}

ledger::Certificate vendor(const std::string& zone, std::uint8_t first_byte = 0) {
  ledger::Certificate out;
  out.role = schemas::VENDOR;
  out.zone = zone;
  out.hash[0] = first_byte;
  return out;
}

}  // namespace

TEST_CASE("Vendors and stand leads follow their zone where the festival says so") {
  const auto festival = festival_by_zone();
  for (int role = schemas::Role_MIN; role <= schemas::Role_MAX; ++role) {
    auto device = vendor("north");
    device.role = static_cast<schemas::Role>(role);
    const bool till = role == schemas::VENDOR || role == schemas::STAND_LEAD;
    CHECK(replication::follows_zone(&festival, device) == till);
    CHECK(replication::follows_zone(nullptr, device) == till);
    device.zone.clear();
    CHECK_FALSE(replication::follows_zone(&festival, device));
  }
  const auto whole = test::zoned_festival();
  CHECK_FALSE(replication::follows_zone(&whole, vendor("north")));
}

TEST_CASE("A till follows its zone, who has none, and the devices it carries") {
  const Follows follows{false, "north", {ledger::Bytes("\x07\0\0\0\0\0\0\0", 8)}};
  CHECK(follows.trade_of(vendor("north")));
  CHECK(follows.trade_of(vendor("")));
  CHECK(follows.trade_of(vendor("south", 7)));
  CHECK_FALSE(follows.trade_of(vendor("south", 8)));
  CHECK(Follows().trade_of(vendor("south")));
}

TEST_CASE("What a device follows is read as it was written, and not where it is malformed") {
  const Follows follows{false, "north", {"aaaaaaaa", "bbbbbbbb"}};
  const auto wire = replication::to_wire(follows);
  REQUIRE(replication::from_wire(wire));
  CHECK(*replication::from_wire(wire) == follows);
  CHECK(follows.name() != Follows{false, "north", {"aaaaaaaa"}}.name());
  CHECK(Follows().name().empty());

  const auto refused = [&](auto spoil) {
    auto bad = wire;
    spoil(bad);
    return !replication::from_wire(bad).ok();
  };
  CHECK(refused([](auto& bad) { bad.clear_zone(); }));
  CHECK(refused([](auto& bad) { bad.set_zone(std::string(33, 'z')); }));
  CHECK(refused([](auto& bad) { bad.mutable_carried()->pop_back(); }));
  CHECK(refused([](auto& bad) { bad.set_carried("bbbbbbbbaaaaaaaa"); }));
  CHECK(refused([](auto& bad) { bad.set_carried(std::string(8 * 65, 'a')); }));
}

TEST_CASE("A hub takes all from tills that follow their zone, and gives them only that") {
  Field field;
  field.sell(field.north, 3);
  field.sell(field.south, 2);
  World::meet(field.north, field.hub);
  World::meet(field.south, field.hub);
  World::meet(field.north_2, field.hub);
  CHECK(held(field.hub, field.north) == held(field.north, field.north));
  CHECK(held(field.hub, field.south) == held(field.south, field.south));
  CHECK(held(field.north_2, field.north) == held(field.north, field.north));
  CHECK(held(field.north_2, field.south) == 0);
  CHECK(root(field.north_2, "trade/north") == root(field.hub, "trade/north"));
  CHECK(root(field.north_2, "trade/") == root(field.hub, "trade/"));
  CHECK(root(field.north_2, "control") == root(field.hub, "control"));
}

TEST_CASE("Value goes everywhere, through tills of any zone") {
  Field field;
  Device& desk = field.world.add(schemas::TOP_UP_DESK, "desk");
  World::meet(desk, field.world.device("root"));
  World::meet(field.hub, field.world.device("root"));
  World::meet(field.north, field.hub);
  World::meet(desk, field.north);
  auto band = field.world.band();
  REQUIRE(field.world.top_up(desk, band, 2'000).has_done());
  World::meet(field.north, desk);
  World::meet(field.south, field.north);
  CHECK(root(field.south, "value") == root(desk, "value"));
}

TEST_CASE("Tills of two zones that are linked carry each other's sales, and those of no other") {
  Field field;
  field.sell(field.north);
  field.sell(field.north_2);
  World::meet(field.north, field.north_2);
  World::meet(field.north, field.south);
  CHECK(held(field.south, field.north) == held(field.north, field.north));
  CHECK(held(field.south, field.north_2) == 0);

  SECTION("what a till carries it passes on, and keeps up with") {
    World::meet(field.south, field.hub);
    CHECK(held(field.hub, field.north) == held(field.north, field.north));
    field.sell(field.north);
    World::meet(field.north, field.hub);
    World::meet(field.south, field.hub);
    CHECK(held(field.south, field.north) == held(field.north, field.north));
  }
}

TEST_CASE("What came on a stick from another zone is held and reaches the hub") {
  Field field;
  field.sell(field.south, 4);
  for (const auto& log : field.south.ledger->logs()) {
    for (const auto& run : *field.south.ledger->read(log.name, 0, SIZE_MAX)) {
      REQUIRE(field.north.ledger->ingest(run));
    }
  }
  World::meet(field.north, field.hub);
  CHECK(held(field.hub, field.south) == held(field.south, field.south));
}

TEST_CASE("No device carries more than the most it may name") {
  Field field;
  std::vector<ledger::Hash> linked;
  for (std::size_t i = 0; i < replication::carried_max + 3; ++i) {
    const std::string alias = "far-" + std::to_string(i);
    linked.push_back(field.world.add(schemas::VENDOR, alias, "bar-3").identity.certificate.hash);
  }
  World::meet(field.hub, field.world.device("root"));
  World::meet(field.north, field.hub);
  const Follows follows = Following().now(*field.north.ledger, linked);
  CHECK(follows.carried.size() == replication::carried_max);
  CHECK(replication::from_wire(replication::to_wire(follows)));
}

TEST_CASE("Two that met find out with one more hello that one of them follows something else") {
  Field field;
  field.sell(field.north, 2);
  Session hub(*field.hub.ledger), till(*field.south.ledger);
  const auto first = till.hello();
  hub.receive(hub.hello()[0]);  // its own words change nothing
  for (const auto& frame : hub.receive(first[0])) till.receive(frame);
  CHECK_FALSE(till.differs());

  till.follow({false, "south", {}});
  const auto narrower = till.hello();
  REQUIRE(narrower[0].hello().follows().zone() == "south");
  const auto stale = hub.hello();  // it does not know yet
  const auto again = till.receive(stale[0]);
  REQUIRE(again.size() == 1);
  CHECK(again[0].hello().follows().zone() == "south");
  hub.receive(narrower[0]);
  const auto known = hub.hello();
  CHECK(known[0].hello().known() == Follows{false, "south", {}}.name());
  till.receive(known[0]);
  CHECK_FALSE(till.differs());
  CHECK(till.met());
}

TEST_CASE("A later conversation begins with what the peer said that it follows") {
  Field field;
  const auto agreed = std::make_shared<replication::Agreed>();
  const auto given_by_hub = [&] {
    Session hub(*field.hub.ledger, agreed), till(*field.south.ledger);
    till.follow(replication::own_follows(*field.south.ledger));
    std::set<ledger::Bytes> authors;
    auto to_hub = till.hello(), to_till = hub.hello();
    while (!to_hub.empty() || !to_till.empty()) {
      std::vector<schemas::Frame> next_to_hub, next_to_till;
      for (const auto& frame : to_till) {
        if (frame.has_run()) authors.insert(frame.run().log().certificate());
        for (auto& answer : till.receive(frame)) next_to_hub.push_back(std::move(answer));
      }
      for (const auto& frame : to_hub) {
        for (auto& answer : hub.receive(frame)) next_to_till.push_back(std::move(answer));
      }
      to_hub = std::move(next_to_hub);
      to_till = std::move(next_to_till);
    }
    return authors;
  };
  given_by_hub();
  field.sell(field.north);
  field.sell(field.south_2);
  World::meet(field.north, field.hub);
  World::meet(field.south_2, field.hub);
  CHECK(given_by_hub() ==
        std::set<ledger::Bytes>{ledger::to_bytes(field.south_2.identity.certificate.hash)});
}

TEST_CASE("A peer that says wrongly what it follows is struck, and cut in the end") {
  Field field;
  Session hub(*field.hub.ledger);
  auto hello = Session(*field.south.ledger).hello();
  hello[0].mutable_hello()->mutable_follows()->set_carried("short");
  for (int i = 0; i < replication::strikes_max; ++i) CHECK(hub.receive(hello[0]).empty());
  CHECK(hub.cut());
}
