// SPDX-License-Identifier: Apache-2.0
// Vouchers: who may issue them, what a till that is alone makes of one, and what is found of one
// that was spent in two places.
#include "ledger/vouchers.h"
#include "test/support/lending_ground.h"
#include "test/support/vouchers.h"

using namespace verbena;
using test::Device;
using test::draft_of;
using test::event_of;
using test::id_of;
using test::issue_request;
using test::none;
using test::pay_request;
using test::post;
using test::World;
using test::write;

namespace {

// A desk that issues, and a till in each of three stands of two zones.
struct Ground {
  World world{1, test::zoned_festival()};
  Device& hub = world.add(schemas::HUB, "hub");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& sup = world.add(schemas::SUPERVISOR, "sup");
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  Device& near = world.add(schemas::VENDOR, "near", "bar-2");
  Device& south = world.add(schemas::VENDOR, "south", "bar-3");

  Ground() { meet(); }
  void meet() {
    for (int round = 0; round < 2; ++round) {
      for (auto* device : {&desk, &sup, &till, &near, &south}) World::meet(hub, *device);
    }
  }
  schemas::OperateReply issue(std::uint64_t amount_minor, std::uint32_t count = 1,
                              const std::string& zone = {}) {
    return world.tap(desk, issue_request(amount_minor, count, ++intent_, zone), nullptr);
  }
  std::string code(std::uint64_t amount_minor, const std::string& zone = {}) {
    const auto issued = issue(amount_minor, 1, zone);
    REQUIRE(issued.done().voucher_size() == 1);
    return issued.done().voucher(0);
  }
  schemas::OperateReply pay(Device& at, const std::vector<std::string>& codes,
                            const char* sku = "beer") {
    return world.tap(at, pay_request(sku, codes), nullptr);
  }
  schemas::OperateReply take_back(Device& at, const schemas::OperateReply& sale) {
    return world.void_sale(at, id_of(sale));
  }
  void revoke(const char* alias) {
    schemas::OperateRequest request;
    request.mutable_revoke()->set_alias(alias);
    request.mutable_revoke()->set_reason("lost");
    REQUIRE(world.tap(sup, request, nullptr).has_done());
  }
  static std::int64_t account(Device& at, const std::string& path) {
    return test::LendingGround::account(at, path);
  }
  static ledger::Totals totals(Device& at) {
    ledger::Totals out;
    at.ledger->ask([&](ledger::State& state, const auto&) { out = state.totals(); });
    return out;
  }
  std::vector<ledger::Finding> findings(Device& at) const {
    const auto report = ledger::audit(*at.store, world.root);
    REQUIRE(report.ok());
    CHECK(report->conserved);
    std::vector<ledger::Finding> out;
    for (const auto& finding : report->findings) {
      if (finding.kind != "custody-below-zero") out.push_back(finding);
    }
    return out;
  }
  // The one voucher of this code, as an account.
  static std::string path_of(const std::string& code) {
    return "voucher/" + ledger::voucher_id(ledger::decode_code(code)->body());
  }

 private:
  std::uint64_t intent_ = 100;
};

std::string refusal(const schemas::OperateReply& reply) {
  return reply.refused().code();
}

// A cash sale of a beer that this voucher is said to have paid; `change` has the last word.
ledger::Draft sale_by(Device& liar, const std::string& code,
                      const std::function<void(ledger::Draft&, schemas::Sale&)>& change) {
  const auto read = ledger::decode_code(code);
  auto out = draft_of(ledger::LogClass::trade, schemas::KIND_SALE);
  schemas::Sale sale;
  sale.add_voucher(ledger::spend_voucher(*read, liar.identity.certificate.hash));
  post(out, schemas::VOUCHER, ledger::voucher_id(read->body()).c_str(), schemas::STAND, "",
       read->voucher.amount_minor);
  change(out, sale);
  out.event.set_payload(sale.SerializeAsString());
  return out;
}

}  // namespace

