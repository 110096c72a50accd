// SPDX-License-Identifier: Apache-2.0
// What a sale brings beside the price of the goods: gifts, tips, ages and deposits.
#include <catch2/catch.hpp>

#include "ledger/stock/settlement.h"
#include "ledger/stock/sheets.h"
#include "test/support/lending_ground.h"

using namespace verbena;
using test::Band;
using test::Device;
using test::draft_of;
using test::event_of;
using test::gift_request;
using test::grant_of;
using test::id_of;
using test::none;
using test::post;
using test::return_request;
using test::sell_request;
using test::World;
using test::write;
using Ground = test::LendingGround;

// ---- gifts -------------------------------------------------------------------------------------

TEST_CASE("A gift needs the yes of one other person") {
  Ground g;
  CHECK(g.tap(g.desk, gift_request(500)).refused().code() == "approval-needed");
  CHECK(g.tap(g.till, gift_request(500)).refused().code() == "role-denied");
  const auto given = g.gift(500);
  REQUIRE(given.has_done());
  CHECK(given.done().balance_minor() == 500);
  CHECK(Ground::account(g.desk, "outside/gift") == -500);
  REQUIRE(g.gift(200).has_done());  // another one for the same band
  CHECK(Ground::purse(g.desk, given).gift_granted == 700);
  CHECK(g.findings(g.desk) == none);
}

TEST_CASE("A gift that nobody else said yes to counts nowhere") {
  Ground g;
  auto lie = draft_of(ledger::LogClass::value, schemas::KIND_GRANT,
                      grant_of(7, schemas::GRANT_GIFT, "mine"));
  post(lie, schemas::OUTSIDE, "gift", schemas::PURSE, "gift", 500);
  write(g.desk, lie);
  CHECK(Ground::account(g.desk, "purse/0000000000000007") == 0);
  CHECK(g.findings(g.desk)["rule-broken"] == 1);
}

TEST_CASE("A gift is spent before other money and is not paid out") {
  Ground g;
  g.world.top_up(g.desk, g.band, 1000);
  REQUIRE(g.gift(500).has_done());
  g.meet();
  const auto sale = g.tap(g.till, sell_request("water", 1, "purse"));
  REQUIRE(sale.has_done());
  CHECK(sale.done().balance_minor() == 1300);
  const auto event = event_of(g.till, sale);
  CHECK(event.step().gift_debited() == 200);
  CHECK(event.posting(0).from_id() == "gift");
  g.meet();
  CHECK(Ground::purse(g.desk, sale).gift_left == 300);
  const auto paid = g.world.refund(g.desk, g.band);
  REQUIRE(paid.has_done());
  CHECK(paid.done().amount_minor() == 1000);
  CHECK(paid.done().balance_minor() == 300);
  CHECK(g.world.refund(g.desk, g.band).refused().code() == "insufficient-funds");
  g.meet();
  CHECK(g.tap(g.far, sell_request("beer", 1, "purse")).refused().code() == "insufficient-funds");
  REQUIRE(g.tap(g.far, sell_request("water", 1, "purse")).has_done());
  CHECK(g.findings(g.desk) == none);
}

TEST_CASE("A gift that is not known at a till stays a gift") {
  Ground g;
  g.world.top_up(g.desk, g.band, 1000);
  g.meet();
  REQUIRE(g.gift(500).has_done());
  const auto sale = g.tap(g.till, sell_request("beer", 2, "purse"));  // 9.00 of its own
  REQUIRE(sale.has_done());
  CHECK(event_of(g.till, sale).step().gift_debited() == 0);
  g.meet();
  CHECK(Ground::purse(g.hub, sale).gift_left == 500);
  CHECK(g.world.refund(g.desk, g.band).done().amount_minor() == 100);
  CHECK(g.findings(g.desk) == none);
}

