// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/settlement.h"

#include <catch2/catch.hpp>

#include "test/support/world.h"

using namespace verbena;
using ledger::Minor;
using test::Device;
using test::World;

namespace {

schemas::Festival with_terms() {
  schemas::Festival out = test::small_festival();
  out.mutable_stand(0)->set_commission_basis_points(1'250);
  out.mutable_stand(0)->set_hold_back_basis_points(500);
  return out;
}

std::vector<ledger::Settlement> of(Device& device) {
  std::vector<ledger::Settlement> out;
  device.ledger->ask([&](ledger::State& state, const auto&) { out = ledger::settlements(state); });
  return out;
}

}  // namespace

TEST_CASE("A stand is paid its turnover less commission, what is held back and what it owes") {
  World world(1, with_terms());
  Device& store = world.add(schemas::STORE, "store");
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  REQUIRE(world.stock(store, "deliver", "beer", 100).has_done());
  REQUIRE(world.stock(store, "dispatch", "beer", 60, "bar-1").has_done());
  World::meet(store, till);
  REQUIRE(world.stock(till, "receive", "beer", 58).has_done());
  schemas::OperateRequest shift;
  shift.mutable_shift()->set_action("open");
  shift.mutable_shift()->set_amount_minor(5'000);
  REQUIRE(world.approved(till, shift).has_done());
  REQUIRE(world.sell_cash(till, "beer", 10).has_done());
  auto band = world.band();
  REQUIRE(world.top_up(desk, band, 3'000).has_done());
  World::meet(desk, till);
  REQUIRE(world.sell(till, band, "beer", 4).has_done());
  const auto wrong = world.sell_cash(till, "beer", 1);
  REQUIRE(world.void_sale(till, ledger::hex(wrong.done().id())).has_done());
  shift.mutable_shift()->set_action("drop");
  shift.mutable_shift()->set_amount_minor(4'000);
  REQUIRE(world.approved(till, shift).has_done());
  shift.mutable_shift()->set_action("close");
  shift.mutable_shift()->set_amount_minor(5'400);
  REQUIRE(world.approved(till, shift).has_done());
  REQUIRE(world.close_sheet(till).has_done());
  REQUIRE(world.count(till, "beer", 42, "ana").has_done());
  CHECK_FALSE(of(till).at(0).final);
  REQUIRE(world.count(till, "beer", 42, "luis").has_done());
  World::meet(store, till);
  World::meet(desk, store);

  const auto all = of(desk);
  REQUIRE(all.size() == 2);
  const auto& bar = all[0];
  CHECK(bar.holder == "bar-1");
  CHECK(bar.final);
  CHECK(bar.cash_minor == 4'950);
  CHECK(bar.purse_minor == 1'800);
  CHECK(bar.voided_minor == 450);
  CHECK(bar.turnover_minor() == 6'300);
  CHECK(bar.commission_minor == 788);  // 787.5
  CHECK(bar.hold_back_minor == 315);
  CHECK(bar.missing_goods_minor == 900);  // 58 - 14 sold, 42 counted
  CHECK(bar.drawer_short_minor == 100);
  CHECK(bar.cash_kept_minor == 500);
  CHECK(bar.payable_minor() == 6'300 - 788 - 315 - 1'000 - 500);
  CHECK(all[1].holder == "store");
  CHECK(all[1].short_delivery_minor == 900);
}

TEST_CASE("Shares are rounded half away from zero, and great amounts do not overflow") {
  CHECK(ledger::share_minor(1, 5'000) == 1);
  CHECK(ledger::share_minor(-1, 5'000) == -1);
  CHECK(ledger::share_minor(1, 4'999) == 0);
  CHECK(ledger::share_minor(INT64_MAX, 10'000) == INT64_MAX);
}

TEST_CASE("Turnover, tips, fees and deposits of all sheets are the ledger's accounts to the cent") {
  World world(3, with_terms());
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  Device& other = world.add(schemas::VENDOR, "other", "bar-2");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  struct Line {
    schemas::AccountClass from, to;
    std::uint64_t amount_minor;
    const char* tender;
  };
  const auto write = [&](Device& device, const std::vector<Line>& lines,
                         schemas::Kind kind = schemas::KIND_SALE) {
    const auto written =
        device.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
          ledger::Draft draft;
          draft.event.set_kind(kind);
          for (const auto& line : lines) {
            auto* posting = draft.event.add_posting();
            posting->set_from(line.from);
            posting->set_to(line.to);
            posting->set_amount_minor(line.amount_minor);
            if (line.from == schemas::OUTSIDE) posting->set_from_id(line.tender);
            if (line.to == schemas::OUTSIDE) posting->set_to_id(line.tender);
          }
          return std::vector{draft};
        });
    REQUIRE(written.ok());
  };
  std::uint64_t seed = 11;
  const auto any = [&] { return 1 + (seed = seed * 6364136223846793005u + 1) % 997; };
  for (int i = 0; i < 40; ++i) {
    Device& at = i % 3 == 0 ? other : till;
    const char* tender = i % 2 == 0 ? "card" : "";
    write(at, {{schemas::OUTSIDE, schemas::STAND, any(), tender},
               {schemas::OUTSIDE, schemas::TIP, any(), tender},
               {schemas::OUTSIDE, schemas::DEPOSIT, any(), ""},
               {schemas::OUTSIDE, schemas::FEE, any(), tender}});
    if (i % 5 == 0) {
      write(at, {{schemas::DEPOSIT, schemas::OUTSIDE, any(), ""}}, schemas::KIND_DEPOSIT_RETURN);
    }
    if (i % 7 == 0) write(at, {{schemas::STAND, schemas::FEE, any(), ""}});
    if (i % 9 == 0) REQUIRE(world.close_sheet(at).has_done());
  }
  auto band = world.band();
  REQUIRE(world.top_up(desk, band, 3'000).has_done());
  World::meet(till, desk);
  CHECK(world.sell(till, band, "beer", 2).refused().code() == "");
  const auto wrong = world.sell_cash(till, "beer", 3);
  REQUIRE(world.void_sale(till, ledger::hex(wrong.done().id())).has_done());
  World::meet(till, other);
  World::meet(till, desk);

  std::map<std::string, Minor> account;
  Minor tips = 0, fees = 0, deposits = 0, charged = 0, cards = 0;
  const auto rows = of(till);
  CHECK(rows.size() > 4);
  for (const auto& row : rows) {
    account[row.holder] += row.account_minor();
    tips += row.tips_minor;
    fees += row.fees_minor;
    deposits += row.deposits_minor;
    charged += row.charged_minor;
    cards += row.other_minor;
    if (const auto card = row.tenders.find("card"); card != row.tenders.end()) {
      CHECK(row.other_minor == card->second.sales_minor);
    }
  }
  CHECK(cards > 0);
  CHECK(charged > 0);
  till.ledger->ask([&](ledger::State& state, const auto&) {
    const auto& accounts = state.accounts();
    for (const char* stand : {"bar-1", "bar-2"}) {
      CHECK(accounts.balance("EUR", std::string("stand/") + stand) == account[stand]);
    }
    CHECK(accounts.balance("EUR", "tip/") == tips);
    CHECK(accounts.balance("EUR", "fee/") == fees + charged);
    CHECK(accounts.balance("EUR", "deposit/") == deposits);
  });
}
