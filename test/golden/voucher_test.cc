// SPDX-License-Identifier: Apache-2.0
// Committed bytes of vouchers: what lies printed in somebody's pocket must be good for ever.
#include <catch2/catch.hpp>

#include "node/voucher_text.h"
#include "test/golden/golden.h"
#include "test/support/vouchers.h"

using namespace verbena;
using golden::compare;
using golden::slurp;
using test::World;

namespace {

schemas::Event event_at_end(test::Device& device, ledger::LogClass log_class, std::string& bytes) {
  schemas::Event out;
  for (const auto& log : device.ledger->logs()) {
    if (log.name.certificate != device.identity.certificate.hash ||
        log.name.log_class != log_class) {
      continue;
    }
    bytes = *device.ledger->event_bytes(log.name, log.head.size - 1);
    REQUIRE(ledger::parse_event(bytes, out).ok());
  }
  return out;
}

}  // namespace

TEST_CASE("A voucher, its issue and its sale are written in the same bytes as ever") {
  World world(2028, test::zoned_festival());
  auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
  auto& till = world.add(schemas::VENDOR, "till", "bar-1");
  World::meet(desk, till);
  const auto issued = world.tap(desk, test::issue_request(500, 2, 2028, "north"), nullptr);
  REQUIRE(issued.done().voucher_size() == 2);
  const std::string code = issued.done().voucher(0);
  std::string bytes;
  CHECK(event_at_end(desk, ledger::LogClass::value, bytes).kind() == schemas::KIND_VOUCHER_ISSUED);
  compare("KIND_VOUCHER_ISSUED.event", bytes);
  compare("voucher.code", code);
  compare("voucher.text", node::voucher_text(code));
  auto request = test::pay_request("beer", {code});
  request.mutable_sell()->set_rest_forfeited(true);
  REQUIRE(world.tap(till, request, nullptr).has_done());
  event_at_end(till, ledger::LogClass::trade, bytes);
  compare("voucher.sale", bytes);
}

TEST_CASE("A voucher of an earlier build is read, and is its issuer's") {
  const auto code = node::voucher_from_text(slurp("voucher.text"));
  REQUIRE(code.ok());
  CHECK(*code == slurp("voucher.code"));
  const auto read = ledger::decode_code(*code);
  REQUIRE(read.ok());
  CHECK(read->voucher.amount_minor == 500);
  CHECK(read->voucher.where == "north");
  schemas::Event sale, issue;
  REQUIRE(ledger::parse_event(slurp("voucher.sale"), sale).ok());
  REQUIRE(ledger::parse_event(slurp("KIND_VOUCHER_ISSUED.event"), issue).ok());
  schemas::Sale body;
  REQUIRE(body.ParseFromString(sale.payload()));
  REQUIRE(body.voucher_size() == 1);
  CHECK(body.voucher(0).starts_with(read->body()));
  CHECK(issue.posting(0).to_id() == ledger::voucher_id(read->body()));
  CHECK(sale.posting(0).from_id() == ledger::voucher_id(read->body()));
}
