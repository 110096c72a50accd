// SPDX-License-Identifier: Apache-2.0
#include "node/terminal.h"

#include <array>
#include <catch2/catch.hpp>

#include "test/support/replacement.h"
#include "test/support/world.h"

using namespace verbena;
using test::Device;
using test::World;

TEST_CASE("A caller's role is asked before anything else") {
  World world;
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  schemas::OperateRequest request;
  request.mutable_sell()->set_tender("cash");
  request.mutable_sell()->add_line()->set_sku("beer");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  for (const auto role : {schemas::AUDITOR, schemas::STORE, schemas::HUB}) {
    node::TapSession session(*pos.ledger, world.random, role);
    CHECK(session.begin(request).refused().code() == "role-denied");
  }
  node::TapSession session(*pos.ledger, world.random, schemas::VENDOR);
  CHECK(session.begin(request).has_done());
}

TEST_CASE("A basket of unknown, empty or absurd lines is refused by name") {
  World world;
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  CHECK(world.sell_cash(pos, "champagne").refused().code() == "unknown-item");
  CHECK(world.sell_cash(pos, "beer", 0).refused().code() == "amount-out-of-range");
  CHECK(world.sell_cash(pos, "beer", 4'000'000'000u).refused().code() == "amount-out-of-range");
}

TEST_CASE("A write that is not read back as asked is refused, and tapping again completes it") {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Band band = world.band();
  schemas::OperateRequest request;
  request.set_intent(9);
  request.set_band(band.image);
  request.mutable_top_up()->set_amount_minor(1000);
  request.mutable_top_up()->set_tender("cash");
  node::TapSession session(*desk.ledger, world.random, schemas::TOP_UP_DESK);
  REQUIRE(session.begin(request).has_write());
  CHECK(session.wrote(band.image).refused().code() == "tap-again");
  CHECK(world.top_up(desk, band, 1000, 9).done().balance_minor() == 1000);
  CHECK(world.top_up(desk, band, 1000, 9).done().balance_minor() == 1000);
}

TEST_CASE("A tap is counted once, as torn where the band left and as blocked where it is") {
  World world;
  Device& hub = world.add(schemas::HUB, "hub");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Band band = world.band();
  node::TapTally tally;
  const auto counts = [&] {
    const auto now = tally.counts();
    return std::array{now.taps(), now.torn(), now.blocked()};
  };
  const auto top_up = [&](std::uint64_t intent) {
    schemas::OperateRequest request;
    request.set_intent(intent);
    request.set_band(band.image);
    request.mutable_top_up()->set_amount_minor(1000);
    request.mutable_top_up()->set_tender("cash");
    return request;
  };
  const auto caller = schemas::TOP_UP_DESK;
  {
    node::TapSession session(*desk.ledger, world.random, caller, &tally);
    REQUIRE(session.begin(top_up(1)).has_write());
    REQUIRE(session.wrote(band.image).has_refused());
  }
  CHECK(counts() == std::array<std::uint64_t, 3>{1, 1, 0});
  {
    node::TapSession session(*desk.ledger, world.random, caller, &tally);
    const auto write = session.begin(top_up(1));
    REQUIRE(write.has_write());
    band.image = write.write();
    REQUIRE(session.wrote(band.image).has_done());
  }
  CHECK(counts() == std::array<std::uint64_t, 3>{2, 1, 0});
  {
    node::TapSession session(*desk.ledger, world.random, caller, &tally);
    REQUIRE(session.begin(top_up(2)).has_write());
  }  // whoever wrote it went away without a word
  CHECK(counts() == std::array<std::uint64_t, 3>{3, 2, 0});
  schemas::OperateRequest gift;  // waits for another's yes: the band is still there
  gift.set_intent(3);
  gift.set_band(band.image);
  gift.mutable_gift()->set_amount_minor(500);
  gift.mutable_gift()->set_reason("thanks");
  node::TapSession asking(*desk.ledger, world.random, caller, &tally);
  REQUIRE(asking.begin(gift).refused().code() == "approval-needed");
  CHECK(counts() == std::array<std::uint64_t, 3>{3, 2, 0});
  world.meet(hub, desk);
  REQUIRE(world.tap(hub, test::block_request(test::purse_of(band)), nullptr).has_done());
  world.meet(hub, desk);
  node::TapSession late(*desk.ledger, world.random, caller, &tally);
  CHECK(late.begin(top_up(4)).refused().code() == "purse-frozen");
  CHECK(counts() == std::array<std::uint64_t, 3>{4, 2, 1});
}

TEST_CASE("A purse never holds more than the festival allows") {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Band band = world.band();
  CHECK(world.top_up(desk, band, 15001).refused().code() == "limit-purse");
  CHECK(world.top_up(desk, band, 15000).has_done());
}

namespace {

std::string again(World& world, Device& device, schemas::OperateRequest request) {
  const auto role = device.identity.certificate.role;
  const auto reply =
      node::TapSession(*device.ledger, world.random, {role, "ana", {role}}).begin(request);
  return reply.has_done() ? "done" : reply.refused().code();
}

}  // namespace

TEST_CASE("A count asked for twice is one count, and another figure is another count") {
  World world;
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  schemas::OperateRequest request;
  request.set_intent(7);
  request.mutable_count()->set_of("opening");
  auto* line = request.mutable_count()->add_line();
  line->set_sku("beer");
  line->set_quantity(12);
  REQUIRE(again(world, till, request) == "done");
  CHECK(again(world, till, request) == "done");
  line->set_quantity(13);
  CHECK(again(world, till, request) == "intent-reused");
  line->set_quantity(12);
  line->set_sku("water");
  CHECK(again(world, till, request) == "intent-reused");
  line->set_sku("beer");
  request.mutable_count()->set_of("closing");
  CHECK(again(world, till, request) == "intent-reused");
}

TEST_CASE("A sheet closed for a till is not closed again for another under the same intent") {
  World world;
  Device& sup = world.add(schemas::SUPERVISOR, "sup");
  Device& left = world.add(schemas::VENDOR, "left", "bar-1");
  Device& right = world.add(schemas::VENDOR, "right", "bar-1");
  for (Device* till : {&left, &right}) {
    REQUIRE(world.sell_cash(*till, "beer").has_done());
    World::meet(sup, *till);
  }
  schemas::OperateRequest request;
  request.set_intent(8);
  request.mutable_close_sheet()->set_device("left");
  REQUIRE(world.approved(sup, request, 1).has_done());
  CHECK(world.approved(sup, request, 1).has_done());
  request.mutable_close_sheet()->set_device("right");
  CHECK(world.approved(sup, request, 1).refused().code() == "intent-reused");
}

TEST_CASE("Cash dropped into one bag is not dropped into another under the same intent") {
  World world;
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  schemas::OperateRequest request;
  request.mutable_shift()->set_action("open");
  request.mutable_shift()->set_amount_minor(5'000);
  REQUIRE(world.approved(till, request).has_done());
  request.set_intent(9);
  request.mutable_shift()->set_action("drop");
  request.mutable_shift()->set_bag("bag-1");
  REQUIRE(world.approved(till, request, 1).has_done());
  CHECK(world.approved(till, request, 1).has_done());
  request.mutable_shift()->set_bag("bag-2");
  CHECK(world.approved(till, request, 1).refused().code() == "intent-reused");
}
