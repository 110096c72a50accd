// SPDX-License-Identifier: Apache-2.0
#include "node/http/till.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "node/terminal.h"
#include "test/support/counter.h"

using namespace verbena;
using nlohmann::json;
using node::Language;
using test::Counter;

namespace {

struct Desk : Counter {
  Desk() {
    test::Band band = world.band();
    test::Device& topup = world.add(schemas::TOP_UP_DESK, "desk");
    world.meet(topup, pos);
    REQUIRE(world.top_up(topup, band, 2000).has_done());
    world.meet(topup, pos);
    put("band-a", band.image);
  }
  json run(const std::string& intent, const json& body, Language language = Language::en) {
    last = till.run(intent, body.dump(), caller, language);
    return json::parse(last.json);
  }
  json sell(const char* tender, int quantity = 1, const char* intent = "7") {
    return run("sell", {{"intent", intent},
                        {"tender", tender},
                        {"lines", {{{"sku", "beer"}, {"quantity", quantity}}}}});
  }
  node::http::Till till{*pos.ledger, world.random, reader.get()};
  ledger::Caller caller{schemas::VENDOR, "v001", {schemas::VENDOR}};
  node::http::Answer last;
};

}  // namespace

TEST_CASE("A cash sale answers with its id and amount, and the same intent with the same") {
  Desk desk;
  const json first = desk.sell("cash", 2);
  CHECK(desk.last.status == 200);
  CHECK(first["amount_minor"] == 900);
  CHECK(first["state"] == "confirmed");
  CHECK(first["id"].get<std::string>().size() == 64);
  CHECK_FALSE(first.contains("purse"));
  CHECK(desk.sell("cash", 2) == first);
  CHECK(desk.sell("cash", 3)["refused"]["code"] == "intent-reused");
}

TEST_CASE("A band in the field pays, and shows its balance before and after") {
  Desk desk;
  REQUIRE(desk.reader->tap("band-a"));
  CHECK(desk.run("balance", json::object())["balance_minor"] == 2000);
  const json sold = desk.sell("purse", 2);
  CHECK(sold["amount_minor"] == 900);
  CHECK(sold["balance_before_minor"] == 2000);
  CHECK(sold["balance_minor"] == 1100);
  CHECK(desk.run("balance", json::object())["balance_minor"] == 1100);
  const json refused = desk.sell("purse", 3, "8");
  CHECK(refused["refused"]["code"] == "insufficient-funds");
  CHECK(desk.last.status == 409);
}

TEST_CASE("A chip that is no band says why at the till, in the seller's language") {
  struct Chip final : node::Tag {
    explicit Chip(ledger::Refusal refusal) : why(refusal) {}
    ledger::Result<std::string> read() override { return ledger::refuse(why, "a reason"); }
    ledger::Result<std::string> write(std::string_view) override { return read(); }
    const ledger::Refusal why;
  };
  struct Reader final : node::TagReader {
    node::Presence presence() override { return {1, node::Field::band}; }
    ledger::Result<std::unique_ptr<node::Tag>> hold() override {
      return std::unique_ptr<node::Tag>(std::make_unique<Chip>(why));
    }
    ledger::Refusal why = ledger::Refusal::none;
  };
  Desk desk;
  Reader reader;
  node::http::Till till{*desk.pos.ledger, desk.world.random, &reader};
  for (const auto why : {ledger::Refusal::chip_unfit, ledger::Refusal::band_unfinished,
                         ledger::Refusal::band_keys_missing, ledger::Refusal::other_festival}) {
    reader.why = why;
    for (const auto language : {Language::en, Language::es}) {
      const auto answer = till.run("balance", "{}", desk.caller, language);
      CHECK(answer.status == 409);
      const json refused = json::parse(answer.json)["refused"];
      CHECK(refused["code"] == ledger::refusal_code(why));
      CHECK(refused["text"] == node::refusal_text(why, language));
      CHECK_FALSE(refused["text"].get<std::string>().empty());
    }
  }
}