// ---- issuing -----------------------------------------------------------------------------------

TEST_CASE("What is issued is a liability, and no turnover until it is spent") {
  Ground g;
  const auto issued = g.issue(500, 3);
  REQUIRE(issued.has_done());
  CHECK(issued.done().voucher_size() == 3);
  CHECK(issued.done().amount_minor() == 1500);
  g.meet();
  CHECK(Ground::totals(g.hub).vouchers_minor == 1500);
  CHECK(Ground::totals(g.hub).sales_minor == 0);
  CHECK(Ground::account(g.hub, "outside/cash") == -1500);
  CHECK(g.findings(g.hub).empty());
}

TEST_CASE("An intent asked for again shows the same vouchers, and another one others") {
  Ground g;
  const auto request = issue_request(500, 2, 77);
  const auto first = g.world.tap(g.desk, request, nullptr);
  g.world.restart(g.desk);
  const auto again = g.world.tap(g.desk, request, nullptr);
  REQUIRE(again.done().repeated_intent());
  REQUIRE(again.done().voucher_size() == 2);
  CHECK(again.done().voucher(0) == first.done().voucher(0));
  CHECK(again.done().voucher(1) == first.done().voucher(1));
  CHECK(again.done().voucher(0) != again.done().voucher(1));
  CHECK(g.code(500) != first.done().voucher(0));
  CHECK(refusal(g.world.tap(g.desk, issue_request(600, 2, 77), nullptr)) == "intent-reused");
}

TEST_CASE("A till issues no vouchers, and a desk none beyond its limit") {
  Ground g;
  CHECK(refusal(g.world.tap(g.till, issue_request(500, 1, 1), nullptr)) == "role-denied");
  CHECK(refusal(g.issue(500, 0)) == "amount-out-of-range");
  CHECK(refusal(g.issue(500, 65)) == "amount-out-of-range");
  CHECK(refusal(g.issue(0)) == "amount-out-of-range");
  CHECK(refusal(g.issue(5001)) == "amount-out-of-range");  // above offline_max
  CHECK(refusal(g.issue(500, 1, "west")) == "bad-input");
  for (int i = 0; i < 312; ++i) REQUIRE(g.issue(5000, 64).has_done());
  REQUIRE(g.issue(5000, 32).has_done());  // 100,000,000 in all
  CHECK(refusal(g.issue(1)) == "limit-issuer");
  g.meet();
  CHECK(g.findings(g.hub).empty());
}

TEST_CASE("What vouchers issued counts with what top-ups left on bands") {
  Ground g;
  test::Band band = g.world.band();
  REQUIRE(g.world.top_up(g.desk, band, 1000).has_done());
  REQUIRE(g.issue(500).has_done());
  schemas::VoucherIssued told;
  const auto reply = g.issue(700);
  REQUIRE(told.ParseFromString(event_of(g.desk, reply).payload()));
  CHECK(told.issued_after() == 2200);
}

TEST_CASE("Vouchers that are given away need the yes of another") {
  Ground g;
  auto request = issue_request(500, 2, 9);
  request.mutable_issue_vouchers()->set_gift("a band that plays");
  CHECK(refusal(g.world.tap(g.desk, request, nullptr)) == "approval-needed");
  const auto given = g.world.approved(g.desk, request, 1);
  REQUIRE(given.done().voucher_size() == 2);
  CHECK(Ground::account(g.desk, "outside/gift") == -1000);
  auto lie = draft_of(ledger::LogClass::value, schemas::KIND_VOUCHER_ISSUED);
  schemas::VoucherIssued told;
  told.set_issued_after(1500);
  lie.event.set_payload(told.SerializeAsString());
  post(lie, schemas::OUTSIDE, "gift", schemas::VOUCHER, std::string(32, 'a').c_str(), 500);
  write(g.desk, lie);
  CHECK(Ground::account(g.desk, "suspense/rule/desk") == 500);
}

