// SPDX-License-Identifier: Apache-2.0
// Who pays for a sale: a band and cash, several bands, and the festival for meals of its crew.
#include "ledger/stock/settlement.h"
#include "test/support/lending_ground.h"

using namespace verbena;
using test::Band;
using test::Device;
using test::draft_of;
using test::event_of;
using test::gift_request;
using test::grant_of;
using test::id_of;
using test::meals_request;
using test::none;
using test::post;
using test::sell_request;
using test::World;
using test::write;
using Ground = test::LendingGround;

namespace {

schemas::OperateRequest with_cash(const std::string& sku, std::uint64_t minor) {
  auto out = sell_request(sku, 1, "purse");
  out.mutable_sell()->set_cash_minor(minor);
  return out;
}

schemas::OperateRequest part_of(const std::string& sku, std::uint64_t minor) {
  auto out = sell_request(sku, 1, "purse");
  out.mutable_sell()->set_part_minor(minor);
  return out;
}

schemas::OperateRequest rest_of(const std::string& sku, const std::string& tender,
                                const std::vector<schemas::OperateReply>& parts) {
  auto out = sell_request(sku, 1, tender);
  for (const auto& part : parts) out.mutable_sell()->add_part(id_of(part));
  return out;
}

// A sale by a band that no build writes; `change` has the last word.
ledger::CommittedEvent lie_by_band(Ground& g, const std::function<void(ledger::Draft&)>& change) {
  const auto head = ledger::newest_slot(*ledger::decode_band(g.band.image), [](const auto&, auto) {
                      return true;
                    })->slot.head;
  auto lie = draft_of(ledger::LogClass::trade, schemas::KIND_SALE_PREPARED);
  lie.binds_rules = true;
  auto* step = lie.event.mutable_step();
  step->set_purse(head.purse);
  step->set_counter(head.counter + 1);
  step->set_credited(head.credited);
  step->set_debited(head.debited);
  step->set_previous(ledger::to_bytes(head.hash));
  step->set_meals_used(head.entitlements[0]);
  change(lie);
  const auto written = write(g.till, lie);
  write(g.till, ledger::confirm_draft(written, schemas::KIND_SALE_PREPARED));
  return written;
}

}  // namespace

// ---- the rest in cash --------------------------------------------------------------------------

TEST_CASE("A band that lacks a part of the price says how much, and cash pays it") {
  Ground g;
  g.world.top_up(g.desk, g.band, 300);
  const auto refused = g.tap(g.till, sell_request("beer", 1, "purse"));
  CHECK(refused.refused().code() == "insufficient-funds");
  REQUIRE(refused.refused().short_minor() == 150);
  const auto sale = g.tap(g.till, with_cash("beer", 150));
  REQUIRE(sale.has_done());
  CHECK(sale.done().amount_minor() == 450);
  CHECK(sale.done().cash_minor() == 150);
  CHECK(sale.done().balance_minor() == 0);
  CHECK(Ground::account(g.till, "stand/bar-1") == 450);
  CHECK(Ground::account(g.till, "outside/cash") == -150);  // the desk's is not known here
  g.meet();
  CHECK(g.findings(g.hub) == none);
}

TEST_CASE("Cash does not pay a deposit or a tip for a band that cannot") {
  Ground g;
  g.world.top_up(g.desk, g.band, 50);
  CHECK(g.tap(g.till, sell_request("draught", 1, "purse")).refused().short_minor() == 0);
  auto tipped = sell_request("beer", 1, "purse");
  tipped.mutable_sell()->set_tip_minor(60);
  CHECK(g.tap(g.till, tipped).refused().short_minor() == 0);
  g.world.top_up(g.desk, g.band, 60);  // the cup's deposit and ten cents
  CHECK(g.tap(g.till, sell_request("draught", 1, "purse")).refused().short_minor() == 290);
  CHECK(g.tap(g.till, with_cash("draught", 290)).done().balance_minor() == 0);
}

