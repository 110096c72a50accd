// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/support/ask.h"

using namespace verbena;
using test::balance;
using test::Band;
using test::Device;
using test::purse;
using test::World;

namespace {

ledger::Totals totals(Device& device) {
  ledger::Totals out;
  device.ledger->ask([&](ledger::State& state, const auto&) { out = state.totals(); });
  return out;
}

std::string hex_id(const schemas::OperateReply& reply) {
  return ledger::hex(reply.done().id());
}

struct Festival {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& one = world.add(schemas::VENDOR, "pos-1", "bar-1");
  Device& two = world.add(schemas::VENDOR, "pos-2", "bar-2");
  Device& hub = world.add(schemas::HUB, "hub");
  Band band = world.band();

  Festival() {
    for (Device* device : {&desk, &one, &two}) World::meet(hub, *device);
    for (Device* device : {&desk, &one, &two}) World::meet(hub, *device);
    REQUIRE(world.top_up(desk, band, 2000).has_done());
  }
  void all_meet() {
    for (int i = 0; i < 2; ++i) {
      for (Device* device : {&desk, &one, &two}) World::meet(hub, *device);
    }
  }
};

// A cash sale by a device that does not care what it knows.
void sell_on(Device& device, std::uint64_t amount_minor) {
  ledger::Draft draft;
  draft.log_class = ledger::LogClass::trade;
  draft.event.set_kind(schemas::KIND_SALE);
  auto* posting = draft.event.add_posting();
  posting->set_from(schemas::OUTSIDE);
  posting->set_to(schemas::STAND);
  posting->set_amount_minor(amount_minor);
  REQUIRE(device.ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{draft}); })
              .ok());
}

}  // namespace

TEST_CASE("A top-up and a sale move money from outside over the purse to the stand") {
  Festival f;
  const auto sale = f.world.sell(f.one, f.band, "beer", 2);
  REQUIRE(sale.has_done());
  CHECK(sale.done().balance_minor() == 1100);
  f.all_meet();
  CHECK(balance(f.hub, "outside/cash") == -2000);
  CHECK(balance(f.hub, "stand/bar-1") == 900);
  CHECK(balance(f.hub, "purse/" + ledger::hex_u64(sale.done().purse())) == 1100);
  CHECK(balance(f.hub, "holder/bar-1", "#1") == -2);
  CHECK(balance(f.hub, "sold/bar-1", "#1") == 2);
}

TEST_CASE("A stand that never heard of a band still sells for what it carries") {
  Festival f;
  const auto sale = f.world.sell(f.two, f.band, "beer");
  REQUIRE(sale.has_done());
  CHECK(sale.done().balance_minor() == 1550);
}

TEST_CASE("Spending more than the band holds is refused") {
  Festival f;
  const auto sale = f.world.sell(f.one, f.band, "beer", 5);
  CHECK(sale.refused().code() == "insufficient-funds");
}

TEST_CASE("A missing sale is a gap priced from the band's totals, and clears when it arrives") {
  Festival f;
  REQUIRE(f.world.sell(f.one, f.band, "beer").has_done());  // only pos-1 knows
  const auto second = f.world.sell(f.two, f.band, "water");
  REQUIRE(second.has_done());
  World::meet(f.two, f.hub);
  World::meet(f.desk, f.hub);
  const auto view = purse(f.hub, second.done().purse());
  REQUIRE(view.gaps.size() == 1);
  CHECK(view.gaps[0].debit_minor == 450);
  CHECK(view.gaps[0].charged == "pos-1");
  CHECK(balance(f.hub, "suspense/gap/pos-1") == 450);
  f.all_meet();
  CHECK(purse(f.hub, second.done().purse()).gaps.empty());
  CHECK(balance(f.hub, "suspense/gap/pos-1") == 0);
  CHECK(balance(f.hub, "stand/bar-1") == 450);
}

