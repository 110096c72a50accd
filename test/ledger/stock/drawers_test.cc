// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/drawers.h"

#include <catch2/catch.hpp>

#include "ledger/core/merkle.h"
#include "test/support/world.h"

using namespace verbena;
using test::Device;
using test::World;

namespace {

schemas::ShiftOpened opened(std::uint64_t float_minor, std::uint64_t value_size = 0) {
  schemas::ShiftOpened out;
  out.set_float_minor(float_minor);
  out.set_value_size(value_size);
  return out;
}

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
  // By no rule, as a device that follows none would.
  void write(Device& device, schemas::Kind kind, const std::string& payload) {
    const auto written =
        device.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
          ledger::Draft draft;
          draft.event.set_kind(kind);
          draft.event.set_payload(payload);
          return std::vector{draft};
        });
    REQUIRE(written.ok());
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
  d.write(d.till, schemas::KIND_SHIFT_OPENED, opened(300).SerializeAsString());
  REQUIRE(d.world.sell_cash(d.till, "beer", 2).has_done());
  std::multiset<std::int64_t> taken;
  for (const auto& drawer : d.all(d.till)) taken.insert(drawer.cash_minor);
  CHECK(taken == std::multiset<std::int64_t>{200, 450, 900});
}

TEST_CASE("A shift goes on when its till starts anew, and is closed there") {
  Drawers d;
  REQUIRE(d.shift(d.till, "open", 1'000).has_done());
  REQUIRE(d.world.sell_cash(d.till, "beer").has_done());
  d.world.restart(d.till);
  REQUIRE(d.world.sell_cash(d.till, "beer", 2).has_done());
  d.world.restart(d.till);
  CHECK(d.shift(d.till, "open", 500).refused().code() == "shift-open");
  REQUIRE(d.shift(d.till, "drop", 300).has_done());
  REQUIRE(d.world.sell_cash(d.till, "water").has_done());
  REQUIRE(d.shift(d.till, "close", 2'250).has_done());
  REQUIRE(d.world.sell_cash(d.till, "beer", 9).has_done());
  World::meet(d.desk, d.till);
  for (Device* device : {&d.till, &d.desk}) {
    const auto drawers = d.all(*device);
    REQUIRE(drawers.size() == 1);
    CHECK(drawers[0].cash_minor == 1'550);
    CHECK(drawers[0].dropped_minor == 300);
    CHECK(drawers[0].over_minor() == 0);
  }
  CHECK(d.shift(d.till, "close", 0).refused().code() == "shift-needed");
  REQUIRE(d.shift(d.till, "open", 100).has_done());
}

TEST_CASE("A desk that starts anew takes what is in its new value log into the same shift") {
  Drawers d;
  auto band = d.world.band();
  REQUIRE(d.world.top_up(d.desk, band, 400).has_done());
  REQUIRE(d.shift(d.desk, "open", 1'000).has_done());
  REQUIRE(d.world.top_up(d.desk, band, 2'000).has_done());
  d.world.restart(d.desk);
  REQUIRE(d.world.top_up(d.desk, band, 3'000).has_done());
  REQUIRE(d.shift(d.desk, "close", 6'000).has_done());
  REQUIRE(d.world.top_up(d.desk, band, 700).has_done());
  const auto drawers = d.all(d.desk);
  REQUIRE(drawers.size() == 1);
  CHECK(drawers[0].cash_minor == 5'000);
  CHECK(drawers[0].over_minor() == 0);
}

TEST_CASE("No till goes on with a shift of another device") {
  Drawers d;
  Device& other = d.world.add(schemas::VENDOR, "other", "bar-1");
  REQUIRE(d.shift(d.till, "open", 1'000).has_done());
  World::meet(d.till, other);
  schemas::Opened taken;
  for (const auto& log : d.till.ledger->logs()) {
    const bool own = log.name.certificate == d.till.identity.certificate.hash;
    if (own && log.name.log_class == ledger::LogClass::trade) {
      taken.set_shift_log(ledger::to_bytes(log.id));
      taken.set_shift_index(log.head.size - 1);
    }
  }
  schemas::Event first, sale;
  first.set_version(1);
  first.set_kind(schemas::KIND_OPENED);
  first.set_payload(taken.SerializeAsString());
  sale.set_version(1);
  sale.set_kind(schemas::KIND_SALE);
  auto* posting = sale.add_posting();
  posting->set_from(schemas::OUTSIDE);
  posting->set_to(schemas::STAND);
  posting->set_amount_minor(900);
  const ledger::LogName name{other.identity.certificate.hash, 77, ledger::LogClass::trade};
  ledger::LogRun run{name, 0, {first.SerializeAsString(), sale.SerializeAsString()}, {}};
  ledger::MerklePeaks peaks;
  for (const auto& event : run.events) peaks.append(ledger::leaf_hash(event));
  run.head = ledger::sign_head(other.identity.key, name.id(), 2, peaks.root(), 1);
  REQUIRE(d.till.ledger->ingest(run).ok());
  REQUIRE(d.shift(d.till, "close", 1'000).has_done());
  CHECK(d.all(d.till).at(0).over_minor() == 0);
}

TEST_CASE("A shift that another replaced takes nothing more, also not from the value log") {
  Drawers d;
  auto band = d.world.band();
  d.write(d.desk, schemas::KIND_SHIFT_OPENED, opened(100).SerializeAsString());
  REQUIRE(d.world.top_up(d.desk, band, 1'000).has_done());
  std::uint64_t size = 0;
  d.desk.ledger->ask([&](auto&, const ledger::DeviceView& view) {
    size = view.log(ledger::LogClass::value).size;
  });
  d.write(d.desk, schemas::KIND_SHIFT_OPENED, opened(200, size).SerializeAsString());
  REQUIRE(d.shift(d.desk, "close", 200).has_done());
  REQUIRE(d.world.top_up(d.desk, band, 2'000).has_done());  // in no shift
  for (const auto& drawer : d.all(d.desk)) {
    CHECK(drawer.cash_minor == (drawer.float_minor == 100 ? 1'000 : 0));
  }
}

TEST_CASE("Cash taken out of a drawer with nobody's yes is a finding and no drop") {
  Drawers d;
  REQUIRE(d.shift(d.till, "open", 1'000).has_done());
  schemas::CashDrop drop;
  drop.set_amount_minor(400);
  d.write(d.till, schemas::KIND_CASH_DROP, drop.SerializeAsString());
  CHECK(d.all(d.till).at(0).dropped_minor == 0);
  d.till.ledger->ask(
      [&](ledger::State& state, const auto&) { CHECK(state.findings().size() == 1); });
}