TEST_CASE("A total other than the customer was shown is not charged") {
  Desk desk;
  json body = {{"intent", "7"},
               {"tender", "cash"},
               {"lines", {{{"sku", "beer"}, {"quantity", 2}}}},
               {"expected_minor", 899}};
  const auto before = desk.pos.ledger->events();
  CHECK(desk.run("sell", body)["refused"]["code"] == "price-changed");
  CHECK(desk.pos.ledger->events() == before);
  body["expected_minor"] = 900;
  CHECK(desk.run("sell", body)["amount_minor"] == 900);
}

TEST_CASE("After a restart the same intent finishes the sale a cut tap began, once") {
  for (const bool was_written : {false, true}) {
    CAPTURE(was_written);
    Desk desk;
    schemas::OperateRequest request;
    request.set_intent(7);
    request.set_band(desk.image("band-a"));
    request.mutable_sell()->set_tender("purse");
    request.mutable_sell()->add_line()->set_sku("beer");
    request.mutable_sell()->mutable_line(0)->set_quantity(1);
    node::TapSession cut(*desk.pos.ledger, desk.world.random, schemas::VENDOR);
    const auto write = cut.begin(request);
    REQUIRE(write.has_write());
    if (was_written) desk.put("band-a", write.write());
    desk.world.restart(desk.pos);
    node::http::Till till{*desk.pos.ledger, desk.world.random, desk.reader.get()};
    const auto sold_minor = [&] {
      std::int64_t out = 0;
      desk.pos.ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
        out = static_cast<std::int64_t>(state.totals().sales_minor);
      });
      return out;
    };
    CHECK(sold_minor() == 0);
    REQUIRE(desk.reader->tap("band-a"));
    const std::string body =
        R"({"intent":"7","tender":"purse","lines":[{"sku":"beer","quantity":1}]})";
    for (int i = 0; i < 3; ++i) {
      const json done = json::parse(till.run("sell", body, desk.caller, Language::en).json);
      CHECK(done["balance_before_minor"] == 2000);
      CHECK(done["balance_minor"] == 1550);
      CHECK(sold_minor() == 450);
    }
    CHECK(json::parse(till.sales().json)["sales"].size() == 1);
  }
}

TEST_CASE("A repeated intent shows the balance with what was granted, as the first answer did") {
  Desk desk;
  REQUIRE(desk.reader->tap("band-a"));
  const std::string id = desk.sell("purse", 2, "1")["id"];
  desk.run("void", {{"intent", "2"}, {"sale", id}, {"reason", "wrong item"}});
  const json first = desk.sell("purse", 1, "3");
  CHECK(first["balance_minor"] == 1550);
  CHECK(desk.sell("purse", 1, "3") == first);
}

TEST_CASE("A sale that counts is answered again without its band, one that does not asks for it") {
  Desk desk;
  REQUIRE(desk.reader->tap("band-a"));
  const json first = desk.sell("purse", 1, "1");
  REQUIRE(desk.reader->tap({}));
  CHECK(desk.sell("purse", 1, "1") == first);
  const auto staff =
      node::issue_staff_band(*desk.supervisor.ledger, desk.world.random, "v001", "2468");
  desk.put("v001", node::to_image(*staff));
  REQUIRE(desk.reader->tap("v001"));
  CHECK(desk.sell("purse", 1, "1") == first);

  schemas::OperateRequest request;
  request.set_intent(2);
  request.set_band(desk.image("band-a"));
  request.mutable_sell()->set_tender("purse");
  request.mutable_sell()->add_line()->set_sku("beer");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  node::TapSession cut(*desk.pos.ledger, desk.world.random, schemas::VENDOR);
  REQUIRE(cut.begin(request).has_write());
  CHECK(desk.sell("purse", 1, "2")["refused"]["code"] == "tap-again");
  REQUIRE(desk.reader->tap("band-a"));
  CHECK(desk.sell("purse", 1, "2")["state"] == "confirmed");
}

