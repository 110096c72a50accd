// SPDX-License-Identifier: Apache-2.0
#include "node/value_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "node/http/reports.h"
#include "test/support/lending_ground.h"
#include "test/support/replacement.h"
#include "test/support/vouchers.h"

using namespace verbena;
using nlohmann::json;
using node::Language;
using test::Band;
using test::Device;
using test::World;

namespace {

// A hub, a desk, a supervisor, two tills that meet when they are told to, and its reports.
struct Ground : test::LendingGround {
  Device& sup = world.add(schemas::SUPERVISOR, "sup");
  std::set<std::string> linked;
  node::http::Reports reports{*hub.ledger, world.clock, [this] { return linked; }};

  Ground() { meet_all(); }
  void meet_all() {
    for (int round = 0; round < 2; ++round) {
      for (auto* device : {&desk, &till, &far, &sup}) World::meet(hub, *device);
    }
  }
  std::vector<std::string> issue(std::uint64_t amount_minor, std::uint32_t count) {
    const auto reply =
        world.tap(desk, test::issue_request(amount_minor, count, ++intent_), nullptr);
    REQUIRE(reply.done().voucher_size() == static_cast<int>(count));
    return {reply.done().voucher().begin(), reply.done().voucher().end()};
  }
  schemas::OperateReply pay(Device& at, const std::string& code) {
    auto request = test::pay_request("beer", {code});
    request.mutable_sell()->set_rest_forfeited(true);
    return world.tap(at, request, nullptr);
  }
  json vouchers() { return json::parse(node::vouchers_json(*hub.ledger)); }
  json bands() { return json::parse(node::bands_json(*hub.ledger)); }

 private:
  std::uint64_t intent_ = 500;
};

}  // namespace

TEST_CASE(
    "Vouchers are told by issuer: issued is what was spent and what is open, less what was "
    "spent beyond") {
  Ground g;
  const auto codes = g.issue(500, 4);
  REQUIRE(g.pay(g.till, codes[0]).has_done());  // 4.50, and 0.50 forfeited
  REQUIRE(g.pay(g.till, codes[1]).has_done());
  REQUIRE(g.pay(g.far, codes[1]).has_done());  // a copy, at a till that cannot know
  const auto taken_back = g.pay(g.till, codes[2]);
  REQUIRE(g.world.void_sale(g.till, test::id_of(taken_back)).has_done());
  g.meet_all();
  const json report = g.vouchers();
  REQUIRE(report["issuers"].size() == 1);
  for (const auto& row : {report, report["issuers"][0]}) {
    CHECK(row["vouchers"] == 4);
    CHECK(row["issued_minor"] == 2000);
    CHECK(row["spent"] == 2);
    CHECK(row["spent_minor"] == 1500);
    CHECK(row["open"] == 2);
    CHECK(row["open_minor"] == 1000);
    CHECK(row["overdrawn"] == 1);
    CHECK(row["overdrawn_minor"] == 500);
  }
  CHECK(report["issuers"][0]["issuer"] == "desk");
  CHECK(report["forfeited_minor"] == 150);
  REQUIRE(report["overdrawn_vouchers"].size() == 1);
  const json over = report["overdrawn_vouchers"][0];
  CHECK(over["voucher"] == ledger::voucher_id(ledger::decode_code(codes[1])->body()));
  CHECK(over["overdrawn_minor"] == 500);
  CHECK(over["sales"].size() == 2);
}

TEST_CASE("A voucher that nobody is known to have issued has no issuer and hides no open amount") {
  Ground g;
  const auto open = g.issue(700, 1);
  g.meet_all();
  const auto unknown = g.issue(450, 1);  // its issue stays at the desk
  REQUIRE(g.pay(g.till, unknown[0]).has_done());
  World::meet(g.hub, g.till);
  const json report = g.vouchers();
  CHECK(report["open_minor"] == 700);
  CHECK(report["overdrawn_minor"] == 450);
  REQUIRE(report["issuers"].size() == 2);
  CHECK(report["issuers"][0]["issuer"].is_null());
  CHECK(report["overdrawn_vouchers"][0]["issuer"].is_null());
  g.meet_all();
  CHECK(g.vouchers()["overdrawn_minor"] == 0);
  CHECK(g.vouchers()["issuers"].size() == 1);
}

TEST_CASE(
    "Blocked and replaced bands are told with what is still to follow and who is waited for") {
  Ground g;
  REQUIRE(g.world.top_up(g.desk, g.band, 8'000).has_done());
  REQUIRE(g.world.sell(g.till, g.band, "water").has_done());
  g.meet_all();
  Band fresh = g.world.band(), other = g.world.band();
  const auto lost = test::purse_of(g.band);
  REQUIRE(g.world.approved(g.sup, test::replace_request(lost), 1, &fresh).has_done());
  REQUIRE(g.world.tap(g.sup, test::block_request(test::purse_of(other)), nullptr).has_done());
  CHECK(g.bands()["bands"].empty());
  g.meet_all();
  const json report = g.bands();
  CHECK(report["replaced"] == 1);
  CHECK(report["blocked"] == 1);
  REQUIRE(report["bands"].size() == 2);
  const json first = report["bands"][0];  // money is left on it
  CHECK(first["purse"] == ledger::hex_u64(lost));
  CHECK(first["blocked"] == true);
  CHECK(first["replaced_by"] == ledger::hex_u64(test::purse_of(fresh)));
  CHECK(first["moved_minor"] == 2'800);
  CHECK(first["left_minor"] == 5'000);
  CHECK(first["waits_for"] == json{"desk", "till"});
  CHECK(report["bands"][1]["replaced_by"].is_null());
}

TEST_CASE("Reports of value are for those who look over all, as tables too, and of no one stand") {
  Ground g;
  g.issue(500, 2);
  g.meet_all();
  const auto ask = [&](const char* path, const char* query, schemas::Role role) {
    return g.reports.answer(path, query, {role}, Language::en);
  };
  CHECK(ask("/api/report/vouchers", "", schemas::SUPERVISOR).json ==
        node::vouchers_json(*g.hub.ledger));
  CHECK(ask("/api/report/bands", "", schemas::AUDITOR).json == node::bands_json(*g.hub.ledger));
  CHECK(ask("/api/report/vouchers", "", schemas::VENDOR).status == 403);
  CHECK(ask("/api/report/bands", "", schemas::TOP_UP_DESK).status == 403);
  CHECK(ask("/api/report/vouchers", "stand=bar-1", schemas::AUDITOR).status == 400);
  const auto table = ask("/api/report/vouchers", "format=csv", schemas::AUDITOR);
  CHECK(table.json.starts_with("issuer,vouchers,issued_minor,"));
  CHECK(table.json.find("desk,2,1000,0,0,2,1000,0,0") != std::string::npos);
  CHECK(ask("/api/report/bands", "format=csv", schemas::AUDITOR).json.starts_with("purse,"));
}