TEST_CASE("A band pays at least something, and cash never more than the goods") {
  Ground g;
  g.world.top_up(g.desk, g.band, 1000);
  for (const std::uint64_t cash : {450ull, 451ull, ~0ull}) {
    CHECK(g.tap(g.till, with_cash("beer", cash)).refused().code() == "amount-out-of-range");
  }
  auto cash_only = sell_request("beer");
  cash_only.mutable_sell()->set_cash_minor(100);
  CHECK(g.cash(g.till, cash_only).refused().code() == "bad-input");
}

TEST_CASE("A void gives the band's part to the band and the cash back in cash") {
  Ground g;
  g.world.top_up(g.desk, g.band, 300);
  const auto sale = g.tap(g.till, with_cash("beer", 150));
  schemas::OperateRequest request;
  request.set_intent(9);
  request.mutable_void_sale()->set_sale(id_of(sale));
  request.mutable_void_sale()->set_reason("wrong-item");
  const auto voided = g.cash(g.till, request);
  REQUIRE(voided.has_done());
  CHECK(voided.done().cash_minor() == 150);
  CHECK(g.cash(g.till, request).done().cash_minor() == 150);  // where the first answer was lost
  CHECK(Ground::account(g.till, "stand/bar-1") == 0);
  CHECK(Ground::account(g.till, "outside/cash") == 0);
  CHECK(Ground::purse(g.till, sale).granted == 300);
  g.meet();
  CHECK(g.findings(g.hub) == none);
}

TEST_CASE("A void takes no more cash out of the drawer than its sale put in") {
  Ground g;
  g.world.top_up(g.desk, g.band, 300);
  const auto sale = g.tap(g.till, with_cash("beer", 150));
  auto lie = draft_of(ledger::LogClass::value, schemas::KIND_GRANT,
                      grant_of(sale.done().purse(), schemas::GRANT_VOID, sale.done().id()));
  lie.binds_rules = true;
  post(lie, schemas::STAND, "", schemas::PURSE, "", 1);
  post(lie, schemas::STAND, "", schemas::OUTSIDE, "", 151);
  write(g.till, lie);
  CHECK(Ground::purse(g.till, sale).granted == 0);
  CHECK(Ground::account(g.till, "stand/bar-1") == 450);
}

TEST_CASE("A grant that is no void takes nothing out of a drawer") {
  Ground g;
  auto lie = draft_of(ledger::LogClass::value, schemas::KIND_GRANT,
                      grant_of(1, schemas::GRANT_PAYMENT, "x"));
  post(lie, schemas::OUTSIDE, "", schemas::PURSE, "", 1);
  post(lie, schemas::STAND, "bar-1", schemas::OUTSIDE, "", 400);
  write(g.desk, lie);
  CHECK(Ground::account(g.desk, "stand/bar-1") == 0);
  CHECK(g.findings(g.desk)["rule-broken"] == 1);
}

TEST_CASE("Gifts still pay before the band's own money when cash pays the rest") {
  Ground g;
  g.world.top_up(g.desk, g.band, 100);
  REQUIRE(g.gift(200).has_done());
  g.meet();
  const auto refused = g.tap(g.till, sell_request("beer", 1, "purse"));
  REQUIRE(refused.refused().short_minor() == 150);
  const auto sale = g.tap(g.till, with_cash("beer", 150));
  CHECK(event_of(g.till, sale).step().gift_debited() == 200);
  CHECK(event_of(g.till, sale).step().debited() == 300);
}

TEST_CASE("An intent with other cash, another part or other parts is another intent") {
  Ground g;
  g.world.top_up(g.desk, g.band, 2000);
  auto request = with_cash("beer", 150);
  request.set_intent(7);
  const auto first = g.tap(g.till, request);
  const auto again = g.tap(g.till, request);
  CHECK(again.done().id() == first.done().id());
  CHECK(again.done().cash_minor() == 150);
  CHECK(g.tap(g.till,
              [&] {
                auto other = with_cash("beer", 151);
                other.set_intent(7);
                return other;
              }())
            .refused()
            .code() == "intent-reused");
  auto part = part_of("beer", 200);
  part.set_intent(8);
  const auto paid = g.tap(g.till, part);
  part.mutable_sell()->set_part_minor(201);
  CHECK(g.tap(g.till, part).refused().code() == "intent-reused");
  auto rest = rest_of("beer", "cash", {paid});
  rest.set_intent(9);
  REQUIRE(g.cash(g.till, rest).has_done());
  CHECK(g.cash(g.till, rest).done().repeated_intent());
  rest.mutable_sell()->clear_part();
  CHECK(g.cash(g.till, rest).refused().code() == "intent-reused");
}