TEST_CASE("A receipt carried on a band tells how far a destroyed stand's log had come") {
  Festival f;
  REQUIRE(f.world.sell_cash(f.one, "beer", 3).has_done());  // no band saw this sale itself
  REQUIRE(f.world.sell(f.one, f.band, "beer").has_done());
  REQUIRE(f.world.sell(f.two, f.band, "water").has_done());
  World::meet(f.two, f.hub);
  f.hub.ledger->ask([&](ledger::State& state, const auto&) {
    REQUIRE(state.claims().size() == 1);
    CHECK(state.claims().begin()->second.total_minor == 4 * 450);
  });
}

TEST_CASE("A copied band spent at two cut-off stands stays twice spent and freezes everywhere") {
  Festival f;
  Band copy = f.band;
  const auto first = f.world.sell(f.one, f.band, "beer", 4);
  const auto second = f.world.sell(f.two, copy, "beer", 4);
  REQUIRE(first.has_done());
  REQUIRE(second.has_done());
  f.all_meet();
  const auto view = purse(f.hub, first.done().purse());
  CHECK(view.posted == 3);
  CHECK(view.forked);
  CHECK(view.frozen);
  // k = 2 stands, each up to min(B, L) = 2000: overdraft at most 2 * 2000 - 2000.
  CHECK(balance(f.hub, "purse/" + ledger::hex_u64(first.done().purse())) == 2000 - 2 * 1800);
  CHECK(f.world.sell(f.one, copy, "water").refused().code() == "purse-frozen");
  CHECK(f.world.sell(f.two, copy, "water").refused().code() == "purse-frozen");
}

TEST_CASE("A rolled-back band is refused where a later step is known") {
  Festival f;
  Band old = f.band;
  REQUIRE(f.world.sell(f.one, f.band, "beer").has_done());
  CHECK(f.world.sell(f.one, old, "beer").refused().code() == "band-rolled-back");
}

TEST_CASE("A band of another festival is refused") {
  Festival f;
  World other(99);
  Band foreign = other.band();
  CHECK(f.world.sell(f.one, foreign, "beer").refused().code() == "other-festival");
}

TEST_CASE("A cash sale is voided once, by its own stand") {
  Festival f;
  const auto sale = f.world.sell_cash(f.one, "beer", 2);
  f.all_meet();
  CHECK(f.world.void_sale(f.two, hex_id(sale)).refused().code() == "unknown-sale");
  REQUIRE(f.world.void_sale(f.one, hex_id(sale)).has_done());
  CHECK(f.world.void_sale(f.one, hex_id(sale)).refused().code() == "already-voided");
  f.all_meet();
  CHECK(balance(f.hub, "stand/bar-1") == 0);
  CHECK(balance(f.hub, "holder/bar-1", "#1") == 0);
}

TEST_CASE("Two tills of one stand voiding one sale apart void it once") {
  Festival f;
  Device& twin = f.world.add(schemas::VENDOR, "pos-1b", "bar-1");
  World::meet(f.hub, twin);
  const auto sale = f.world.sell_cash(f.one, "beer", 2);
  World::meet(f.one, twin);
  REQUIRE(f.world.void_sale(f.one, hex_id(sale)).has_done());
  REQUIRE(f.world.void_sale(twin, hex_id(sale)).has_done());
  World::meet(f.hub, twin);
  f.all_meet();
  CHECK(balance(f.hub, "stand/bar-1") == 0);
  CHECK(balance(f.hub, "outside/cash") == -2000);
}

TEST_CASE("A voided band sale comes back as a grant the band can spend where it is known") {
  Festival f;
  const auto sale = f.world.sell(f.one, f.band, "beer", 4);
  REQUIRE(f.world.void_sale(f.one, hex_id(sale)).has_done());
  CHECK(f.world.sell(f.two, f.band, "beer").refused().code() == "insufficient-funds");
  CHECK(f.world.sell(f.one, f.band, "beer", 4).done().balance_minor() == 200);
  f.all_meet();
  CHECK(balance(f.hub, "stand/bar-1") == 1800);
  CHECK(totals(f.hub).balances_minor == 200);
}

