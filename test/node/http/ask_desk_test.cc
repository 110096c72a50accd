// SPDX-License-Identifier: Apache-2.0
#include "node/http/ask_desk.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "node/http/till.h"
#include "node/terminal.h"
#include "test/support/counter.h"

using namespace verbena;
using nlohmann::json;
using node::Language;
using node::http::AskDesk;
using replication::Asks;
using test::Counter;

namespace {

// A till that opened a shift and wants to put cash into the bank's bag, and a supervisor's wall.
struct Drop : Counter {
  Drop() {
    world.meet(supervisor, pos);
    REQUIRE(run("shift", {{"intent", "5"}, {"action", "open"}, {"amount_minor", 5000}})["state"] ==
            "confirmed");
  }
  json run(const std::string& intent, const json& body) {
    last = till.run(intent, body.dump(), caller, Language::en);
    return json::parse(last.json);
  }
  json drop() {
    return run("shift",
               {{"intent", "6"}, {"action", "drop"}, {"amount_minor", 1234}, {"bag", "B7"}});
  }
  void carry() {
    for (const auto& out : asks.due()) (void)far.hear(out.frame, 1);
    for (const auto& out : far.due()) (void)asks.hear(out.frame, 1);
  }
  json waiting(bool may = true) { return json::parse(wall.open_json(may)); }

  Asks asks{*pos.ledger, world.clock}, far{*supervisor.ledger, world.clock};
  int woken = 0;
  AskDesk desk{asks, *pos.ledger, [this] { ++woken; }};
  AskDesk wall{far, *supervisor.ledger, [] {}};
  node::http::Till till{*pos.ledger, world.random, reader.get(), &desk};
  ledger::Caller caller{schemas::VENDOR, "v001", {schemas::VENDOR}};
  node::http::Answer last;
};

}  // namespace

TEST_CASE("A drop waits for a supervisor's yes, and the same intent then stands in the log") {
  Drop t;
  const json refused = t.drop()["refused"];
  CHECK(t.last.status == 409);
  CHECK(refused["code"] == "approval-needed");
  const std::string hash = refused["ask"]["hash"];
  CHECK(refused["ask"]["needed"] == 1);
  CHECK(refused["ask"]["sentence"]["en"].get<std::string>().find("12.34") != std::string::npos);
  CHECK(refused["ask"]["sentence"]["es"].get<std::string>().find("saca B7") != std::string::npos);
  CHECK(t.woken == 1);

  t.carry();
  const json waiting = t.waiting();
  REQUIRE(waiting["asks"].size() == 1);
  CHECK(waiting["may_approve"] == true);
  CHECK(waiting["asks"][0]["hash"] == hash);
  CHECK(waiting["asks"][0]["staff"] == "v001");
  CHECK(waiting["asks"][0]["mine"] == false);
  CHECK(json::parse(t.desk.look(hash, 3, Language::en).json) ==
        json{{"needed", 1}, {"yes", 0}, {"refused", false}, {"neighbours", 3}});

  CHECK(t.wall.answer(hash, true, Language::en).status == 200);
  CHECK(t.waiting()["asks"][0]["mine"] == true);
  t.carry();
  CHECK(json::parse(t.desk.look(hash, 3, Language::en).json)["yes"] == 1);
  CHECK(t.drop()["state"] == "confirmed");
  CHECK(t.desk.look(hash, 3, Language::en).status == 404);  // settled
}

TEST_CASE("A no is shown, and a question taken back is gone") {
  Drop t;
  const std::string hash = t.drop()["refused"]["ask"]["hash"];
  t.carry();
  CHECK(t.wall.answer(hash, false, Language::en).status == 200);
  t.carry();
  CHECK(json::parse(t.desk.look(hash, 1, Language::en).json)["refused"] == true);
  CHECK(t.desk.withdraw(hash, Language::en).status == 200);
  CHECK(t.desk.look(hash, 1, Language::en).status == 404);
  CHECK(t.drop()["refused"]["code"] == "approval-needed");
}

TEST_CASE("An address that is no open question is not found") {
  Drop t;
  for (const char* text : {"", "zz", "00", "../../etc"}) {
    CHECK(t.desk.look(text, 1, Language::en).status == 404);
    CHECK(t.wall.answer(text, true, Language::en).status == 404);
  }
}

TEST_CASE("A device whose key approves nothing cannot say yes") {
  Drop t;
  const std::string hash = t.drop()["refused"]["ask"]["hash"];
  const auto answer = t.desk.answer(hash, true, Language::en);
  CHECK(answer.status == 403);
  CHECK(json::parse(answer.json)["refused"]["code"] == "not-an-approver");
}
