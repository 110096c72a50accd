// SPDX-License-Identifier: Apache-2.0
#include "node/http/reports.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "node/event_json.h"
#include "node/event_texts.h"
#include "node/report_json.h"
#include "node/stock_json.h"
#include "test/support/counter.h"

using namespace verbena;
using nlohmann::json;
using node::Language;
using node::http::Reports;
using test::Counter;

namespace {

// A hub that holds a day of bar-1: 50 beers came, 10 were sold, 37 were counted by two.
struct Day : Counter {
  Day() : hub(world.add(schemas::HUB, "hub")), store(world.add(schemas::STORE, "store")) {
    REQUIRE(world.stock(store, "deliver", "beer", 100).has_done());
    REQUIRE(world.stock(store, "dispatch", "beer", 50, "bar-1").has_done());
    meet();
    REQUIRE(world.stock(pos, "receive", "beer", 50).has_done());
    sale = ledger::hex(std::string_view(world.sell_cash(pos, "beer", 10).done().id()));
    REQUIRE(world.close_sheet(pos).has_done());
    REQUIRE(world.count(pos, "beer", 37, "ana").has_done());
    meet();
  }
  void count_again() {
    REQUIRE(world.count(pos, "beer", 37, "luis").has_done());
    meet();
  }
  void meet() {
    for (auto* device : {&store, &pos, &store, &pos}) world.meet(hub, *device);
  }
  node::http::Answer ask(const std::string& path, const std::string& query = {},
                         Language language = Language::en) {
    return reports.answer(path, query, {schemas::AUDITOR}, language);
  }
  json get(const std::string& path, const std::string& query = {},
           Language language = Language::en) {
    return json::parse(ask(path, query, language).json);
  }
  std::string code(const std::string& path, const std::string& query = {}) {
    return get(path, query)["refused"]["code"];
  }
  json variance() {
    const json report = get("/api/report/shrinkage");
    for (const auto& row : report["findings"]) {
      if (row["kind"] == "variance") return row;
    }
    return {};
  }

  test::Device& hub;
  test::Device& store;
  std::string sale;
  std::set<std::string> linked;
  Reports reports{*hub.ledger, world.clock, [this] { return linked; }};
};

}  // namespace