TEST_CASE("A sale whose band went on elsewhere is told to be off, not to be tapped again") {
  Desk desk;
  test::Device& other = desk.world.add(schemas::VENDOR, "other", "bar-2");
  desk.world.meet(desk.pos, other);
  schemas::OperateRequest request;
  request.set_intent(7);
  request.set_band(desk.image("band-a"));
  request.mutable_sell()->set_tender("purse");
  request.mutable_sell()->add_line()->set_sku("beer");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  node::TapSession cut(*desk.pos.ledger, desk.world.random, schemas::VENDOR);
  REQUIRE(cut.begin(request).has_write());  // and the band leaves
  test::Band band{desk.image("band-a")};
  REQUIRE(desk.world.sell(other, band, "water").has_done());
  desk.put("band-a", band.image);
  REQUIRE(desk.reader->tap("band-a"));
  CHECK(desk.sell("purse", 1, "7")["refused"]["code"] == "sale-aborted");
}

TEST_CASE("Without a band, with two, or with a staff band nothing is sold") {
  Desk desk;
  CHECK(desk.sell("purse")["refused"]["code"] == "no-band");
  const auto staff =
      node::issue_staff_band(*desk.supervisor.ledger, desk.world.random, "v001", "2468");
  desk.put("v001", node::to_image(*staff));
  REQUIRE(desk.reader->tap("v001"));
  CHECK(desk.sell("purse")["refused"]["code"] == "not-a-customer-band");
  REQUIRE(node::write_file(desk.directory.path() / "band-b", desk.image("band-a")));
  CHECK(desk.sell("purse")["refused"]["code"] == "several-bands");
  CHECK(json::parse(desk.till.sales().json)["sales"].empty());
}

TEST_CASE("Sales name who was signed in") {
  Desk desk;
  REQUIRE(desk.reader->tap("band-a"));
  desk.sell("purse");
  desk.caller.staff = "l001";
  desk.sell("cash", 1, "8");
  std::vector<std::string> names;
  for (const auto& log : desk.pos.ledger->logs()) {
    if (log.name.certificate != desk.pos.identity.certificate.hash) continue;
    for (std::uint64_t i = 0; i < log.head.size; ++i) {
      schemas::Event event;
      schemas::Context context;
      REQUIRE(ledger::parse_event(*desk.pos.ledger->event_bytes(log.name, i), event));
      if (event.kind() != schemas::KIND_CONTEXT) continue;
      REQUIRE(context.ParseFromString(event.payload()));
      names.push_back(context.staff());
    }
  }
  CHECK(names == std::vector<std::string>{"v001", "l001"});
}

TEST_CASE("The last sales are listed newest first, and a voided one says so") {
  Desk desk;
  REQUIRE(desk.reader->tap("band-a"));
  desk.sell("cash", 1, "1");
  desk.world.clock.now_ms += 1000;
  const std::string id = desk.sell("purse", 2, "2")["id"];
  json sales = json::parse(desk.till.sales().json)["sales"];
  REQUIRE(sales.size() == 2);
  CHECK(sales[0]["id"] == id);
  CHECK(sales[0]["tender"] == "purse");
  CHECK(sales[0]["lines"] == json{{{"sku", "beer"}, {"quantity", 2}}});
  CHECK(sales[0]["voided"] == false);
  const json voided = desk.run("void", {{"intent", "3"}, {"sale", id}, {"reason", "wrong item"}});
  CHECK(voided["amount_minor"] == 900);
  sales = json::parse(desk.till.sales().json)["sales"];
  CHECK(sales[0]["voided"] == true);
  CHECK(sales[1]["voided"] == false);
}