TEST_CASE("A void gives a gift back as a gift") {
  Ground g;
  g.world.top_up(g.desk, g.band, 1000);
  REQUIRE(g.gift(300).has_done());
  g.meet();
  const auto sale = g.tap(g.till, sell_request("beer", 1, "purse"));
  REQUIRE(g.world.void_sale(g.till, id_of(sale)).done().amount_minor() == 450);
  g.meet();
  const auto now = Ground::purse(g.desk, sale);
  CHECK(now.gift_left == 300);
  CHECK(Ground::account(g.desk, "stand/bar-1") == 0);
  CHECK(g.world.refund(g.desk, g.band).done().amount_minor() == 1000);
  CHECK(g.findings(g.desk) == none);
}

TEST_CASE("A stand cannot void a gift into money") {
  Ground g;
  g.world.top_up(g.desk, g.band, 1000);
  REQUIRE(g.gift(300).has_done());
  g.meet();
  const auto sale = g.tap(g.till, sell_request("beer", 1, "purse"));
  auto lie = draft_of(ledger::LogClass::value, schemas::KIND_GRANT,
                      grant_of(sale.done().purse(), schemas::GRANT_VOID, sale.done().id()));
  lie.binds_rules = true;
  post(lie, schemas::STAND, "", schemas::PURSE, "", 450);
  write(g.till, lie);
  CHECK(Ground::purse(g.till, sale).granted == 300);
  CHECK(Ground::account(g.till, "stand/bar-1") == 450);
}

TEST_CASE("A band whose gift was spent can be topped up with less") {
  Ground g;
  REQUIRE(g.gift(450).has_done());
  g.meet();
  REQUIRE(g.tap(g.till, sell_request("beer", 1, "purse")).has_done());
  g.meet();
  REQUIRE(g.world.top_up(g.desk, g.band, 200).has_done());
  const auto sale = g.tap(g.till, sell_request("water", 1, "purse"));
  REQUIRE(sale.has_done());
  CHECK(sale.done().balance_minor() == 0);
  g.meet();
  CHECK(g.findings(g.hub) == none);
  CHECK(World::digest(g.hub) == World::digest(g.till));
}

TEST_CASE("Paying a gift out breaks a rule and hiding it overdraws the purse") {
  Ground g;
  g.world.top_up(g.desk, g.band, 1000);
  const auto given = g.gift(500);
  const auto head = ledger::decode_slot(ledger::decode_band(g.band.image)->slots[1])->head;
  auto lie = draft_of(ledger::LogClass::trade, schemas::KIND_REFUND_PREPARED);
  auto* step = lie.event.mutable_step();
  step->set_purse(given.done().purse());
  step->set_counter(head.counter + 1);
  step->set_credited(1000);
  step->set_debited(1500);
  step->set_previous(ledger::to_bytes(head.hash));
  SECTION("as a gift") {
    step->set_gift_debited(500);
    post(lie, schemas::PURSE, "gift", schemas::OUTSIDE, "", 1500);
    const auto written = write(g.desk, lie);
    write(g.desk, ledger::confirm_draft(written, schemas::KIND_REFUND_PREPARED));
    CHECK(g.findings(g.desk)["rule-broken"] == 1);
    CHECK(Ground::account(g.desk, "outside/cash") == -1000);
  }
  SECTION("as other money") {
    post(lie, schemas::PURSE, "", schemas::OUTSIDE, "", 1500);
    const auto written = write(g.desk, lie);
    write(g.desk, ledger::confirm_draft(written, schemas::KIND_REFUND_PREPARED));
    CHECK(Ground::account(g.desk, "purse/" + ledger::hex_u64(given.done().purse())) == 0);
    CHECK(g.findings(g.desk)["overdraft"] == 1);
  }
}

// ---- tips --------------------------------------------------------------------------------------

