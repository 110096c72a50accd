// SPDX-License-Identifier: Apache-2.0
#include "node/staff_band.h"

#include <catch2/catch.hpp>

#include "node/terminal.h"
#include "test/support/counter.h"

using namespace verbena;
using test::Counter;

TEST_CASE("A staff band reads back as it was written, and any flipped byte is found") {
  const node::StaffBand band{0x0123456789abcdef, "v001", {1, 2, 3}};
  const std::string image = node::to_image(band);
  const auto parsed = node::parse_staff_band(image);
  REQUIRE(parsed);
  CHECK(parsed->festival == band.festival);
  CHECK(parsed->alias == band.alias);
  CHECK(parsed->secret == band.secret);
  for (std::size_t i = 0; i < image.size(); ++i) {
    std::string flipped = image;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    CHECK_FALSE(node::parse_staff_band(flipped));
    CHECK_FALSE(node::parse_staff_band(image.substr(0, i)));
  }
}

TEST_CASE("A card reaches other devices, and the newest one is in force everywhere") {
  Counter c;
  REQUIRE(node::issue_staff_band(*c.supervisor.ledger, c.world.random, "v001", "2468"));
  const auto card_at = [](test::Device& device) {
    std::optional<ledger::StaffCard> out;
    device.ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
      if (const auto* card = state.staff_card("v001")) out = *card;
    });
    return out;
  };
  CHECK_FALSE(card_at(c.pos));
  test::World::meet(c.supervisor, c.pos);
  REQUIRE(card_at(c.pos));
  const auto first = *card_at(c.pos);
  const auto lost = node::issue_staff_band(*c.supervisor.ledger, c.world.random, "v001", "1357");
  test::World::meet(c.supervisor, c.pos);
  CHECK(card_at(c.pos)->id != first.id);
  CHECK(card_at(c.pos)->verifier == node::pin_verifier(*lost, "1357"));
  CHECK(test::World::digest(c.pos) == test::World::digest(c.supervisor));
}

TEST_CASE("Only a supervisor's card counts") {
  Counter c;
  REQUIRE(node::issue_staff_band(*c.pos.ledger, c.world.random, "v001", "2468"));
  c.pos.ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
    CHECK(state.staff_card("v001") == nullptr);
  });
}

TEST_CASE("A card that a supervisor wrote above the cut of two others counts no longer") {
  Counter c;
  test::Device& second = c.world.add(schemas::SUPERVISOR, "supervisor-2");
  test::Device& third = c.world.add(schemas::SUPERVISOR, "supervisor-3");
  test::World::meet(second, c.supervisor);
  test::World::meet(third, c.supervisor);
  REQUIRE(node::issue_staff_band(*c.supervisor.ledger, c.world.random, "v001", "2468"));
  test::World::meet(c.supervisor, c.pos);
  const auto has_card = [&] {
    bool out = false;
    c.pos.ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
      out = state.staff_card("v001") != nullptr;
    });
    return out;
  };
  REQUIRE(has_card());
  schemas::OperateRequest revoke;
  revoke.mutable_revoke()->set_alias("supervisor");
  for (auto* other : {&second, &third}) {
    node::TapSession session(*other->ledger, c.world.random, schemas::SUPERVISOR);
    REQUIRE(session.begin(revoke).has_done());
    CHECK(has_card());  // one is not enough
    test::World::meet(*other, c.pos);
  }
  CHECK_FALSE(has_card());
  for (auto* other : {&second, &third, &c.supervisor}) test::World::meet(*other, c.pos);
  CHECK(test::World::digest(c.pos) == test::World::digest(c.supervisor));
}

TEST_CASE("Staff the festival does not know, and PINs that are none, get no band") {
  Counter c;
  auto& office = *c.supervisor.ledger;
  CHECK_FALSE(node::issue_staff_band(office, c.world.random, "nobody", "2468"));
  for (const char* pin : {"", "123", "123456789", "12a4", " 1234"}) {
    CAPTURE(pin);
    CHECK_FALSE(node::issue_staff_band(office, c.world.random, "v001", pin));
  }
}