TEST_CASE("The catalogue is what this stand sells, with prices in minor units") {
  Desk desk;
  const json catalogue = json::parse(desk.till.catalogue(Language::en).json);
  REQUIRE(catalogue["items"].size() == 2);
  CHECK(catalogue["items"][0]["sku"] == "beer");
  CHECK(catalogue["items"][0]["price_minor"] == 450);
  CHECK(catalogue["items"][0]["deposit_minor"] == 0);
}

TEST_CASE("A tip is part of the total that the customer was shown") {
  Desk desk;
  REQUIRE(desk.reader->tap("band-a"));
  json body = {{"intent", "7"},
               {"tender", "purse"},
               {"lines", {{{"sku", "beer"}, {"quantity", 1}}}},
               {"expected_minor", 950},
               {"tip_minor", 500}};
  CHECK(desk.run("sell", body)["refused"]["code"] == "tip-check-needed");
  body["tip_confirmed"] = true;
  body["age_checked"] = true;
  CHECK(desk.run("sell", body)["balance_minor"] == 1050);
  body["tip_confirmed"] = "yes";
  body["intent"] = "8";
  CHECK(desk.run("sell", body)["refused"]["code"] == "bad-input");
}

TEST_CASE("A band that lacks something hears how much, and the rest is paid in cash") {
  Desk desk;
  REQUIRE(desk.reader->tap("band-a"));
  const json refused = desk.sell("purse", 5);
  CHECK(refused["refused"]["short_minor"] == 250);
  json body = {{"intent", "8"},
               {"tender", "purse"},
               {"lines", {{{"sku", "beer"}, {"quantity", 5}}}},
               {"expected_minor", 2250},
               {"cash_minor", 250}};
  const json sold = desk.run("sell", body);
  CHECK(sold["amount_minor"] == 2250);
  CHECK(sold["cash_minor"] == 250);
  CHECK(sold["balance_before_minor"] == 2000);
  CHECK(sold["balance_minor"] == 0);
  CHECK(desk.run("sell", body) == sold);
  const json voided =
      desk.run("void", {{"intent", "9"}, {"sale", sold["id"]}, {"reason", "wrong-item"}});
  CHECK(voided["refused"]["code"] == "approval-needed");
}

TEST_CASE("A part is listed as open until a sale names it, and the total is what is left") {
  Desk desk;
  REQUIRE(desk.reader->tap("band-a"));
  json body = {{"intent", "7"},
               {"tender", "purse"},
               {"lines", {{{"sku", "beer"}, {"quantity", 1}}}},
               {"expected_minor", 200},
               {"part_minor", 200}};
  const json part = desk.run("sell", body);
  CHECK(part["amount_minor"] == 200);
  const auto row = [&](std::size_t at) { return json::parse(desk.till.sales().json)["sales"][at]; };
  CHECK(row(0)["open_part"] == true);
  CHECK(row(0)["lines"].empty());
  body = {{"intent", "8"},
          {"tender", "cash"},
          {"lines", {{{"sku", "beer"}, {"quantity", 1}}}},
          {"expected_minor", 450},
          {"parts", {part["id"]}}};
  CHECK(desk.run("sell", body)["refused"]["code"] == "price-changed");
  body["expected_minor"] = 250;
  CHECK(desk.run("sell", body)["amount_minor"] == 250);
  CHECK(row(0)["open_part"] == false);
  CHECK(row(1)["open_part"] == false);
  const json voided =
      desk.run("void", {{"intent", "9"}, {"sale", part["id"]}, {"reason", "changed-mind"}});
  CHECK(voided["refused"]["code"] == "part-used");
}

TEST_CASE("A band without meals is told so, and what is no meal cannot be had for one") {
  Desk desk;
  REQUIRE(desk.reader->tap("band-a"));
  CHECK(desk.sell("meal")["refused"]["code"] == "unknown-item");
  CHECK_FALSE(desk.run("balance", json::object()).contains("meals_left"));
}