TEST_CASE("An issue by a till, beyond the limit, or of another form is suspended") {
  Ground g;
  schemas::VoucherIssued told;
  const std::string id(32, 'b');
  const auto lie = [&](Device& liar, std::uint64_t after, const std::string& to,
                       const char* currency) {
    auto out = draft_of(ledger::LogClass::value, schemas::KIND_VOUCHER_ISSUED);
    told.set_issued_after(after);
    out.event.set_payload(told.SerializeAsString());
    post(out, schemas::OUTSIDE, "", schemas::VOUCHER, to.c_str(), 500);
    out.event.mutable_posting(0)->set_currency(currency);
    write(liar, out);
  };
  lie(g.till, 500, id, "");
  lie(g.desk, 499, id, "");
  lie(g.desk, 100'000'001, id, "");
  CHECK(Ground::account(g.till, "voucher/" + id) == 0);
  CHECK(Ground::account(g.desk, "voucher/" + id) == 0);
  Ground other;  // totals only grow
  lie(other.desk, 500, "cup", "");
  lie(other.desk, 1000, id, "USD");
  CHECK(Ground::account(other.desk, "voucher/cup") == 0);
  lie(other.desk, 1500, id, "");
  CHECK(Ground::account(other.desk, "voucher/" + id) == 500);
}

// ---- spending ----------------------------------------------------------------------------------

TEST_CASE("A till that is alone takes a voucher by its signature, and cash pays the rest") {
  Ground g;
  const std::string code = g.code(300);  // nobody has met since
  const auto sale = g.pay(g.till, {code});
  REQUIRE(sale.has_done());
  CHECK(sale.done().amount_minor() == 450);
  CHECK(sale.done().voucher_minor() == 300);
  CHECK(sale.done().cash_minor() == 150);
  CHECK(Ground::account(g.till, "stand/bar-1") == 450);
  CHECK(Ground::account(g.till, Ground::path_of(code)) == -300);  // its issue is not known here
  g.meet();
  CHECK(Ground::account(g.hub, Ground::path_of(code)) == 0);
  CHECK(Ground::totals(g.hub).vouchers_minor == 0);
  CHECK(Ground::totals(g.hub).sales_minor == 450);
  CHECK(g.findings(g.hub).empty());
}

TEST_CASE("A voucher that was spent here, or is known to be spent, is refused") {
  Ground g;
  const std::string code = g.code(450);
  REQUIRE(g.pay(g.till, {code}).has_done());
  CHECK(refusal(g.pay(g.till, {code})) == "voucher-used");
  g.world.restart(g.till);
  CHECK(refusal(g.pay(g.till, {code})) == "voucher-used");
  g.meet();
  CHECK(refusal(g.pay(g.near, {code})) == "voucher-used");
}

TEST_CASE("What a voucher is worth above the goods is lost with the customer's yes alone") {
  Ground g;
  const std::string code = g.code(500);
  auto request = pay_request("beer", {code});
  CHECK(refusal(g.world.tap(g.till, request, nullptr)) == "voucher-rest");
  request.mutable_sell()->set_rest_forfeited(true);
  request.set_intent(3);
  for (int time = 0; time < 2; ++time) {
    const auto sale = g.world.tap(g.till, request, nullptr);
    REQUIRE(sale.has_done());
    CHECK(sale.done().amount_minor() == 450);
    CHECK(sale.done().voucher_minor() == 450);
    CHECK(sale.done().cash_minor() == 0);
  }
  CHECK(Ground::account(g.till, "stand/bar-1") == 450);
  CHECK(Ground::account(g.till, "outside/forfeit") == 50);
  g.meet();
  CHECK(g.findings(g.hub).empty());
}

