// SPDX-License-Identifier: Apache-2.0
// What counts must not depend on what a device heard first, nor keep it from folding at all.
#include <catch2/catch.hpp>

#include "ledger/audit.h"
#include "test/support/ask.h"

using namespace verbena;
using ledger::LogClass;
using test::balance;
using test::Band;
using test::Device;
using test::World;

namespace {

void write(Device& device, LogClass log_class, const schemas::Event& event) {
  ledger::Draft draft;
  draft.log_class = log_class;
  draft.event = event;
  REQUIRE(device.ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{draft}); })
              .ok());
}

void write_control(Device& device, schemas::Kind kind, const std::string& payload) {
  schemas::Event event;
  event.set_kind(kind);
  event.set_payload(payload);
  write(device, LogClass::control, event);
}

// Of everything the device ever wrote.
std::string revocation_of(const Device& device) {
  schemas::Revocation revocation;
  revocation.set_key(ledger::to_bytes(device.identity.certificate.key));
  return revocation.SerializeAsString();
}

struct Festival {
  explicit Festival(std::uint64_t seed = 1) : world(seed) { all_meet(); }
  void all_meet() {
    for (int round = 0; round < 2; ++round) {
      for (Device* device : {&desk, &one, &two, &sup[0], &sup[1], &sup[2]}) {
        World::meet(hub, *device);
      }
    }
  }

  World world;
  Device& hub = world.add(schemas::HUB, "hub");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& one = world.add(schemas::VENDOR, "pos-1", "bar-1");
  Device& two = world.add(schemas::VENDOR, "pos-2", "bar-2");
  Device sup[3] = {std::move(world.add(schemas::SUPERVISOR, "sup-1")),
                   std::move(world.add(schemas::SUPERVISOR, "sup-2")),
                   std::move(world.add(schemas::SUPERVISOR, "sup-3"))};
};

}  // namespace

TEST_CASE("A sale confirmed in one history of a forked log counts whichever was heard first") {
  Festival f;
  Band band = f.world.band();
  REQUIRE(f.world.top_up(f.desk, band, 2000).has_done());
  schemas::OperateRequest request;
  request.set_band(band.image);
  request.mutable_sell()->set_tender("purse");
  request.mutable_sell()->add_line()->set_sku("beer");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  node::TapSession session(*f.one.ledger, f.world.random, schemas::VENDOR);
  const auto reply = session.begin(request);
  REQUIRE(reply.has_write());
  const auto clone = f.world.clone(f.one);  // in the middle of the tap
  REQUIRE(f.world.sell_cash(*clone, "water").has_done());
  REQUIRE(session.wrote(reply.write()).has_done());

  World::meet(f.hub, f.one);
  World::meet(f.two, *clone);
  f.all_meet();
  for (Device* device : {&f.hub, &f.two}) {
    CAPTURE(device->identity.certificate.alias);
    CHECK(balance(*device, "stand/bar-1") == 450);
    CHECK(World::digest(*device) == World::digest(f.desk));
    f.world.restart(*device);
    CHECK(World::digest(*device) == World::digest(f.desk));
  }
}

TEST_CASE("A store opens whatever became of who published a certificate") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {  // in whatever order the logs are noted
    CAPTURE(seed);
    Festival f(seed);
    schemas::Certificate body;
    const auto key = ledger::SigningKey::generate(f.world.random);
    body.set_festival(f.world.root.festival);
    body.set_key(ledger::to_bytes(key.public_key()));
    body.set_role(schemas::VENDOR);
    body.set_alias("pos-9");
    body.set_stand("bar-1");
    const ledger::SigningKey* signer = &f.sup[0].identity.key;
    write_control(f.sup[0], schemas::KIND_CERTIFICATE,
                  ledger::sign_certificate(body, {&signer, 1}));
    write_control(f.sup[1], schemas::KIND_REVOCATION, revocation_of(f.sup[0]));
    write_control(f.sup[2], schemas::KIND_REVOCATION, revocation_of(f.sup[0]));
    f.all_meet();
    CHECK(ledger::Ledger::open(*f.hub.store, f.world.root, {}, f.world.clock, f.world.random).ok());
    CHECK(ledger::audit(*f.hub.store, f.world.root).ok());
  }
}

TEST_CASE("Who is certified is found by an alias before whoever claims it") {
  Festival f;
  for (int i = 0; i < 8; ++i) {  // by their hashes before and behind the true one
    schemas::Certificate body;
    const auto key = ledger::SigningKey::generate(f.world.random);
    body.set_festival(f.world.root.festival);
    body.set_key(ledger::to_bytes(key.public_key()));
    body.set_role(schemas::VENDOR);
    body.set_alias(f.two.identity.certificate.alias);
    body.set_stand("bar-1");
    const ledger::SigningKey* signer = &f.one.identity.key;  // a till certifies nobody
    write_control(f.one, schemas::KIND_CERTIFICATE, ledger::sign_certificate(body, {&signer, 1}));
  }
  f.all_meet();
  f.hub.ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto* found = state.roster().find_alias(f.two.identity.certificate.alias);
    REQUIRE(found != nullptr);
    CHECK(found->hash == f.two.identity.certificate.hash);
  });
}