TEST_CASE("A revoked till sells nothing once it knows, and says so") {
  Desk desk;
  test::Device& boss = desk.supervisor;
  desk.world.meet(boss, desk.pos);
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias(desk.pos.identity.certificate.alias);
  request.mutable_revoke()->set_reason("stolen");
  REQUIRE(node::TapSession(*boss.ledger, desk.world.random, schemas::SUPERVISOR)
              .begin(request)
              .has_done());
  CHECK(desk.sell("cash")["state"] == "confirmed");
  desk.world.meet(boss, desk.pos);
  CHECK(desk.sell("cash", 1, "8")["refused"]["code"] == "device-revoked");
}

TEST_CASE("Nothing that bears no deposit is taken back and a till gives no gifts") {
  Desk desk;
  CHECK(desk.run("return", {{"intent", "7"},
                            {"tender", "cash"},
                            {"lines", {{{"sku", "beer"}, {"quantity", 1}}}}})["refused"]["code"] ==
        "unknown-item");
  CHECK(desk.run("return", {{"intent", "7"}, {"tender", "gold"}})["refused"]["code"] ==
        "bad-input");
  REQUIRE(desk.reader->tap("band-a"));
  CHECK(desk.run("gift",
                 {{"intent", "9"}, {"amount_minor", 100}, {"reason", "hi"}})["refused"]["code"] ==
        "role-denied");
}

TEST_CASE("Malformed requests are refused by the name of the field, and write nothing") {
  Desk desk;
  const json lines = {{{"sku", "beer"}, {"quantity", 1}}};
  const std::pair<json, const char*> wrong[] = {
      {{{"tender", "cash"}, {"lines", lines}}, "intent"},
      {{{"intent", 7}, {"tender", "cash"}, {"lines", lines}}, "intent"},
      {{{"intent", "0"}, {"tender", "cash"}, {"lines", lines}}, "intent"},
      {{{"intent", "-7"}, {"tender", "cash"}, {"lines", lines}}, "intent"},
      {{{"intent", "18446744073709551616"}, {"tender", "cash"}, {"lines", lines}}, "intent"},
      {{{"intent", "7"}, {"tender", "gold"}, {"lines", lines}}, "tender"},
      {{{"intent", "7"}, {"tender", "cash"}}, "lines"},
      {{{"intent", "7"}, {"tender", "purse"}, {"lines", lines}, {"cash_minor", -1}}, "cash_minor"},
      {{{"intent", "7"}, {"tender", "purse"}, {"lines", lines}, {"part_minor", "1"}}, "part_minor"},
      {{{"intent", "7"}, {"tender", "cash"}, {"lines", lines}, {"parts", "ab"}}, "parts"},
      {{{"intent", "7"}, {"tender", "cash"}, {"lines", lines}, {"parts", {1}}}, "parts"},
      {{{"intent", "7"}, {"tender", "cash"}, {"lines", {1}}}, "sku"},
      {{{"intent", "7"}, {"tender", "cash"}, {"lines", {{{"sku", "beer"}}}}}, "quantity"},
      {{{"intent", "7"}, {"tender", "cash"}, {"lines", {{{"sku", "beer"}, {"quantity", -1}}}}},
       "quantity"},
      {{{"intent", "7"}, {"tender", "cash"}, {"lines", {{{"sku", "beer"}, {"quantity", 1.5}}}}},
       "quantity"}};
  const auto before = desk.pos.ledger->events();
  for (const auto& [body, field] : wrong) {
    CAPTURE(body.dump());
    const json answer = desk.run("sell", body);
    CHECK(desk.last.status == 400);
    CHECK(answer["refused"]["text"].get<std::string>().find(field) != std::string::npos);
  }
  CHECK(desk.till.run("sell", "[1", desk.caller, Language::en).status == 400);
  CHECK(desk.till.run("steal", "{}", desk.caller, Language::en).status == 400);
  CHECK(desk.pos.ledger->events() == before);
}

