// SPDX-License-Identifier: Apache-2.0
// Vouchers at the till's page: scanned as text, alone or with cash beside them.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "node/http/till.h"
#include "node/voucher_text.h"
#include "test/support/counter.h"
#include "test/support/vouchers.h"

using namespace verbena;
using nlohmann::json;
using node::Language;
using test::Counter;

namespace {

struct Desk : Counter {
  Desk() : desk(world.add(schemas::TOP_UP_DESK, "desk")) { world.meet(desk, pos); }
  std::string voucher(std::uint64_t amount_minor) {
    const auto issued = world.tap(desk, test::issue_request(amount_minor, 1, ++issued_), nullptr);
    REQUIRE(issued.done().voucher_size() == 1);
    return node::voucher_text(issued.done().voucher(0));
  }
  json run(const std::string& intent, const json& body, Language language = Language::en) {
    return json::parse(till.run(intent, body.dump(), caller, language).json);
  }
  // One beer, at 450.
  json sell(const char* intent, const std::vector<std::string>& vouchers, bool forfeited = false) {
    return run("sell", {{"intent", intent},
                        {"tender", "cash"},
                        {"lines", {{{"sku", "beer"}, {"quantity", 1}}}},
                        {"expected_minor", 450},
                        {"vouchers", vouchers},
                        {"rest_forfeited", forfeited}});
  }
  json last_sale() { return json::parse(till.sales().json)["sales"][0]; }

  test::Device& desk;
  node::http::Till till{*pos.ledger, world.random, reader.get()};
  ledger::Caller caller{schemas::VENDOR, "v001", {schemas::VENDOR}};

 private:
  std::uint64_t issued_ = 0;
};

}  // namespace

TEST_CASE("A voucher pays what it is worth, and cash what is left") {
  Desk desk;
  const std::string voucher = desk.voucher(300);
  const json sold = desk.sell("7", {" " + voucher + "\n"});
  CHECK(sold["amount_minor"] == 450);
  CHECK(sold["voucher_minor"] == 300);
  CHECK(sold["cash_minor"] == 150);
  CHECK(desk.sell("7", {voucher}) == sold);
  CHECK(desk.last_sale()["tender"] == "voucher");
  CHECK(desk.last_sale()["amount_minor"] == 450);
}

TEST_CASE("A rest is lost only where the customer agrees, and is no part of the sale") {
  Desk desk;
  const std::string voucher = desk.voucher(500);
  CHECK(desk.sell("7", {voucher})["refused"]["code"] == "voucher-rest");
  const json sold = desk.sell("8", {voucher}, true);
  CHECK(sold["amount_minor"] == 450);
  CHECK(sold["voucher_minor"] == 450);
  CHECK_FALSE(sold.contains("cash_minor"));
  CHECK(desk.last_sale()["amount_minor"] == 450);
}

TEST_CASE("A voucher that was spent, and what is none, are told in the seller's language") {
  Desk desk;
  const std::string voucher = desk.voucher(450);
  REQUIRE(desk.sell("7", {voucher})["voucher_minor"] == 450);
  CHECK(desk.sell("8", {voucher})["refused"]["code"] == "voucher-used");
  CHECK(desk.sell("9", {"VV1:NONE"})["refused"]["code"] == "voucher-invalid");
  json body = {{"intent", "10"},
               {"tender", "cash"},
               {"lines", {{{"sku", "beer"}, {"quantity", 1}}}},
               {"vouchers", {voucher}}};
  const json spanish = desk.run("sell", body, Language::es)["refused"];
  CHECK(spanish["text"] == "Este vale ya se ha usado.");
  body["vouchers"] = voucher;
  CHECK(desk.run("sell", body)["refused"]["code"] == "bad-input");
}

TEST_CASE("Of several vouchers the seller is told which one is not good") {
  Desk desk;
  const std::string used = desk.voucher(450), a = desk.voucher(100), b = desk.voucher(100);
  REQUIRE(desk.sell("7", {used})["voucher_minor"] == 450);
  const json second = desk.sell("8", {a, used, b})["refused"];
  CHECK(second["code"] == "voucher-used");
  CHECK(second["voucher"] == 2);
  CHECK(second["text"] == "This voucher was spent already. (2/3)");
  CHECK(desk.sell("9", {a, b, "VV1:NONE"})["refused"]["voucher"] == 3);
  CHECK(desk.sell("10", {a, a})["refused"]["voucher"] == 2);
  CHECK_FALSE(desk.sell("11", {used})["refused"].contains("voucher"));  // there is but one
  const std::string great = desk.voucher(500);
  const json rest = desk.sell("12", {a, great})["refused"];
  CHECK(rest["code"] == "voucher-rest");
  CHECK_FALSE(rest.contains("voucher"));  // each is good
  CHECK(desk.sell("13", {a, b})["voucher_minor"] == 200);
}

TEST_CASE("A void says what goes back in cash, and makes the voucher good again") {
  Desk desk;
  const std::string voucher = desk.voucher(300);
  const json sold = desk.sell("7", {voucher});
  const json voided =
      desk.run("void", {{"intent", "8"}, {"sale", sold["id"]}, {"reason", "wrong-item"}});
  CHECK(voided["amount_minor"] == 450);
  CHECK(voided["voucher_minor"] == 300);
  CHECK(voided["cash_minor"] == 150);
  CHECK(desk.last_sale()["voided"] == true);
  CHECK(desk.sell("9", {voucher})["voucher_minor"] == 300);
}