TEST_CASE("A false revocation that a device had seen takes nothing from it once it is revoked") {
  Festival f;
  write_control(f.two, schemas::KIND_REVOCATION, revocation_of(f.one));  // a till revokes nobody
  f.all_meet();
  REQUIRE(f.world.sell_cash(f.one, "beer").has_done());
  REQUIRE(f.world.sell_cash(f.one, "beer").has_done());
  f.all_meet();
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias("pos-1");
  request.mutable_revoke()->set_reason("lost");
  REQUIRE(node::TapSession(*f.sup[0].ledger, f.world.random, schemas::SUPERVISOR)
              .begin(request)
              .has_done());
  f.all_meet();
  CHECK(balance(f.hub, "stand/bar-1") == 900);
  CHECK(balance(f.hub, "suspense/revoked/pos-1") == 0);
}

TEST_CASE("A currency that reads as an item or as part of a path moves nothing and stops nobody") {
  Festival f;
  const auto post = [&](const std::string& currency, const std::string& to) {
    schemas::Event event;
    event.set_kind(schemas::KIND_SALE);
    auto* posting = event.add_posting();
    posting->set_from(schemas::OUTSIDE);
    posting->set_to(schemas::TIP);
    posting->set_to_id(to);
    posting->set_currency(currency);
    posting->set_amount_minor(1);
    write(f.one, LogClass::trade, event);
  };
  post("#x", "somebody");
  post("#1", "somebody");
  post(std::string("A\0tip/b", 7), "somebody");
  post("A", std::string("b\0outside/cash", 14));
  f.all_meet();
  CHECK(balance(f.hub, "tip/somebody", "#1") == 0);
  const auto report = ledger::audit(*f.hub.store, f.world.root);
  REQUIRE(report.ok());
  CHECK(report->conserved);
  CHECK(report->state_digest == World::digest(f.hub));
}

TEST_CASE("A till gives back no more than a sale took, in however many lines it says so") {
  Festival f;
  Band band = f.world.band();
  REQUIRE(f.world.top_up(f.desk, band, 2000).has_done());
  const auto sale = f.world.sell(f.one, band, "beer");
  REQUIRE(sale.has_done());
  for (std::uint32_t line = 0; line < 5; ++line) {
    const auto written =
        f.one.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
          schemas::Grant grant;
          grant.set_purse(sale.done().purse());
          grant.set_source(schemas::GRANT_VOID);
          grant.set_source_id(sale.done().id());
          grant.set_line(line);
          ledger::Draft draft;
          draft.log_class = LogClass::value;
          draft.binds_rules = true;
          draft.event.set_kind(schemas::KIND_GRANT);
          draft.event.set_payload(grant.SerializeAsString());
          auto* posting = draft.event.add_posting();
          posting->set_from(schemas::STAND);
          posting->set_to(schemas::PURSE);
          posting->set_amount_minor(300);
          return std::vector{draft};
        });
    REQUIRE(written.ok());
  }
  f.all_meet();
  CHECK(balance(f.hub, "stand/bar-1") == 150);
  CHECK(World::digest(f.hub) == World::digest(f.two));
}

TEST_CASE("A revoked till's word on a band moves no purse") {
  Festival f;
  Band band = f.world.band();
  const auto loaded = f.world.top_up(f.desk, band, 2000);
  REQUIRE(loaded.has_done());
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias("pos-1");
  request.mutable_revoke()->set_reason("stolen");
  REQUIRE(node::TapSession(*f.sup[0].ledger, f.world.random, schemas::SUPERVISOR)
              .begin(request)
              .has_done());
  f.all_meet();
  ledger::BandSlot slot;
  slot.head.festival = static_cast<std::uint32_t>(f.world.root.festival >> 32);
  slot.head.purse = loaded.done().purse();
  slot.head.counter = 1000;
  slot.head.credited = 1;
  slot.head.writer = static_cast<std::uint16_t>(f.one.identity.certificate.number);
  schemas::Evidence evidence;
  evidence.set_slot(ledger::seal_slot(slot, f.world.root.festival, f.one.identity.key));
  schemas::Event event;
  event.set_kind(schemas::KIND_EVIDENCE);
  event.set_payload(evidence.SerializeAsString());
  write(f.one, LogClass::value, event);
  f.all_meet();
  CHECK(f.world.sell(f.two, band, "water").has_done());
}