// ---- several bands -----------------------------------------------------------------------------

TEST_CASE("Two bands pay one sale: the goods leave with the second") {
  Ground g;
  Band other = g.world.band();
  g.world.top_up(g.desk, g.band, 200);
  g.world.top_up(g.desk, other, 500);
  const auto part = g.tap(g.till, part_of("draught", 200));
  REQUIRE(part.has_done());
  CHECK(part.done().amount_minor() == 200);
  CHECK(Ground::account(g.till, "sold/bar-1", "#1") == 0);
  g.meet();
  CHECK(g.findings(g.hub) == std::map<std::string, int>{{"part-open", 1}});
  const auto sale = g.world.tap(g.till, rest_of("draught", "purse", {part}), &other);
  REQUIRE(sale.has_done());
  CHECK(sale.done().amount_minor() == 200);  // what was left of 3.00, and the cup
  CHECK(sale.done().balance_minor() == 300);
  CHECK(Ground::account(g.till, "sold/bar-1", "#1") == 1);
  CHECK(Ground::account(g.till, "stand/bar-1") == 300);
  CHECK(Ground::account(g.till, "deposit/cup") == 100);
  g.meet();
  CHECK(g.findings(g.hub) == none);
  CHECK(World::digest(g.hub) == World::digest(g.till));
}

TEST_CASE("A part pays for one sale, at its own stand, and less than its price") {
  Ground g;
  g.world.top_up(g.desk, g.band, 2000);
  const auto part = g.tap(g.till, part_of("beer", 200));
  CHECK(g.tap(g.till, part_of("beer", 450)).refused().code() == "amount-out-of-range");
  CHECK(g.cash(g.till, rest_of("water", "cash", {part})).refused().code() == "amount-out-of-range");
  CHECK(g.cash(g.till, rest_of("beer", "cash", {part, part})).refused().code() == "part-used");
  g.meet();
  CHECK(g.cash(g.far, rest_of("beer", "cash", {part})).refused().code() == "unknown-sale");
  const auto sale = g.cash(g.till, rest_of("beer", "cash", {part}));
  REQUIRE(sale.has_done());
  CHECK(g.cash(g.till, rest_of("beer", "cash", {part})).refused().code() == "part-used");
  CHECK(g.cash(g.till, rest_of("beer", "cash", {sale})).refused().code() == "unknown-sale");
}

TEST_CASE("A part that paid for a sale is given back after that sale is voided, and not before") {
  Ground g;
  g.world.top_up(g.desk, g.band, 200);
  const auto part = g.tap(g.till, part_of("beer", 200));
  const auto sale = g.cash(g.till, rest_of("beer", "cash", {part}));
  CHECK(g.world.void_sale(g.till, id_of(part)).refused().code() == "part-used");
  REQUIRE(g.world.void_sale(g.till, id_of(sale)).has_done());
  g.meet();
  CHECK(g.findings(g.hub) == std::map<std::string, int>{{"part-open", 1}});
  REQUIRE(g.world.void_sale(g.till, id_of(part)).has_done());
  CHECK(g.cash(g.till, rest_of("beer", "cash", {part})).refused().code() == "already-voided");
  CHECK(Ground::account(g.till, "stand/bar-1") == 0);
  g.meet();
  CHECK(g.findings(g.hub) == none);
}

TEST_CASE("A part after its void may pay for another sale no more, a sale voided frees its part") {
  Ground g;
  g.world.top_up(g.desk, g.band, 200);
  const auto part = g.tap(g.till, part_of("beer", 200));
  const auto wrong = g.cash(g.till, rest_of("rum", "cash", {part}));
  CHECK(wrong.refused().code() == "age-check-needed");
  const auto first = g.cash(g.till, rest_of("menu", "cash", {part}));
  REQUIRE(g.world.void_sale(g.till, id_of(first)).has_done());
  const auto second = g.cash(g.till, rest_of("beer", "cash", {part}));
  REQUIRE(second.has_done());
  CHECK(second.done().amount_minor() == 250);
  g.meet();
  CHECK(g.findings(g.hub) == none);
}

