// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/approvals.h"

#include <catch2/catch.hpp>

#include "ledger/core/merkle.h"
#include "test/support/ask.h"

using namespace verbena;
using test::Device;
using test::World;

namespace {

schemas::Festival festival_with(std::uint64_t beer_minor) {
  schemas::Festival out = test::small_festival();
  for (auto& item : *out.mutable_item()) {
    if (item.sku() == "beer") item.set_price_minor(beer_minor);
  }
  return out;
}

// A sale above what one device may void alone.
struct Desk {
  explicit Desk(std::uint64_t beer_minor = 450, std::uint32_t beers = 10)
      : world(1, festival_with(beer_minor)),
        sale(ledger::hex(world.sell_cash(till, "beer", beers).done().id())) {}

  World world;
  Device& hub = world.add(schemas::HUB, "hub");
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  std::string sale;

  schemas::OperateRequest void_request() const {
    schemas::OperateRequest request;
    request.mutable_void_sale()->set_sale(sale);
    request.mutable_void_sale()->set_reason("keg was off");
    return request;
  }
  schemas::OperateReply ask(const schemas::OperateRequest& request) {
    return node::TapSession(*till.ledger, world.random, schemas::VENDOR).begin(request);
  }
  // The void with these keys' approvals.
  schemas::OperateReply ask(const std::vector<const ledger::SigningKey*>& keys) {
    auto request = void_request();
    const auto reply = ask(request);
    REQUIRE(reply.refused().code() == "approval-needed");
    REQUIRE(node::approve_intent(request, reply.refused(), keys).ok());
    return ask(request);
  }
  std::int64_t takings(Device& device) {
    return static_cast<std::int64_t>(test::balance(device, "stand/bar-1"));
  }
};

}  // namespace

TEST_CASE("A void above the limit needs two persons who are not the same") {
  Desk d;
  const auto* one = d.world.approvers[0].get();
  const auto* two = d.world.approvers[1].get();
  CHECK(d.ask({one}).refused().code() == "approval-needed");
  CHECK(d.ask({one, one}).refused().code() == "approval-needed");
  CHECK(d.ask({one, &d.till.identity.key}).refused().code() == "approval-needed");
  CHECK(d.takings(d.till) == 4500);
  REQUIRE(d.ask({one, two}).has_done());
  CHECK(d.takings(d.till) == 0);
  World::meet(d.hub, d.till);
  CHECK(d.takings(d.hub) == 0);
  CHECK(World::digest(d.hub) == World::digest(d.till));
}

TEST_CASE("A void takes back all of a sale of more than 32 bits hold") {
  Desk d(1'000'000, 10'000);
  const std::int64_t sold = 10'000'000'000;
  REQUIRE(d.takings(d.till) == sold);
  const auto done = d.ask({d.world.approvers[0].get(), d.world.approvers[1].get()}).done();
  CHECK(done.amount_minor() == static_cast<std::uint64_t>(sold));
  World::meet(d.hub, d.till);
  CHECK(d.takings(d.till) == 0);
  CHECK(d.takings(d.hub) == 0);
}

TEST_CASE("An approval is for one request: another reason or another log has none") {
  Desk d;
  auto request = d.void_request();
  const auto reply = d.ask(request);
  const std::vector<const ledger::SigningKey*> both{d.world.approvers[0].get(),
                                                    d.world.approvers[1].get()};
  REQUIRE(node::approve_intent(request, reply.refused(), both).ok());
  SECTION("another reason") {
    request.mutable_void_sale()->set_reason("a friend");
    CHECK(d.ask(request).refused().code() == "approval-needed");
  }
  SECTION("a flipped signature") {
    (*request.mutable_approval(0)->mutable_signature())[5] ^= 1;
    CHECK(d.ask(request).refused().code() == "approval-needed");
  }
  SECTION("another life's log") {
    d.world.restart(d.till);
    CHECK(d.ask(request).refused().code() == "approval-needed");
  }
  SECTION("more than 64 events later") {
    for (int i = 0; i < 64; ++i) REQUIRE(d.world.sell_cash(d.till, "water").has_done());
    CHECK(d.ask(request).refused().code() == "approval-needed");
  }
  CHECK(d.takings(d.till) >= 4500);
}

TEST_CASE("A void above the limit that a till writes by itself counts nowhere") {
  Desk d;
  ledger::EventPlace place;
  for (const auto& log : d.till.ledger->logs()) {
    for (std::uint64_t i = 0; i < log.head.size; ++i) {
      const auto bytes = d.till.ledger->event_bytes(log.name, i);
      if (ledger::hex(ledger::leaf_hash(*bytes)) == d.sale) place = {log.id, i};
    }
  }
  const auto written = d.till.ledger->commit(
      0, [&](ledger::State&, const auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        schemas::CashVoid target;
        ledger::Draft draft;
        draft.binds_rules = true;
        draft.event.set_kind(schemas::KIND_CASH_VOID);
        target.set_log(ledger::to_bytes(place.log));
        target.set_index(place.index);
        target.set_sale(*ledger::unhex(d.sale));
        draft.event.set_payload(target.SerializeAsString());
        auto* posting = draft.event.add_posting();
        posting->set_from(schemas::STAND);
        posting->set_to(schemas::OUTSIDE);
        posting->set_amount_minor(4500);
        return std::vector{draft};
      });
  REQUIRE(written.ok());
  World::meet(d.hub, d.till);
  CHECK(d.takings(d.hub) == 4500);
}

TEST_CASE("An approval is used up by the first event that bears it") {
  Desk d;
  Device& store = d.world.add(schemas::STORE, "store");
  schemas::OperateRequest request;
  request.mutable_stock()->set_action("deliver");
  request.mutable_stock()->add_line()->set_sku("beer");
  request.mutable_stock()->mutable_line(0)->set_quantity(10);
  node::TapSession session(*store.ledger, d.world.random, schemas::STORE);
  const auto reply = session.begin(request);
  const ledger::SigningKey* one = d.world.approvers[0].get();
  REQUIRE(node::approve_intent(request, reply.refused(), {&one, 1}).ok());
  REQUIRE(session.begin(request).has_done());
  CHECK(session.begin(request).refused().code() == "approval-needed");
}