TEST_CASE("Refusals speak the language asked for") {
  Desk desk;
  const json body = {{"intent", "7"}, {"tender", "cash"}, {"lines", json::array()}};
  CHECK(desk.run("sell", body, Language::es)["refused"]["text"] == "No se ha elegido nada.");
  CHECK(desk.run("sell", body, Language::en)["refused"]["text"] == "Nothing was chosen.");
}

TEST_CASE("Whose role may not sell does not, whatever the device") {
  Desk desk;
  desk.caller = {schemas::VENDOR, "s001", {schemas::SUPERVISOR}};
  CHECK(desk.sell("cash")["refused"]["code"] == "role-denied");
  CHECK(desk.last.status == 403);
}

TEST_CASE("Counts are told person by person, their figures once two persons gave the same") {
  Desk desk;
  const auto count = [&](const char* person, int beer, const char* intent) {
    desk.caller.staff = person;
    const json lines = {{{"sku", "beer"}, {"quantity", beer}}, {{"sku", "water"}, {"quantity", 0}}};
    desk.run("count", {{"intent", intent}, {"of", "closing"}, {"lines", lines}});
    CHECK(desk.last.status == 200);
    desk.world.open_counts(desk.pos);
    return json::parse(desk.till.stock().json);
  };
  CHECK(json::parse(desk.till.stock().json)["closing"].is_null());
  desk.sell("cash", 1, "1");
  desk.run("close-sheet", {{"intent", "2"}});
  CHECK(json::parse(desk.till.stock().json)["waits_for"] == json::array());
  CHECK(json::parse(desk.till.stock().json)["items"][0]["here"] == true);

  json closing = count("v001", 41, "3")["closing"];
  CHECK(closing["persons"] == json{{{"person", "v001"}, {"attempt", 1}, {"opened", 0}}});
  CHECK(closing["agreed"].empty());
  const std::string sealed = desk.till.stock().json;
  CHECK(sealed.find("41") == std::string::npos);

  closing = count("l001", 42, "4")["closing"];
  CHECK(closing["persons"][1] == json{{"person", "v001"}, {"attempt", 1}, {"opened", 1}});
  CHECK(closing["recount"] == json{"beer"});
  CHECK(closing["agreed"] == json{{{"sku", "water"}, {"quantity", 0}}});

  count("v001", 42, "5");
  closing = count("l001", 42, "6")["closing"];
  CHECK(closing["recount"].empty());
  CHECK(closing["agreed"][0] == json{{"sku", "beer"}, {"quantity", 42}});
}

TEST_CASE("A closed drawer answers what it has over, an open one nothing") {
  Desk desk;
  const auto shift = [&](const char* action, int minor, const char* intent) {
    return desk.run("shift", {{"intent", intent}, {"action", action}, {"amount_minor", minor}});
  };
  CHECK_FALSE(shift("open", 5000, "1").contains("over_minor"));
  desk.sell("cash", 2, "2");
  CHECK(desk.till.stock().json.find("5900") == std::string::npos);
  const json closed = shift("close", 5850, "3");
  CHECK(closed["over_minor"] == -50);
  CHECK(shift("close", 5850, "3") == closed);
}

TEST_CASE("A count takes as many lines as the rules do, a sale no more than a basket") {
  Desk desk;
  json lines = json::array();
  for (int i = 0; i < 65; ++i) lines.push_back({{"sku", "beer"}, {"quantity", 1}});
  desk.run("count", {{"intent", "1"}, {"of", "opening"}, {"lines", lines}});
  CHECK(json::parse(desk.last.json)["refused"]["text"] == "\"beer\" is counted twice");
  desk.run("sell", {{"intent", "2"}, {"tender", "cash"}, {"lines", lines}});
  CHECK(json::parse(desk.last.json)["refused"]["text"] == "\"lines\" must be a list of up to 64");
}