TEST_CASE("A part is nothing else beside, and a cash till has none") {
  Ground g;
  g.world.top_up(g.desk, g.band, 2000);
  auto request = part_of("beer", 100);
  SECTION("with a tip") {
    request.mutable_sell()->set_tip_minor(10);
  }
  SECTION("with cash") {
    request.mutable_sell()->set_cash_minor(10);
  }
  SECTION("as a meal") {
    request.mutable_sell()->set_tender("meal");
  }
  SECTION("in cash") {
    request.mutable_sell()->set_tender("cash");
  }
  SECTION("by a tender nobody knows") {
    request.mutable_sell()->set_tender("card");
  }
  CHECK(g.tap(g.till, request).refused().code() == "bad-input");
}

// ---- prices ------------------------------------------------------------------------------------

TEST_CASE("A sale whose payments are not the price of its goods is told by an audit and stands") {
  Ground g;
  std::uint64_t paid = 0;
  int told = 1;
  SECTION("too little") {
    paid = 449;
  }
  SECTION("too much") {
    paid = 451;
  }
  SECTION("the price") {
    paid = 450;
    told = 0;
  }
  schemas::Sale sale;
  sale.add_item(1);
  sale.add_quantity(1);
  auto lie = draft_of(ledger::LogClass::trade, schemas::KIND_SALE, sale.SerializeAsString());
  lie.binds_rules = true;
  post(lie, schemas::OUTSIDE, "", schemas::STAND, "", paid);
  write(g.till, lie);
  CHECK(g.findings(g.till)["price-differs"] == told);
  CHECK(Ground::account(g.till, "stand/bar-1") == static_cast<std::int64_t>(paid));
}

TEST_CASE("Two tills that use one part apart make up one price, and the audit tells of the other") {
  Ground g;
  Device& second = g.world.add(schemas::VENDOR, "till-b", "bar-1");
  g.world.top_up(g.desk, g.band, 200);
  const auto part = g.tap(g.till, part_of("beer", 200));
  g.meet();
  World::meet(g.hub, second);
  World::meet(g.hub, second);
  REQUIRE(g.cash(g.till, rest_of("beer", "cash", {part})).has_done());
  REQUIRE(g.cash(second, rest_of("beer", "cash", {part})).has_done());
  World::meet(g.hub, second);
  g.meet();
  CHECK(g.findings(g.hub) == std::map<std::string, int>{{"price-differs", 1}});
  World::meet(g.hub, second);
  CHECK(g.findings(second) == g.findings(g.hub));
}

// ---- meals of the crew -------------------------------------------------------------------------

TEST_CASE("A crew meal takes nothing off the band, and the festival pays the stand") {
  Ground g;
  REQUIRE(g.world.approved(g.desk, meals_request(2), 1, &g.band).done().meals_left() == 2);
  g.meet();
  const auto meal = g.tap(g.till, sell_request("menu", 1, "meal"));
  REQUIRE(meal.has_done());
  CHECK(meal.done().amount_minor() == 700);
  CHECK(meal.done().crew_minor() == 700);
  CHECK(meal.done().balance_minor() == 0);
  CHECK(meal.done().meals_left() == 1);
  CHECK(Ground::account(g.till, "stand/bar-1") == 700);
  CHECK(Ground::account(g.till, "outside/crew") == -700);
  CHECK(Ground::account(g.till, "sold/bar-1", "#6") == 1);
  // The band itself says that one is gone, where nothing of it was heard.
  CHECK(g.tap(g.far, sell_request("menu", 2, "meal")).refused().code() == "meals-used-up");
  REQUIRE(g.tap(g.far, sell_request("menu", 1, "meal")).done().meals_left() == 0);
  CHECK(g.tap(g.till, sell_request("menu", 1, "meal")).refused().code() == "meals-used-up");
  g.meet();
  CHECK(g.findings(g.hub) == none);
  CHECK(World::digest(g.hub) == World::digest(g.far));
}

