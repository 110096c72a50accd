// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/drawers.h"

#include <catch2/catch.hpp>

#include "test/support/world.h"

using namespace verbena;
using test::Device;
using test::World;

namespace {

struct Drawers {
  World world;
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");

  schemas::OperateReply shift(Device& device, const std::string& action, std::uint64_t amount_minor,
                              std::size_t persons = 1) {
    schemas::OperateRequest request;
    request.mutable_shift()->set_action(action);
    request.mutable_shift()->set_amount_minor(amount_minor);
    request.mutable_shift()->set_bag("bag-7");
    return world.approved(device, request, persons);
  }
  std::vector<ledger::Drawer> all(Device& device) {
    std::vector<ledger::Drawer> out;
    device.ledger->ask([&](ledger::State& state, const auto&) { out = ledger::drawers(state); });
    return out;
  }
};

}  // namespace

TEST_CASE("A drawer should hold its float, the cash taken, less what was voided and dropped") {
  Drawers d;
  REQUIRE(d.world.sell_cash(d.till, "beer").has_done());  // before the shift: somebody else's
  REQUIRE(d.shift(d.till, "open", 10'000).has_done());
  REQUIRE(d.world.sell_cash(d.till, "beer", 4).has_done());
  const auto wrong = d.world.sell_cash(d.till, "water");
  REQUIRE(d.world.void_sale(d.till, ledger::hex(wrong.done().id())).has_done());
  REQUIRE(d.shift(d.till, "drop", 1'000).has_done());
  REQUIRE(d.shift(d.till, "close", 10'700).has_done());
  REQUIRE(d.world.sell_cash(d.till, "beer").has_done());  // after it
  const auto drawers = d.all(d.till);
  REQUIRE(drawers.size() == 1);
  CHECK(drawers[0].cash_minor == 1'800);
  CHECK(drawers[0].dropped_minor == 1'000);
  CHECK(drawers[0].expected_minor() == 10'800);
  CHECK(drawers[0].over_minor() == -100);
}

TEST_CASE("A desk's drawer counts top-ups and payouts, which are in another log") {
  Drawers d;
  auto band = d.world.band();
  REQUIRE(d.world.top_up(d.desk, band, 2'000).has_done());
  REQUIRE(d.shift(d.desk, "open", 5'000).has_done());
  REQUIRE(d.world.top_up(d.desk, band, 3'000).has_done());
  REQUIRE(d.world.refund(d.desk, band).done().amount_minor() == 5'000);
  auto second = d.world.band();
  REQUIRE(d.world.top_up(d.desk, second, 700).has_done());
  REQUIRE(d.shift(d.desk, "close", 3'700).has_done());
  REQUIRE(d.world.top_up(d.desk, second, 900).has_done());
  const auto drawers = d.all(d.desk);
  REQUIRE(drawers.size() == 1);
  CHECK(drawers[0].cash_minor == -1'300);
  CHECK(drawers[0].over_minor() == 0);
}

TEST_CASE("Cash leaves a drawer only with the yes of who takes it, and only in a shift") {
  Drawers d;
  CHECK(d.shift(d.till, "drop", 500).refused().code() == "shift-needed");
  CHECK(d.shift(d.till, "close", 500).refused().code() == "shift-needed");
  REQUIRE(d.shift(d.till, "open", 1'000).has_done());
  CHECK(d.shift(d.till, "open", 1'000).refused().code() == "shift-open");
  CHECK(d.shift(d.till, "drop", 500, 0).refused().code() == "approval-needed");
  CHECK(d.shift(d.till, "drop", 0).refused().code() == "amount-out-of-range");
  REQUIRE(d.shift(d.till, "drop", 500).has_done());
  CHECK(d.all(d.till)[0].dropped_minor == 500);
}

TEST_CASE("Several shifts a day follow each other, one left open ends where the next begins") {
  Drawers d;
  REQUIRE(d.shift(d.till, "open", 100).has_done());
  REQUIRE(d.world.sell_cash(d.till, "beer").has_done());
  REQUIRE(d.shift(d.till, "close", 550).has_done());
  REQUIRE(d.shift(d.till, "open", 200).has_done());
  REQUIRE(d.world.sell_cash(d.till, "water").has_done());
  d.world.restart(d.till);
  REQUIRE(d.shift(d.till, "open", 300).has_done());
  REQUIRE(d.world.sell_cash(d.till, "beer", 2).has_done());
  std::multiset<std::int64_t> taken;
  for (const auto& drawer : d.all(d.till)) taken.insert(drawer.cash_minor);
  CHECK(taken == std::multiset<std::int64_t>{200, 450, 900});
}
