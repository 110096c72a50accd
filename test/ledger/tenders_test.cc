// SPDX-License-Identifier: Apache-2.0
#include "ledger/tenders.h"

#include "test/support/lending_ground.h"
#include "test/support/vouchers.h"

using namespace verbena;

namespace {

schemas::OperateRequest top_up_by(const std::string& tender) {
  schemas::OperateRequest out;
  out.mutable_top_up()->set_amount_minor(500);
  out.mutable_top_up()->set_tender(tender);
  return out;
}

}  // namespace

TEST_CASE("A tender is a short name that stands for nothing else") {
  for (const char* name : {"cash", "card", "Visa", "transferencia-bancaria", "módulo"}) {
    CAPTURE(name);
    CHECK(ledger::is_tender(name));
  }
  for (const std::string name : {"", "gift", "crew", "forfeit", "purse", "voucher", "deposit",
                                 "a/b", "two words", "line\n"}) {
    CAPTURE(name);
    CHECK_FALSE(ledger::is_tender(name));
  }
  CHECK_FALSE(ledger::is_tender(std::string(33, 'a')));
}

TEST_CASE("Value by a tender that the fold keeps for something else is refused, and none is lost") {
  test::LendingGround g;
  const std::string tender = GENERATE("crew", "gift", "forfeit", "voucher");
  CAPTURE(tender);
  CHECK(g.tap(g.desk, top_up_by(tender)).refused().code() == "bad-input");
  auto issue = test::issue_request(500, 1, 7);
  issue.mutable_issue_vouchers()->set_tender(tender);
  CHECK(g.cash(g.desk, issue).refused().code() == "bad-input");
  REQUIRE(g.tap(g.desk, top_up_by("card")).has_done());
  CHECK(test::LendingGround::account(g.desk, "outside/card") == -500);
  CHECK(g.findings(g.desk) == test::none);
}