TEST_CASE("Crew meals need the yes of one other person, and at most 255 go on a band") {
  Ground g;
  CHECK(g.tap(g.desk, meals_request(2)).refused().code() == "approval-needed");
  CHECK(g.world.approved(g.desk, meals_request(256), 1, &g.band).refused().code() ==
        "amount-out-of-range");
  REQUIRE(g.world.approved(g.desk, meals_request(200), 1, &g.band).has_done());
  CHECK(g.world.approved(g.desk, meals_request(56), 1, &g.band).refused().code() ==
        "amount-out-of-range");
  REQUIRE(g.world.approved(g.desk, meals_request(55), 1, &g.band).done().meals_left() == 255);
}

TEST_CASE("Only what is a meal is had for one, and a cup's deposit is the band's to pay") {
  Ground g;
  REQUIRE(g.world.approved(g.desk, meals_request(3), 1, &g.band).has_done());
  g.meet();
  CHECK(g.tap(g.till, sell_request("beer", 1, "meal")).refused().code() == "unknown-item");
  CHECK(g.tap(g.till, sell_request("soup", 1, "meal")).refused().code() == "insufficient-funds");
  g.world.top_up(g.desk, g.band, 100);
  const auto soup = g.tap(g.till, sell_request("soup", 1, "meal"));
  REQUIRE(soup.has_done());
  CHECK(soup.done().balance_minor() == 0);
  CHECK(soup.done().crew_minor() == 250);
  CHECK(Ground::account(g.till, "deposit/cup") == 100);
}

TEST_CASE("A void gives the meal back and the festival its money") {
  Ground g;
  REQUIRE(g.world.approved(g.desk, meals_request(1), 1, &g.band).has_done());
  g.meet();
  const auto meal = g.tap(g.till, sell_request("menu", 1, "meal"));
  REQUIRE(g.world.void_sale(g.till, id_of(meal)).has_done());
  CHECK(Ground::account(g.till, "outside/crew") == 0);
  CHECK(Ground::account(g.till, "stand/bar-1") == 0);
  CHECK(g.tap(g.till, sell_request("menu", 1, "meal")).done().meals_left() == 0);
  g.meet();
  CHECK(g.findings(g.hub) == none);
}

TEST_CASE("No till makes the festival pay for what no band's meal paid") {
  Ground g;
  REQUIRE(g.world.approved(g.desk, meals_request(1), 1, &g.band).has_done());
  g.meet();
  SECTION("without a band") {
    auto lie = draft_of(ledger::LogClass::trade, schemas::KIND_SALE);
    post(lie, schemas::OUTSIDE, "crew", schemas::STAND, "", 700);
    write(g.till, lie);
  }
  SECTION("without a meal") {
    lie_by_band(g, [](auto& lie) { post(lie, schemas::OUTSIDE, "crew", schemas::STAND, "", 700); });
  }
  SECTION("with a meal that the step does not count") {
    lie_by_band(g, [](auto& lie) {
      schemas::Sale sale;
      sale.set_meals(1);
      lie.event.set_payload(sale.SerializeAsString());
      post(lie, schemas::OUTSIDE, "crew", schemas::STAND, "", 700);
    });
  }
  CHECK(g.findings(g.till)["rule-broken"] == 1);
  CHECK(Ground::account(g.till, "stand/bar-1") == 0);
}