TEST_CASE("A void above the limit needs approval") {
  Festival f;
  const auto sale = f.world.sell_cash(f.one, "beer", 5);
  CHECK(f.world.void_sale(f.one, hex_id(sale)).refused().code() == "approval-needed");
}

TEST_CASE("A refund pays the whole balance out and leaves nothing on the band") {
  Festival f;
  REQUIRE(f.world.sell(f.one, f.band, "beer").has_done());
  World::meet(f.one, f.desk);
  const auto refund = f.world.refund(f.desk, f.band);
  REQUIRE(refund.has_done());
  CHECK(refund.done().amount_minor() == 1550);
  CHECK(f.world.sell(f.one, f.band, "water").refused().code() == "insufficient-funds");
  f.all_meet();
  const auto sums = totals(f.hub);
  CHECK(sums.topups_minor == sums.sales_minor + sums.refunds_minor + sums.balances_minor);
  CHECK(sums.balances_minor == 0);
}

TEST_CASE("Goods go from supplier to store to stand, and out again by sales") {
  Festival f;
  Device& store = f.world.add(schemas::STORE, "store");
  World::meet(f.hub, store);
  REQUIRE(f.world.stock(store, "deliver", "beer", 100).has_done());
  CHECK(f.world.stock(store, "dispatch", "beer", 101, "bar-1").refused().code() ==
        "out-of-stock-account");
  REQUIRE(f.world.stock(store, "dispatch", "beer", 40, "bar-1").has_done());
  World::meet(f.hub, store);
  f.all_meet();
  REQUIRE(f.world.stock(f.one, "receive", "beer", 40).has_done());
  REQUIRE(f.world.sell_cash(f.one, "beer", 10).has_done());
  f.all_meet();
  CHECK(balance(f.hub, "holder/store", "#1") == 60);
  CHECK(balance(f.hub, "holder/bar-1", "#1") == 30);
  CHECK(balance(f.hub, "transit/bar-1", "#1") == 0);
}

TEST_CASE("After a revocation is seen a device's sales post to suspense, whatever it claims") {
  Festival f;
  Device& supervisor = f.world.add(schemas::SUPERVISOR, "sup-1");
  REQUIRE(f.world.sell_cash(f.one, "beer").has_done());
  f.all_meet();
  World::meet(f.hub, supervisor);
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias("pos-1");
  request.mutable_revoke()->set_reason("stolen");
  node::TapSession session(*supervisor.ledger, f.world.random, schemas::SUPERVISOR);
  REQUIRE(session.begin(request).has_done());
  REQUIRE(f.world.sell_cash(f.one, "water").has_done());  // has not heard of it
  World::meet(f.hub, supervisor);
  f.all_meet();
  CHECK(balance(f.hub, "stand/bar-1") == 450);
  CHECK(balance(f.hub, "suspense/revoked/pos-1") == 200);
  CHECK(World::digest(f.hub) == World::digest(f.two));
  CHECK(f.world.sell_cash(f.one, "water").refused().code() == "device-revoked");
  sell_on(f.one, 200);  // its Seen is in the log now
  f.all_meet();
  CHECK(balance(f.hub, "suspense/revoked/pos-1") == 400);
}