TEST_CASE("A tip goes to its stand beside the turnover until a void takes it back") {
  Ground g;
  auto request = sell_request("water");
  request.mutable_sell()->set_tip_minor(50);
  request.mutable_sell()->set_expected_minor(250);
  const auto sale = g.cash(g.till, request);
  REQUIRE(sale.has_done());
  CHECK(sale.done().amount_minor() == 250);
  CHECK(Ground::account(g.till, "tip/bar-1") == 50);
  CHECK(Ground::account(g.till, "stand/bar-1") == 200);
  CHECK(Ground::account(g.till, "outside/cash") == -250);
  g.till.ledger->ask([](ledger::State& state, const auto&) {
    const auto rows = ledger::settlements(state);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].turnover_minor() == 200);
    CHECK(rows[0].tips_minor == 50);
    CHECK(rows[0].payable_minor() == 0);  // it has both in its drawer
    CHECK(state.totals().sales_minor == 200);
  });
  const auto voided = g.world.void_sale(g.till, id_of(sale));
  CHECK(voided.done().amount_minor() == 250);
  CHECK(Ground::account(g.till, "tip/bar-1") == 0);
  CHECK(Ground::account(g.till, "outside/cash") == 0);
  CHECK(g.findings(g.till) == none);
}

TEST_CASE("A tip from a band is not paid by a gift") {
  Ground g;
  g.world.top_up(g.desk, g.band, 100);
  REQUIRE(g.gift(500).has_done());
  g.meet();
  auto request = sell_request("water", 1, "purse");
  request.mutable_sell()->set_tip_minor(150);
  CHECK(g.tap(g.till, request).refused().code() == "insufficient-funds");
  request.mutable_sell()->set_tip_minor(100);
  const auto sale = g.tap(g.till, request);
  REQUIRE(sale.has_done());
  CHECK(sale.done().balance_minor() == 300);
  CHECK(event_of(g.till, sale).step().gift_debited() == 200);
  g.meet();
  CHECK(g.world.refund(g.desk, g.band).refused().code() == "insufficient-funds");
}

TEST_CASE("A tip above the goods must be meant") {
  Ground g;
  auto request = sell_request("water");
  request.mutable_sell()->set_tip_minor(201);
  CHECK(g.cash(g.till, request).refused().code() == "tip-check-needed");
  request.mutable_sell()->set_tip_confirmed(true);
  CHECK(g.cash(g.till, request).has_done());
}

TEST_CASE("An intent with another tip is another intent") {
  Ground g;
  auto request = sell_request("water");
  request.set_intent(77);
  request.mutable_sell()->set_tip_minor(50);
  const auto first = g.cash(g.till, request);
  CHECK(g.cash(g.till, request).done().amount_minor() == 250);
  CHECK(g.cash(g.till, request).done().id() == first.done().id());
  request.mutable_sell()->set_tip_minor(60);
  CHECK(g.cash(g.till, request).refused().code() == "intent-reused");
}

TEST_CASE("Nobody but the office takes a tip out of the pot") {
  Ground g;
  auto request = sell_request("water");
  request.mutable_sell()->set_tip_minor(50);
  REQUIRE(g.cash(g.till, request).has_done());
  schemas::CashVoid target;
  for (const auto& log : g.till.ledger->logs()) {
    if (log.name.log_class != ledger::LogClass::trade) continue;
    target.set_log(ledger::to_bytes(log.name.id()));
    target.set_index(log.head.size - 1);
  }
  SECTION("in a void of more than was given") {
    auto lie =
        draft_of(ledger::LogClass::trade, schemas::KIND_CASH_VOID, target.SerializeAsString());
    lie.binds_rules = true;
    post(lie, schemas::STAND, "", schemas::OUTSIDE, "", 1);
    post(lie, schemas::TIP, "bar-1", schemas::OUTSIDE, "", 51);
    write(g.till, lie);
    CHECK(Ground::account(g.till, "tip/bar-1") == 50);
  }
  SECTION("without a sale") {
    auto lie = draft_of(ledger::LogClass::trade, schemas::KIND_SALE);
    post(lie, schemas::TIP, "bar-1", schemas::OUTSIDE, "", 50);
    write(g.till, lie);
    CHECK(g.findings(g.till)["rule-broken"] == 1);
    CHECK(Ground::account(g.till, "outside/cash") == -250);
  }
}