TEST_CASE("Several vouchers pay one sale, each once, and none for nothing") {
  Ground g;
  const std::string a = g.code(200), b = g.code(250), c = g.code(100);
  CHECK(refusal(g.pay(g.till, {a, a})) == "voucher-used");
  CHECK(refusal(g.pay(g.till, {a, b, c})) == "amount-out-of-range");
  const auto sale = g.pay(g.till, {a, b});
  CHECK(sale.done().voucher_minor() == 450);
  CHECK(g.pay(g.till, {c}).has_done());
}

TEST_CASE("Vouchers pay no deposit and no tip, and not beside a band") {
  Ground g;
  auto request = pay_request("draught", {g.code(300)});
  request.mutable_sell()->set_tip_minor(50);
  const auto sale = g.world.tap(g.till, request, nullptr);
  REQUIRE(sale.has_done());
  CHECK(sale.done().cash_minor() == 150);
  CHECK(Ground::account(g.till, "deposit/cup") == 100);
  CHECK(Ground::account(g.till, "tip/bar-1") == 50);
  test::Band band = g.world.band();
  g.world.top_up(g.desk, band, 1000);
  request = pay_request("beer", {g.code(300)});
  request.mutable_sell()->set_tender("purse");
  CHECK(refusal(g.world.tap(g.till, request, &band)) == "bad-input");
}

TEST_CASE("A voucher of a zone is good at its stands alone, and one of a stand there") {
  Ground g;
  const std::string north = g.code(450, "north");
  CHECK(refusal(g.pay(g.south, {north})) == "not-here");
  CHECK(g.pay(g.near, {north}).has_done());
  auto request = issue_request(450, 1, 5);
  request.mutable_issue_vouchers()->set_stand("bar-1");
  const std::string bar = g.world.tap(g.desk, request, nullptr).done().voucher(0);
  CHECK(refusal(g.pay(g.near, {bar})) == "not-here");
  CHECK(g.pay(g.till, {bar}).has_done());
  g.meet();
  CHECK(g.findings(g.hub).empty());
}

TEST_CASE("A void makes the voucher good again, and gives no cash for it") {
  Ground g;
  const std::string code = g.code(300);
  const auto sale = g.pay(g.till, {code});
  const auto voided = g.take_back(g.till, sale);
  REQUIRE(voided.has_done());
  CHECK(voided.done().voucher_minor() == 300);
  CHECK(voided.done().cash_minor() == 150);
  CHECK(Ground::account(g.till, "stand/bar-1") == 0);
  CHECK(Ground::account(g.till, "outside/cash") == 0);
  CHECK(g.pay(g.till, {code}).has_done());
  g.meet();
  CHECK(Ground::totals(g.hub).vouchers_minor == 0);
  CHECK(g.findings(g.hub).empty());
}

TEST_CASE("A void of a forfeited rest gives the whole voucher back") {
  Ground g;
  const std::string code = g.code(500);
  auto request = pay_request("beer", {code});
  request.mutable_sell()->set_rest_forfeited(true);
  const auto sale = g.world.tap(g.till, request, nullptr);
  REQUIRE(g.take_back(g.till, sale).has_done());
  CHECK(Ground::account(g.till, "outside/forfeit") == 0);
  g.meet();
  CHECK(Ground::totals(g.hub).vouchers_minor == 500);
}

// ---- codes that are not what they say ----------------------------------------------------------

TEST_CASE("An altered code, one of another festival and one of nobody known are refused") {
  Ground g, other;
  std::string code = g.code(450);
  for (const std::size_t at : {0u, 30u, 34u, 40u, 99u}) {
    std::string altered = code;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    CAPTURE(at);
    CHECK(refusal(g.pay(g.till, {altered})) == "voucher-invalid");
  }
  CHECK(refusal(g.pay(g.till, {code.substr(0, 99)})) == "voucher-invalid");
  CHECK(refusal(g.pay(g.till, {""})) == "voucher-invalid");
  std::string stranger = code;
  stranger[9] = '\x77';
  CHECK(refusal(g.pay(g.till, {stranger})) == "not-ready");
  World elsewhere(99, test::zoned_festival());
  Device& theirs = elsewhere.add(schemas::TOP_UP_DESK, "desk");
  const auto foreign = elsewhere.tap(theirs, issue_request(450, 1, 1), nullptr);
  CHECK(refusal(g.pay(g.till, {foreign.done().voucher(0)})) == "voucher-invalid");
  CHECK(g.pay(g.till, {code}).has_done());
}