TEST_CASE("A sale whose proof of presence a hub found false earns its stand nothing") {
  Festival f;
  const auto sale = f.world.sell(f.one, f.band, "beer", 2);
  REQUIRE(sale.has_done());
  const auto judge = [&](Device& by) {
    return by.ledger->commit(0, [&](ledger::State&, const ledger::DeviceView&) {
      schemas::PresenceVerdict verdict;
      for (const auto& log : f.one.ledger->logs()) {
        if (log.name.certificate != f.one.identity.certificate.hash ||
            log.name.log_class != ledger::LogClass::trade) {
          continue;
        }
        verdict.set_log(ledger::to_bytes(log.id));
        verdict.set_size(log.head.size);
        for (std::uint64_t i = 0; i < log.head.size; ++i) {
          schemas::Event event;
          if (ledger::parse_event(*f.one.ledger->event_bytes(log.name, i), event) &&
              event.has_step()) {
            verdict.add_false_index(i);
          }
        }
      }
      ledger::Draft draft;
      draft.log_class = ledger::LogClass::control;
      draft.event.set_kind(schemas::KIND_PRESENCE_VERDICT);
      draft.event.set_payload(verdict.SerializeAsString());
      return ledger::Result<std::vector<ledger::Draft>>(std::vector{draft});
    });
  };
  SECTION("another till's word moves nothing") {
    REQUIRE(judge(f.two).ok());
    f.all_meet();
    CHECK(balance(f.hub, "stand/bar-1") == 900);
    CHECK(balance(f.hub, "suspense/phantom/pos-1") == 0);
  }
  SECTION("a hub's does, before and after the sale is known") {
    const bool sale_first = GENERATE(true, false);
    if (sale_first) World::meet(f.one, f.two);
    REQUIRE(judge(f.hub).ok());
    World::meet(f.hub, f.two);
    f.all_meet();
    for (Device* device : {&f.hub, &f.two, &f.one}) {
      CHECK(balance(*device, "stand/bar-1") == 0);
      CHECK(balance(*device, "suspense/phantom/pos-1") == 900);
      CHECK_FALSE(purse(*device, sale.done().purse()).frozen);
      CHECK(World::digest(*device) == World::digest(f.hub));
    }
  }
}

TEST_CASE("A vendor's device cannot create credit: its top-up posts to suspense") {
  Festival f;
  auto forged =
      f.one.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        ledger::Draft draft;
        draft.log_class = ledger::LogClass::value;
        draft.event.set_kind(schemas::KIND_TOP_UP_PREPARED);
        auto* posting = draft.event.add_posting();
        posting->set_from(schemas::OUTSIDE);
        posting->set_to(schemas::PURSE);
        posting->set_amount_minor(9900);
        auto* step = draft.event.mutable_step();
        step->set_purse(42);
        step->set_counter(1);
        step->set_credited(9900);
        step->set_previous(std::string(12, '\0'));
        return std::vector{draft};
      });
  REQUIRE(forged.ok());
  auto confirmed =
      f.one.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        return std::vector{ledger::confirm_draft(forged->back(), schemas::KIND_TOP_UP_PREPARED)};
      });
  REQUIRE(confirmed.ok());
  f.all_meet();
  CHECK(balance(f.hub, "purse/" + ledger::hex_u64(42)) == 0);
  CHECK(balance(f.hub, "suspense/rule/pos-1") == 9900);
}