TEST_CASE("A report at the door is the one of the command") {
  Day day;
  day.count_again();
  CHECK(day.ask("/api/report/sheets").json == node::sheets_json(*day.hub.ledger, true));
  CHECK(day.ask("/api/report/settlement").json == node::settlements_json(*day.hub.ledger, ""));
  const auto now_s = static_cast<std::int64_t>(day.world.clock.now_ms / 1'000);
  for (const auto language : {Language::en, Language::es}) {
    CHECK(day.ask("/api/report/shrinkage", "", language).json ==
          node::shrinkage_json(*day.hub.ledger, now_s, language, {}));
  }
  CHECK(day.variance()["units"] == 3);
  CHECK(day.variance()["amount_minor"] == 1350);
}

TEST_CASE("Whoever does not look over all is shown no report and no event") {
  Day day;
  day.count_again();
  using Roles = std::vector<schemas::Role>;
  const std::string paths[] = {"/api/report/sheets", "/api/report/shrinkage",
                               "/api/report/settlement", "/api/event/" + day.sale,
                               "/api/report/nothing"};
  for (const auto& roles : {Roles{}, Roles{schemas::VENDOR}, Roles{schemas::STORE}}) {
    for (const auto& path : paths) {
      CAPTURE(path, roles.size());
      const auto refused = day.reports.answer(path, "", roles, Language::en);
      CHECK(refused.status == 403);
      CHECK(json::parse(refused.json)["refused"]["code"] == "role-denied");
      CHECK(refused.json.find("bar-1") == std::string::npos);
    }
  }
  CHECK(day.reports.answer(paths[0], "", {schemas::AUDITOR}, Language::en).status == 200);
}

TEST_CASE("Whoever may count is told of a sheet once it is counted and not before") {
  Day day;
  const auto line = [&](const std::vector<schemas::Role>& roles) {
    const auto answer =
        day.reports.answer("/api/report/sheets", "stand=bar-1&sheet=1", roles, Language::en);
    REQUIRE(answer.status == 200);
    return json::parse(answer.json)["sheets"][0]["lines"][0];
  };
  const auto settled = [&] {
    const auto answer =
        day.reports.answer("/api/report/settlement", "", {schemas::SUPERVISOR}, Language::en);
    return json::parse(answer.json)["settlements"].size();
  };
  CHECK(line({schemas::AUDITOR})["expected_end"] == 40);
  for (const auto& roles :
       {std::vector{schemas::SUPERVISOR}, std::vector{schemas::AUDITOR, schemas::SUPERVISOR},
        std::vector{schemas::AUDITOR, schemas::VENDOR}}) {
    CHECK(line(roles)["expected_end"].is_null());
    CHECK(line(roles)["sold"].is_null());
    CHECK(line(roles)["in"].is_null());
  }
  CHECK(settled() == 0);
  day.count_again();
  day.world.clock.now_ms += node::http::report_fresh_ms;
  CHECK(line({schemas::SUPERVISOR})["expected_end"] == 40);
  CHECK(line({schemas::SUPERVISOR})["variance"] == -3);
  CHECK(settled() == 1);
}

TEST_CASE("Whoever may count is told of events that a finding rests on and of no others") {
  Day day;
  day.count_again();
  const std::vector roles{schemas::SUPERVISOR};
  const std::string evidence = day.variance()["evidence"][0];
  CHECK(day.reports.answer("/api/event/" + evidence, "", roles, Language::en).status == 200);
  CHECK(day.reports.answer("/api/event/" + day.sale, "", roles, Language::en).status == 404);
  CHECK(day.reports.answer("/api/event/" + day.sale, "", {schemas::AUDITOR}, Language::en).status ==
        200);
}

TEST_CASE("A settlement says when its sheet began and ended") {
  Day day;
  const json row = day.get("/api/report/settlement")["settlements"][0];
  CHECK(row["from_ms"].get<std::uint64_t>() <= row["until_ms"].get<std::uint64_t>());
  CHECK(row["until_ms"].get<std::uint64_t>() / 86'400'000 == day.world.clock.now_ms / 86'400'000);
}

TEST_CASE("A report is narrowed to a stand and a sheet") {
  Day day;
  day.count_again();
  CHECK(day.get("/api/report/sheets")["sheets"].size() > 1);
  const json one = day.get("/api/report/sheets", "stand=bar-1&sheet=1");
  REQUIRE(one["sheets"].size() == 1);
  CHECK(one["sheets"][0]["holder"] == "bar-1");
  CHECK(one["dispatches"].size() == 1);
  CHECK(day.get("/api/report/sheets", "stand=bar-1&sheet=9")["sheets"].empty());
  CHECK(day.get("/api/report/settlement", "stand=bar-2")["settlements"].empty());
  const json found = day.get("/api/report/shrinkage", "stand=bar-1&sheet=1");
  REQUIRE(found["findings"].size() == 1);
  CHECK(found["loss_minor"] == 1350);
  const json nothing = day.get("/api/report/shrinkage", "stand=bar-1&sheet=2");
  CHECK(nothing["findings"].empty());
  CHECK(nothing["loss_minor"] == 0);
}

TEST_CASE("A report is a table for a spreadsheet where that is asked for") {
  Day day;
  day.count_again();
  const auto sheets = day.ask("/api/report/sheets", "format=csv&stand=bar-1");
  CHECK(sheets.headers.at("Content-Type") == "text/csv; charset=utf-8");
  CHECK(sheets.headers.at("Content-Disposition") == "attachment; filename=\"sheets.csv\"");
  CHECK(sheets.json.starts_with("holder,sheet,state,sku,expected_start"));
  CHECK(sheets.json.find("\r\nbar-1,1,final,beer,0,,50,0,10,0,0,40,37,-3,-1350,0\r\n") !=
        std::string::npos);
  const auto findings = day.ask("/api/report/shrinkage", "format=csv&lang=es");
  CHECK(findings.json.find("faltan 3 unidades") != std::string::npos);
  CHECK(day.ask("/api/report/settlement", "format=csv").json.starts_with("holder,sheet,final"));
}

TEST_CASE("What is asked in a way nobody understands is refused, and the place is named") {
  Day day;
  for (const char* query : {"stand=Bar 1", "stand=", "sheet=0", "sheet=1x", "sheet=99999999999",
                            "format=xml", "lang=fr", "colour=red", "&", "stand"}) {
    CAPTURE(query);
    CHECK(day.ask("/api/report/sheets", query).status == 400);
    CHECK(day.code("/api/report/sheets", query) == "bad-input");
  }
  CHECK(day.ask("/api/report/sheets", std::string(600, 'a')).status == 400);
  CHECK(day.get("/api/report/sheets", "colour=red")["refused"]["text"].get<std::string>().find(
            "colour") != std::string::npos);
  CHECK(day.ask("/api/report/takings").status == 404);
  for (const char* id : {"", "zz", "12", "../wall"}) {
    CAPTURE(id);
    CHECK(day.ask(std::string("/api/event/") + id).status == 400);
  }
  CHECK(day.ask("/api/event/" + std::string(64, '0')).status == 404);
  CHECK(day.code("/api/event/" + std::string(64, '0')) == "unknown-event");
}

TEST_CASE("A report is kept for a moment, and made again when something came since") {
  Day day;
  const std::string before = day.ask("/api/report/sheets").json;
  day.count_again();
  const std::string kept = day.ask("/api/report/sheets").json;
  CHECK((day.world.clock.now_ms += node::http::report_fresh_ms) > 0);
  const std::string after = day.ask("/api/report/sheets").json;
  CHECK(after == node::sheets_json(*day.hub.ledger, true));
  CHECK(after != before);
  CHECK((kept == before || kept == after));
}

TEST_CASE("Without news a report is not made again until a silence could have grown") {
  Day day;
  day.count_again();
  const auto found = [&] { return day.ask("/api/report/shrinkage").json; };
  const std::string first = found();
  day.world.clock.now_ms += node::http::report_ms_max - 1;
  CHECK(found() == first);
  const auto now_s = [&] { return static_cast<std::int64_t>(day.world.clock.now_ms / 1'000); };
  day.world.clock.now_ms += 1;
  CHECK(found() == node::shrinkage_json(*day.hub.ledger, now_s(), Language::en, {}));
}

TEST_CASE("A finding's evidence is told in words and figures") {
  Day day;
  day.count_again();
  const json evidence = day.variance()["evidence"];
  REQUIRE(evidence.size() == 3);  // two counts, and the goods that came last
  std::set<std::string> who;
  for (const auto& id : evidence) {
    const json event = day.get("/api/event/" + id.get<std::string>());
    CHECK(event["id"] == id);
    if (event["kind"] == "receipt") continue;
    CHECK(event["kind"] == "count");
    CHECK(event["device"] == "pos");
    CHECK(event["stand"] == "bar-1");
    CHECK(event["sheet"] == 1);
    CHECK(event["lines"] ==
          json::array({{{"sku", "beer"}, {"quantity", 37}, {"amount_minor", nullptr}}}));
    CHECK(event["at_ms"].get<std::uint64_t>() <= day.world.clock.now_ms);
    who.insert(event["staff"]);
  }
  CHECK(who == std::set<std::string>{"ana", "luis"});
  std::string told;
  for (const auto& id : evidence) {
    told += day.get("/api/event/" + id.get<std::string>(), "", Language::es)["text"];
  }
  CHECK(told.find("37 beer en bar-1, al final de la hoja 1") != std::string::npos);
}

TEST_CASE("A count that is still sealed tells who counted and no figure") {
  Day day;
  std::string id;
  day.hub.ledger->ask([&](ledger::State& state, const auto&) {
    id = ledger::hex(state.custody().sealed().begin()->first.id);
  });
  const json event = day.get("/api/event/" + id);
  CHECK(event["kind"] == "sealed-count");
  CHECK(event["staff"] == "ana");
  CHECK(event["lines"].empty());
  CHECK(event["text"].get<std::string>().find("37") == std::string::npos);
}

TEST_CASE("A sale, its void, a delivery and a drawer are told as what they are") {
  Day day;
  json event = day.get("/api/event/" + day.sale);
  CHECK(event["text"] == "pos sold 10 beer at bar-1 for 45.00 EUR in cash.");
  CHECK(event["kind"] == "cash-sale");
  CHECK(event["amount_minor"] == 4500);
  CHECK(event["counts"] == true);
  CHECK(event["lines"][0]["amount_minor"] == 4500);

  const auto small = day.world.sell_cash(day.pos, "water");
  const auto taken_back =
      day.world.void_sale(day.pos, ledger::hex(std::string_view(small.done().id())));
  REQUIRE(taken_back.has_done());
  schemas::OperateRequest request;
  request.mutable_shift()->set_action("open");
  request.mutable_shift()->set_amount_minor(5000);
  const auto shift = day.world.approved(day.pos, request, 0);
  REQUIRE(shift.has_done());
  day.meet();
  event = day.get("/api/event/" + ledger::hex(std::string_view(taken_back.done().id())));
  CHECK(event["kind"] == "void");
  CHECK(event["amount_minor"] == 200);
  event = day.get("/api/event/" + ledger::hex(std::string_view(shift.done().id())));
  CHECK(event["text"] == "pos opened a drawer at bar-1 with 50.00 EUR in it.");

  std::string delivery;
  day.hub.ledger->ask([&](ledger::State& state, const auto&) {
    for (const auto& goods : state.custody().stock_events()) {
      if (goods.action == schemas::DELIVER) delivery = ledger::hex(goods.id);
    }
  });
  event = day.get("/api/event/" + delivery);
  CHECK(event["kind"] == "delivery");
  CHECK(event["stand"] == "store");
  CHECK(event["lines"][0]["quantity"] == 100);
  CHECK(event["approved_by"].size() >= 1);
  CHECK(event["text"].get<std::string>().find("With the yes of ") != std::string::npos);
}

TEST_CASE("What a person wrote into an event cannot pose as a mark of the sentence") {
  node::ToldEvent event;
  event.kind = node::ToldKind::dispatch;
  event.who = "{where}";
  event.where = "bar-1";
  event.to = "{who}";
  event.reason = "{money}";
  const std::string text = node::event_text(event, "EUR", 2, Language::en);
  CHECK(text == "{where} sent - from bar-1 to {who}. Reason: {money}.");
}