TEST_CASE("A till's own signature makes no voucher") {
  Ground g;
  ledger::Voucher made;
  made.festival = g.world.root.festival;
  made.issuer = g.near.identity.certificate.number;
  made.amount_minor = 450;
  const auto code = ledger::make_voucher(made, {}, g.near.identity.key);
  CHECK(refusal(g.pay(g.till, {ledger::encode_code(code)})) == "not-ready");
  made.issuer = g.desk.identity.certificate.number;
  const auto borrowed = ledger::make_voucher(made, {}, g.near.identity.key);
  CHECK(refusal(g.pay(g.till, {ledger::encode_code(borrowed)})) == "voucher-invalid");
}

TEST_CASE("Of a revoked issuer only what is known to be issued is good") {
  Ground g;
  const std::string before = g.code(450);
  g.meet();
  g.revoke("desk");
  const std::string after = g.code(450);  // the desk has not heard of it
  g.meet();
  CHECK(refusal(g.pay(g.till, {after})) == "voucher-invalid");
  CHECK(g.pay(g.till, {before}).has_done());
  CHECK(Ground::account(g.hub, "suspense/revoked/desk") == 450);
}

TEST_CASE("Of several vouchers a refusal says which one") {
  Ground g;
  const std::string a = g.code(100), b = g.code(100), used = g.code(450);
  REQUIRE(g.pay(g.till, {used}).has_done());
  CHECK(g.pay(g.till, {a, used, b}).refused().text().starts_with("voucher 2 of 3: "));
  CHECK(g.pay(g.till, {a, b, "x"}).refused().text().starts_with("voucher 3 of 3: "));
  CHECK(g.pay(g.till, {a, a}).refused().text().starts_with("voucher 2 of 2: "));
  CHECK(g.pay(g.till, {used}).refused().text().starts_with("this voucher was spent"));
  CHECK(g.pay(g.till, {a, b}).has_done());
}

// ---- spent twice -------------------------------------------------------------------------------

TEST_CASE("Two tills that are apart take one voucher: both sales stay and both are named") {
  Ground g;
  const std::string code = g.code(450);
  const auto one = g.pay(g.till, {code}), two = g.pay(g.south, {code});
  REQUIRE(one.has_done());
  REQUIRE(two.has_done());
  g.meet();
  CHECK(Ground::account(g.hub, "stand/bar-1") == 450);
  CHECK(Ground::account(g.hub, "stand/bar-3") == 450);
  CHECK(Ground::account(g.hub, Ground::path_of(code)) == -450);
  const auto found = g.findings(g.hub);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == "voucher-overdrawn");
  CHECK(found[0].text.find("bar-1") != std::string::npos);
  CHECK(found[0].text.find("bar-3") != std::string::npos);
  CHECK(found[0].text.find("4.50 more than it was worth") != std::string::npos);
  REQUIRE(found[0].events.size() == 2);
  CHECK(found[0].events[0] < found[0].events[1]);
  REQUIRE(g.take_back(g.south, two).has_done());
  g.meet();
  CHECK(g.findings(g.hub).empty());
}

TEST_CASE("A voucher that nobody is known to have issued is found once it is spent") {
  Ground g;
  const std::string code = g.code(450);
  REQUIRE(g.pay(g.till, {code}).has_done());
  World::meet(g.hub, g.till);
  const auto found = g.findings(g.hub);
  REQUIRE(found.size() == 1);
  CHECK(found[0].text.find("nobody is known to have issued it") != std::string::npos);
}