TEST_CASE("A certificate a device makes for itself gives it no right to revoke, block or price") {
  Festival f;
  const auto own_key = ledger::SigningKey::generate(f.world.random);
  for (const auto role : {schemas::ROOT, schemas::SUPERVISOR}) {
    schemas::Certificate body;
    body.set_festival(f.world.root.festival);
    body.set_key(ledger::to_bytes(own_key.public_key()));
    body.set_role(role);
    body.set_alias(role == schemas::ROOT ? "false-root" : "false-sup");
    body.set_person("nobody");
    const ledger::SigningKey* signers[] = {&own_key, &f.one.identity.key};
    const auto certificate = ledger::sign_certificate(body, signers);
    Device impostor{{ledger::parse_signed_certificate(certificate)->certificate, own_key},
                    std::make_unique<ledger::MemoryStore>(),
                    nullptr};
    impostor.ledger = ledger::Ledger::open(*impostor.store, f.world.root, impostor.identity,
                                           f.world.clock, f.world.random)
                          .take();
    const auto commit = [](Device& device, schemas::Kind kind, const std::string& payload) {
      auto done =
          device.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
            ledger::Draft draft;
            draft.log_class = ledger::LogClass::control;
            draft.event.set_kind(kind);
            draft.event.set_payload(payload);
            return std::vector{draft};
          });
      REQUIRE(done.ok());
    };
    commit(f.one, schemas::KIND_CERTIFICATE, certificate);
    World::meet(f.one, impostor);
    schemas::Revocation revocation;
    revocation.set_key(ledger::to_bytes(f.two.identity.certificate.key));
    commit(impostor, schemas::KIND_REVOCATION, revocation.SerializeAsString());
    auto settings = test::small_festival();
    settings.mutable_item(0)->set_price_minor(1);
    schemas::SignedFestival change;
    change.set_festival(settings.SerializeAsString());
    commit(impostor, schemas::KIND_FESTIVAL, change.SerializeAsString());
    schemas::PurseBlock block;
    std::uint64_t id = 0;
    f.desk.ledger->ask([&](ledger::State& state, const auto&) { id = state.purses().front(); });
    block.set_purse(id);
    commit(impostor, schemas::KIND_PURSE_BLOCK, block.SerializeAsString());
    World::meet(impostor, f.hub);
    f.all_meet();
    std::uint64_t arrived = 0;  // what does not arrive proves nothing
    for (const auto& log : f.hub.ledger->logs()) {
      if (log.name.certificate == impostor.identity.certificate.hash) arrived = log.head.size;
    }
    CHECK(arrived == 4);
    f.hub.ledger->ask([&](ledger::State& state, const auto&) {
      CHECK(state.roster().find(impostor.identity.certificate.hash) != nullptr);
      CHECK_FALSE(state.roster().revoked(f.two.identity.certificate.key));
      CHECK(state.festival()->item(0).price_minor() == 450);
      CHECK_FALSE(state.purse(id).frozen);
    });
    CHECK(World::digest(f.hub) == World::digest(f.two));
  }
}

TEST_CASE("A till cannot move value onto a purse from a fee, a tip or a deposit") {
  for (const auto from : {schemas::FEE, schemas::TIP, schemas::DEPOSIT, schemas::ADVANCE}) {
    Festival f;
    auto done =
        f.one.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
          ledger::Draft draft;
          draft.log_class = ledger::LogClass::value;
          draft.event.set_kind(schemas::KIND_TOP_UP_PREPARED);
          auto* posting = draft.event.add_posting();
          posting->set_from(from);
          posting->set_to(schemas::PURSE);
          posting->set_amount_minor(700);
          auto* step = draft.event.mutable_step();
          step->set_purse(42);
          step->set_counter(1);
          step->set_credited(700);
          step->set_previous(std::string(12, '\0'));
          return std::vector{draft};
        });
    REQUIRE(done.ok());
    auto confirmed =
        f.one.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
          return std::vector{ledger::confirm_draft(done->back(), schemas::KIND_TOP_UP_PREPARED)};
        });
    REQUIRE(confirmed.ok());
    f.all_meet();
    CHECK(balance(f.hub, "purse/" + ledger::hex_u64(42)) == 0);
  }
}

TEST_CASE("A band last written by a device not known here is refused, not read one step older") {
  Festival f;
  Device& late = f.world.add(schemas::VENDOR, "late", "bar-3");
  World::meet(f.desk, late);
  REQUIRE(f.world.sell(late, f.band, "beer").has_done());
  CHECK(f.world.sell(f.one, f.band, "beer").refused().code() == "not-ready");
  World::meet(f.one, late);
  CHECK(f.world.sell(f.one, f.band, "beer").has_done());
}

TEST_CASE("A home whose revocation lies above what the device had seen opens all the same") {
  Festival f;
  Device& supervisor = f.world.add(schemas::SUPERVISOR, "sup-1");
  f.all_meet();
  World::meet(f.hub, supervisor);
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias("pos-1");
  request.mutable_revoke()->set_reason("lost");
  node::TapSession(*supervisor.ledger, f.world.random, schemas::SUPERVISOR).begin(request);
  World::meet(f.hub, supervisor);
  f.all_meet();
  sell_on(f.one, 450);
  f.all_meet();
  const auto before = World::digest(f.hub);
  f.world.restart(f.hub);
  CHECK(World::digest(f.hub) == before);
}
