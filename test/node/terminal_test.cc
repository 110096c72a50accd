// SPDX-License-Identifier: Apache-2.0
#include "node/terminal.h"

#include <catch2/catch.hpp>

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

TEST_CASE("A purse never holds more than the festival allows") {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Band band = world.band();
  CHECK(world.top_up(desk, band, 15001).refused().code() == "limit-purse");
  CHECK(world.top_up(desk, band, 15000).has_done());
}
