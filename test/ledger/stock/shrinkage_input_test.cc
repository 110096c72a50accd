// SPDX-License-Identifier: Apache-2.0
#include "ledger/shrinkage_input.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "ledger/stock/shrinkage.h"
#include "test/support/world.h"

using namespace verbena;
using test::Device;
using test::World;

namespace {

ledger::ShrinkageInput input_of(Device& device, const World& world) {
  const auto held = device.ledger->logs();
  ledger::ShrinkageInput out;
  device.ledger->ask([&](ledger::State& state, const auto&) {
    out =
        ledger::shrinkage_input(state, held, static_cast<std::int64_t>(world.clock.now_ms / 1'000));
  });
  return out;
}

const ledger::SheetFigures& sheet_of(const ledger::ShrinkageInput& input,
                                     const std::string& holder) {
  return *std::find_if(input.sheets.begin(), input.sheets.end(),
                       [&](const auto& sheet) { return sheet.holder == holder; });
}

}  // namespace

TEST_CASE("What moved an item but sales is the evidence of its variance") {
  World world;
  Device& store = world.add(schemas::STORE, "store");
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  REQUIRE(world.stock(store, "deliver", "beer", 50).has_done());
  REQUIRE(world.stock(store, "dispatch", "beer", 50, "bar-1").has_done());
  World::meet(store, till);
  const auto came = world.stock(till, "receive", "beer", 50);
  const auto broken = world.stock(till, "waste", "beer", 2);
  REQUIRE(world.sell_cash(till, "beer", 10).has_done());
  REQUIRE(world.close_sheet(till).has_done());
  REQUIRE(world.count(till, "beer", 20, "ana").has_done());
  REQUIRE(world.count(till, "beer", 20, "luis").has_done());
  const auto input = input_of(till, world);
  auto evidence = sheet_of(input, "bar-1").items.at(0).evidence;
  for (const auto& moved : {came, broken}) {
    const auto id = ledger::fixed<32>(moved.done().id());
    CHECK(std::count(evidence.begin(), evidence.end(), *id) == 1);
  }
  CHECK(evidence.size() == 2);
  const auto report = ledger::find_shrinkage(input);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].units == 18);
  CHECK(report.findings[0].evidence.size() == 4);  // two hand-overs, two counts
  CHECK(report.findings[0].until_s == static_cast<std::int64_t>(world.clock.now_ms / 1'000) - 3);
}

TEST_CASE("What a stand pays out of purses is counted on its sheet") {
  World world;
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& payer = world.add(schemas::REFUND_OFFICER, "payer", "bar-1");
  auto band = world.band();
  REQUIRE(world.top_up(desk, band, 2'000).has_done());
  World::meet(desk, payer);
  REQUIRE(world.refund(payer, band).has_done());
  REQUIRE(world.sell_cash(till, "beer").has_done());
  World::meet(till, payer);
  const auto input = input_of(till, world);
  CHECK(sheet_of(input, "bar-1").refunds.count == 1);
  CHECK(sheet_of(input, "bar-1").refunds.minor == 2'000);
}