// ---- ages --------------------------------------------------------------------------------------

TEST_CASE("What only grown-ups may buy is sold once the seller says they looked") {
  Ground g;
  auto request = sell_request("rum");
  const auto refused = g.cash(g.till, request).refused();
  CHECK(refused.code() == "age-check-needed");
  CHECK(refused.text().find("18") != std::string::npos);
  request.mutable_sell()->set_age_checked(true);
  const auto sale = g.cash(g.till, request);
  REQUIRE(sale.has_done());
  schemas::Sale said;
  REQUIRE(said.ParseFromString(event_of(g.till, sale).payload()));
  CHECK(said.age_checked() == 18);
  request = sell_request("water");
  request.mutable_sell()->set_age_checked(true);
  REQUIRE(said.ParseFromString(event_of(g.till, g.cash(g.till, request)).payload()));
  CHECK(said.age_checked() == 0);  // nobody had to look
  CHECK(g.findings(g.till) == none);
}

TEST_CASE("A sale that skipped the look is told by an audit and stands") {
  Ground g;
  schemas::Sale sale;
  sale.add_item(4);
  sale.add_quantity(1);
  sale.set_age_checked(16);
  auto lie = draft_of(ledger::LogClass::trade, schemas::KIND_SALE, sale.SerializeAsString());
  post(lie, schemas::OUTSIDE, "", schemas::STAND, "", 500);
  SECTION("under the rules it was sold by") {
    lie.binds_rules = true;
    write(g.till, lie);
    CHECK(g.findings(g.till) == std::map<std::string, int>{{"age-unchecked", 1}});
  }
  SECTION("and not where it names none") {
    write(g.till, lie);
    CHECK(g.findings(g.till) == none);
  }
  CHECK(Ground::account(g.till, "stand/bar-1") == 500);
}

// ---- deposits ----------------------------------------------------------------------------------

TEST_CASE("A deposit is taken beside the price and given back anywhere it is known") {
  Ground g;
  const auto sale = g.cash(g.till, sell_request("draught", 2));
  CHECK(sale.done().amount_minor() == 800);
  CHECK(Ground::account(g.till, "stand/bar-1") == 600);
  CHECK(Ground::account(g.till, "deposit/cup") == 200);
  CHECK(g.cash(g.far, return_request(1)).refused().code() == "deposit-unknown");
  g.meet();
  REQUIRE(g.cash(g.far, return_request(2)).done().amount_minor() == 200);
  CHECK(g.cash(g.far, return_request(1)).refused().code() == "deposit-unknown");
  g.meet();
  CHECK(Ground::account(g.hub, "deposit/cup") == 0);
  CHECK(Ground::account(g.hub, "holder/bar-2", "#3") == 2);
  g.hub.ledger->ask([](ledger::State& state, const auto&) {
    CHECK(state.totals().sales_minor == 600);
    for (const auto& row : ledger::settlements(state)) {
      CHECK(row.deposits_minor == (row.holder == "bar-1" ? 200 : -200));
      CHECK(row.turnover_minor() == (row.holder == "bar-1" ? 600 : 0));
    }
    for (const auto& sheet : ledger::sheets(state)) {
      CHECK(sheet.lines.at(3).sold == (sheet.holder == "bar-1" ? 2 : -2));
    }
  });
  CHECK(World::digest(g.hub) == World::digest(g.far));
}

TEST_CASE("A deposit comes back to the band that paid it and to no other") {
  Ground g;
  g.world.top_up(g.desk, g.band, 2000);
  REQUIRE(g.cash(g.till, sell_request("draught", 5)).has_done());
  const auto sale = g.tap(g.till, sell_request("draught", 2, "purse"));
  REQUIRE(sale.has_done());
  CHECK(sale.done().balance_minor() == 1200);
  const auto back = g.tap(g.till, return_request(1, "purse"));
  REQUIRE(back.has_done());
  CHECK(back.done().balance_minor() == 1300);
  CHECK(g.tap(g.till, return_request(2, "purse")).refused().code() == "deposit-unknown");
  REQUIRE(g.tap(g.till, return_request(1, "purse")).has_done());
  CHECK(g.tap(g.till, return_request(1, "purse")).refused().code() == "deposit-unknown");
  g.meet();
  CHECK(g.world.refund(g.desk, g.band).done().amount_minor() == 1400);
  CHECK(Ground::account(g.desk, "deposit/cup") == 500);
  CHECK(g.findings(g.desk) == none);
}