TEST_CASE("A sale that is lost is charged to one name of a till, whenever its second is heard of") {
  Festival f;
  Band band = f.world.band();
  REQUIRE(f.world.top_up(f.desk, band, 2000).has_done());
  f.all_meet();
  REQUIRE(f.world.sell(f.one, band, "beer").has_done());   // nobody meets this till again
  REQUIRE(f.world.sell(f.two, band, "water").has_done());  // and brings what the band says of it
  World::meet(f.hub, f.two);
  CHECK(balance(f.hub, "suspense/gap/pos-1") == 450);

  const ledger::Certificate& first = f.one.identity.certificate;
  schemas::Certificate body;
  body.set_festival(f.world.root.festival);
  body.set_key(ledger::to_bytes(first.key));
  body.set_role(schemas::VENDOR);
  body.set_stand(first.stand);
  body.set_number(first.number);
  const ledger::SigningKey* signer = &f.sup[0].identity.key;
  ledger::Bytes again;
  do {  // of two, the one of the greatest hash is named
    body.set_alias("pos-1-" + std::to_string(f.world.random.below(1'000)));
    again = ledger::sign_certificate(body, {&signer, 1});
  } while (ledger::parse_signed_certificate(again)->certificate.hash < first.hash);
  write_control(f.sup[0], schemas::KIND_CERTIFICATE, again);
  World::meet(f.hub, f.sup[0]);
  CHECK(balance(f.hub, "suspense/gap/pos-1") == 0);
  CHECK(balance(f.hub, "suspense/gap/" + body.alias()) == 450);
  const auto report = ledger::audit(*f.hub.store, f.world.root);
  REQUIRE(report.ok());
  CHECK(report->state_digest == World::digest(f.hub));
}

TEST_CASE(
    "What a revoked till took from a band is taken once, whether its steps are linked or not") {
  Festival f;
  Band band = f.world.band();
  REQUIRE(f.world.top_up(f.desk, band, 2000).has_done());
  f.all_meet();
  write_control(f.sup[0], schemas::KIND_REVOCATION, revocation_of(f.one));
  std::uint64_t purse = 0;
  for (const char* sku : {"beer", "water", "beer"}) {  // it has not heard of it yet
    const auto sold = f.world.sell(f.one, band, sku);
    REQUIRE(sold.has_done());
    purse = sold.done().purse();
  }
  REQUIRE(f.world.sell(f.two, band, "water").has_done());  // nor has this one
  f.all_meet();
  const std::string path = "purse/" + ledger::hex_u64(purse);
  const auto on_band = 2000 - 2 * 450 - 2 * 200;
  CHECK(balance(f.hub, path) == on_band);
  CHECK(balance(f.hub, "suspense/revoked/pos-1") == 2 * 450 + 200);
  CHECK(balance(f.hub, "suspense/gap/pos-1") == 0);
  CHECK(balance(f.hub, "stand/bar-2") == 200);
}

TEST_CASE(
    "A key that runs on two machines at once is found, a till put back from a backup is not") {
  for (const bool at_once : {true, false}) {
    CAPTURE(at_once);
    Festival f;
    REQUIRE(f.world.sell_cash(f.one, "beer").has_done());
    Device copy{f.one.identity, std::make_unique<ledger::MemoryStore>(*f.one.store), nullptr};
    REQUIRE(f.world.sell_cash(f.one, "beer").has_done());
    f.all_meet();
    copy.ledger = ledger::Ledger::open(*copy.store, f.world.root, copy.identity, f.world.clock,
                                       f.world.random)
                      .take();
    REQUIRE(f.world.sell_cash(copy, "water").has_done());
    World::meet(copy, f.hub);
    REQUIRE(f.world.sell_cash(copy, "water").has_done());
    World::meet(copy, f.hub);
    if (at_once) {
      f.world.restart(f.one);
      World::meet(f.one, f.hub);
      REQUIRE(f.world.sell_cash(f.one, "beer").has_done());
      World::meet(f.one, f.hub);
      World::meet(copy, f.hub);
      REQUIRE(f.world.sell_cash(copy, "water").has_done());
      World::meet(copy, f.hub);
    }
    const auto report = ledger::audit(*f.hub.store, f.world.root);
    REQUIRE(report.ok());
    std::size_t found = 0;
    for (const auto& finding : report->findings) found += finding.kind == "two-lives";
    CHECK(found == (at_once ? 1 : 0));
  }
}

TEST_CASE("A device that opens logs without end is let in slowly, and then goes on") {
  Festival f;
  ledger::LogName log{f.one.identity.certificate.hash, 0, LogClass::trade};
  std::uint64_t let_in = 0;
  for (; log.incarnation < 2 * ledger::new_logs_burst; ++log.incarnation) {
    let_in += f.hub.ledger->may_open(log);
  }
  CHECK(let_in == ledger::new_logs_burst);
  f.world.clock.now_ms += 3 * ledger::new_log_ms;
  for (int i = 0; i < 5; ++i, ++log.incarnation) let_in += f.hub.ledger->may_open(log);
  CHECK(let_in == ledger::new_logs_burst + 3);
  for (const auto& held : f.hub.ledger->logs()) CHECK(f.hub.ledger->may_open(held.name));
}