TEST_CASE("No till spends a voucher that it was not shown, nor as another till did") {
  Ground g;
  const std::string code = g.code(450);
  g.meet();
  const auto honest = g.pay(g.till, {code});
  World::meet(g.till, g.near);
  const auto as_it_was = event_of(g.till, honest);
  auto copy = draft_of(ledger::LogClass::trade, schemas::KIND_SALE, as_it_was.payload());
  *copy.event.mutable_posting() = as_it_was.posting();
  write(g.near, copy);
  CHECK(Ground::account(g.near, "stand/bar-2") == 0);
  const auto no_proof = sale_by(
      g.near, code, [](auto&, schemas::Sale& sale) { sale.mutable_voucher(0)->back() ^= 1; });
  write(g.near, no_proof);
  write(g.near, sale_by(g.near, code, [](auto&, schemas::Sale& sale) { sale.clear_voucher(); }));
  CHECK(Ground::account(g.near, "stand/bar-2") == 0);
  CHECK(Ground::account(g.near, "suspense/rule/near") == 3 * 450);
  g.meet();
  for (const auto& finding : g.findings(g.hub)) CHECK(finding.kind == "rule-broken");
}

TEST_CASE("A sale takes a voucher whole, at a stand it is for, and for the stand alone") {
  Ground g;
  const std::string code = g.code(450, "north");
  g.meet();
  const std::string id = ledger::voucher_id(ledger::decode_code(code)->body());
  const auto refused = [&](Device& liar, auto change) { write(liar, sale_by(liar, code, change)); };
  refused(g.till,
          [](ledger::Draft& lie, auto&) { lie.event.mutable_posting(0)->set_amount_minor(449); });
  refused(g.till, [](ledger::Draft& lie, auto&) {
    lie.event.mutable_posting(0)->set_to(schemas::TIP);
    lie.event.mutable_posting(0)->set_to_id("bar-1");
  });
  refused(g.till, [](ledger::Draft& lie, auto&) {  // to cash
    lie.event.mutable_posting(0)->set_to(schemas::OUTSIDE);
  });
  refused(g.till,
          [](ledger::Draft& lie, auto&) { lie.event.set_kind(schemas::KIND_DEPOSIT_RETURN); });
  refused(g.till,
          [](ledger::Draft& lie, auto&) { lie.event.mutable_posting(0)->set_currency("EUR"); });
  refused(g.south, [](auto&, auto&) {});
  CHECK(Ground::account(g.till, "stand/bar-1") == 0);
  CHECK(Ground::account(g.south, "stand/bar-3") == 0);
  write(g.till, sale_by(g.till, code, [](auto&, auto&) {}));
  CHECK(Ground::account(g.till, "stand/bar-1") == 450);
}

TEST_CASE("A void that pays a voucher out in cash counts nowhere") {
  Ground g;
  const std::string code = g.code(300);
  const auto sale = g.pay(g.till, {code});
  schemas::CashVoid target;
  std::uint64_t index = 0;
  ledger::LogName log;
  for (const auto& held : g.till.ledger->logs()) {
    if (held.name.certificate != g.till.identity.certificate.hash ||
        held.name.log_class != ledger::LogClass::trade) {
      continue;
    }
    log = held.name;
    index = held.head.size - 1;
  }
  target.set_log(ledger::to_bytes(log.id()));
  target.set_index(index);
  target.set_sale(sale.done().id());
  auto lie = draft_of(ledger::LogClass::trade, schemas::KIND_CASH_VOID, target.SerializeAsString());
  lie.binds_rules = true;
  post(lie, schemas::STAND, "", schemas::OUTSIDE, "", 450);
  write(g.till, lie);
  CHECK(Ground::account(g.till, "stand/bar-1") == 450);
  CHECK(refusal(g.pay(g.till, {code})) == "voucher-used");
}