TEST_CASE("A till cannot put value on a band by cups that the band never paid") {
  Ground g;
  g.world.top_up(g.desk, g.band, 2000);
  REQUIRE(g.cash(g.till, sell_request("draught", 5)).has_done());
  const auto sale = g.tap(g.till, sell_request("draught", 1, "purse"));
  const auto purse = sale.done().purse();
  for (const char* id : {"a", "b", "c"}) {
    auto lie = draft_of(ledger::LogClass::trade, schemas::KIND_DEPOSIT_RETURN,
                        grant_of(purse, schemas::GRANT_DEPOSIT, id));
    post(lie, schemas::DEPOSIT, "cup", schemas::PURSE, "", 60);
    write(g.till, lie);
  }
  CHECK(Ground::purse(g.till, sale).granted == 60);  // 1.00 was paid: one fits
  auto lie = draft_of(ledger::LogClass::trade, schemas::KIND_DEPOSIT_RETURN,
                      grant_of(purse, schemas::GRANT_DEPOSIT, "d"));
  post(lie, schemas::STAND, "", schemas::PURSE, "", 40);
  write(g.till, lie);
  auto other = draft_of(ledger::LogClass::value, schemas::KIND_GRANT,
                        grant_of(purse, schemas::GRANT_DEPOSIT, "e"));
  post(other, schemas::DEPOSIT, "cup", schemas::PURSE, "", 40);
  write(g.till, other);
  CHECK(Ground::purse(g.till, sale).granted == 60);
}

TEST_CASE("A void takes the deposit back and then the cup cannot be returned too") {
  Ground g;
  g.world.top_up(g.desk, g.band, 2000);
  const auto sale = g.tap(g.till, sell_request("draught", 1, "purse"));
  REQUIRE(g.world.void_sale(g.till, id_of(sale)).done().amount_minor() == 400);
  CHECK(Ground::account(g.till, "deposit/cup") == 0);
  CHECK(Ground::purse(g.till, sale).deposits_left == 0);
  CHECK(g.tap(g.till, return_request(1, "purse")).refused().code() == "deposit-unknown");
}

TEST_CASE("More cups returned than lent is told by an audit") {
  Ground g;
  REQUIRE(g.cash(g.till, sell_request("draught", 1)).has_done());
  g.meet();
  REQUIRE(g.cash(g.till, return_request(1)).has_done());
  REQUIRE(g.cash(g.far, return_request(1)).has_done());  // neither knows of the other
  g.meet();
  CHECK(Ground::account(g.hub, "deposit/cup") == -100);
  CHECK(g.findings(g.hub)["deposit-overdrawn"] == 1);
}

TEST_CASE("A return is answered once whoever gets the money") {
  Ground g;
  g.world.top_up(g.desk, g.band, 2000);
  REQUIRE(g.tap(g.till, sell_request("draught", 3, "purse")).has_done());
  for (const char* tender : {"cash", "purse"}) {
    auto request = return_request(1, tender);
    request.set_intent(tender[0] == 'c' ? 8 : 9);
    const auto first = g.tap(g.till, request);
    REQUIRE(first.has_done());
    CHECK(g.tap(g.till, request).done().id() == first.done().id());
    request.mutable_give_back()->mutable_line(0)->set_quantity(2);
    CHECK(g.tap(g.till, request).refused().code() == "intent-reused");
  }
  CHECK(Ground::account(g.till, "deposit/cup") == 100);
}