TEST_CASE("A meal at another price than the menu's, and more meals than were given, are told") {
  Ground g;
  REQUIRE(g.world.approved(g.desk, meals_request(1), 1, &g.band).has_done());
  g.meet();
  const auto meal = [&](std::uint32_t units, std::uint32_t meals, std::uint64_t paid) {
    lie_by_band(g, [&](auto& lie) {
      schemas::Sale sale;
      sale.add_item(6);
      sale.add_quantity(units);
      sale.set_meals(meals);
      lie.event.set_payload(sale.SerializeAsString());
      lie.event.mutable_step()->set_meals_used(meals);
      post(lie, schemas::OUTSIDE, "crew", schemas::STAND, "", paid);
    });
  };
  SECTION("its price") {
    meal(1, 1, 700);
    CHECK(g.findings(g.till) == none);
  }
  SECTION("too dear") {
    meal(1, 1, 900);
    CHECK(g.findings(g.till) == std::map<std::string, int>{{"price-differs", 1}});
  }
  SECTION("two for one") {
    meal(2, 1, 1400);
    CHECK(g.findings(g.till) == std::map<std::string, int>{{"price-differs", 1}});
  }
  SECTION("more than were given") {
    meal(2, 2, 1400);
    CHECK(g.findings(g.till) == std::map<std::string, int>{{"overdraft", 1}});
  }
}

TEST_CASE("Meals add up whatever a till writes into its steps") {
  Ground g;
  REQUIRE(g.world.approved(g.desk, meals_request(2), 1, &g.band).has_done());
  g.meet();
  ledger::CommittedEvent last;
  for (std::uint32_t step = 1; step <= 3; ++step) {  // each says that one meal was used so far
    last = lie_by_band(g, [&](auto& lie) {
      schemas::Sale sale;
      sale.add_item(6);
      sale.add_quantity(1);
      sale.set_meals(1);
      lie.event.set_payload(sale.SerializeAsString());
      lie.event.mutable_step()->set_meals_used(1);
      lie.event.mutable_step()->set_counter(step);
      if (step > 1) {
        const auto previous = ledger::purse_prefix(last.id);
        lie.event.mutable_step()->set_previous(ledger::to_bytes(previous));
      }
      post(lie, schemas::OUTSIDE, "crew", schemas::STAND, "", 700);
    });
  }
  g.meet();
  CHECK(g.findings(g.hub) == std::map<std::string, int>{{"overdraft", 1}});
}

TEST_CASE("A void pays out in cash only what came in cash") {
  Ground g;
  g.world.top_up(g.desk, g.band, 100);
  const auto head = ledger::newest_slot(*ledger::decode_band(g.band.image), [](const auto&, auto) {
                      return true;
                    })->slot.head;
  const auto sale = lie_by_band(g, [&](auto& lie) {
    lie.event.mutable_step()->set_debited(100);
    post(lie, schemas::PURSE, "", schemas::STAND, "", 100);
    post(lie, schemas::OUTSIDE, "card", schemas::STAND, "", 500);
  });
  auto lie = draft_of(ledger::LogClass::value, schemas::KIND_GRANT,
                      grant_of(head.purse, schemas::GRANT_VOID, ledger::to_bytes(sale.id)));
  lie.binds_rules = true;
  post(lie, schemas::STAND, "", schemas::PURSE, "", 100);
  post(lie, schemas::STAND, "", schemas::OUTSIDE, "", 500);
  write(g.till, lie);
  CHECK(Ground::account(g.till, "stand/bar-1") == 600);
}

TEST_CASE("A void pays no meal out in cash, and gives no more meals back than were used") {
  Ground g;
  REQUIRE(g.world.approved(g.desk, meals_request(1), 1, &g.band).has_done());
  g.meet();
  const auto meal = g.tap(g.till, sell_request("menu", 1, "meal"));
  schemas::Grant grant;
  grant.set_purse(meal.done().purse());
  grant.set_source(schemas::GRANT_VOID);
  grant.set_source_id(meal.done().id());
  grant.set_meals(1);
  const char* to = "crew";
  std::uint64_t money = 700;
  SECTION("to the drawer") {
    to = "";
  }
  SECTION("without all that the festival paid") {
    money = 699;
  }
  SECTION("two meals") {
    grant.set_meals(2);
  }
  auto lie = draft_of(ledger::LogClass::value, schemas::KIND_GRANT, grant.SerializeAsString());
  lie.binds_rules = true;
  post(lie, schemas::STAND, "", schemas::OUTSIDE, to, money);
  write(g.till, lie);
  CHECK(Ground::account(g.till, "stand/bar-1") == 700);
  CHECK(Ground::purse(g.till, meal).meals_granted == 1);
}
