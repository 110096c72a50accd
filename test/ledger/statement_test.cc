// SPDX-License-Identifier: Apache-2.0
#include "ledger/statement.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "ledger/core/merkle.h"
#include "ledger/wire.h"
#include "test/support/world.h"

using namespace verbena;
using ledger::Bytes;
using test::Device;
using test::World;

namespace {

schemas::Festival with_terms() {
  schemas::Festival out = test::small_festival();
  out.mutable_stand(0)->set_commission_basis_points(1'250);
  return out;
}

// A day of two stands: purses and cash, a void, a torn sale, a delivery, drawers and counts.
struct Day {
  World world{4, with_terms()};
  Device& hub = world.add(schemas::HUB, "hub");
  Device& store = world.add(schemas::STORE, "store");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  Device& second = world.add(schemas::VENDOR, "second", "bar-1");
  Device& other = world.add(schemas::VENDOR, "other", "bar-2");
  test::Band band = world.band();

  Day() {
    REQUIRE(world.stock(store, "deliver", "beer", 100).has_done());
    REQUIRE(world.stock(store, "dispatch", "beer", 60, "bar-1").has_done());
    meet();
    REQUIRE(world.stock(till, "receive", "beer", 60).has_done());
    REQUIRE(world.top_up(desk, band, 9'000).has_done());
    meet();
    shift("open", 1'000);
    REQUIRE(world.sell(till, band, "beer", 2).has_done());
    REQUIRE(world.sell(other, band, "beer", 1).has_done());
    const auto wrong = world.sell(second, band, "beer", 1);
    REQUIRE(world.void_sale(second, ledger::hex(wrong.done().id())).has_done());
    torn_sale();
    REQUIRE(world.sell_cash(till, "beer", 3).has_done());
    world.restart(till);
    REQUIRE(world.stock(till, "dispatch", "beer", 5, "store").has_done());
    meet();
    REQUIRE(world.stock(store, "receive", "beer", 4).has_done());
    shift("close", 2'000);
    for (Device* device : {&till, &second}) REQUIRE(world.close_sheet(*device).has_done());
    meet();
    for (const char* person : {"ana", "luis"}) {
      REQUIRE(world.count(till, "beer", 45, person).has_done());
    }
    meet();
  }
  void meet() {
    for (int i = 0; i < 2; ++i) {
      for (Device* device : {&store, &desk, &till, &second, &other}) World::meet(hub, *device);
    }
  }
  void shift(const std::string& action, std::uint64_t amount_minor) {
    schemas::OperateRequest request;
    request.mutable_shift()->set_action(action);
    request.mutable_shift()->set_amount_minor(amount_minor);
    REQUIRE(world.approved(till, request).has_done());
  }
  // Written to the band and never confirmed by the till: the next tap elsewhere shows that it was.
  void torn_sale() {
    schemas::OperateRequest request;
    request.set_band(band.image);
    request.mutable_sell()->set_tender("purse");
    auto* line = request.mutable_sell()->add_line();
    line->set_sku("beer");
    line->set_quantity(4);
    node::TapSession session(*till.ledger, world.random, schemas::VENDOR);
    const auto reply = session.begin(request);
    REQUIRE(reply.has_write());
    band.image = reply.write();
    meet();
    REQUIRE(world.sell(other, band, "water", 1).has_done());
  }
  Bytes statement() {
    return ledger::make_statement(*hub.store, *ledger::parse_signed_certificate(world.signed_root),
                                  "bar-1")
        .take();
  }
  std::string fingerprint() const { return ledger::hex(ledger::key_id(world.root.key)); }
  std::string verdict(const Bytes& file) const {
    const auto checked = ledger::verify_statement(file, fingerprint());
    return checked ? "proven" : checked.error().text;
  }
};

schemas::Statement opened(const Bytes& file) {
  schemas::Statement out;
  REQUIRE(out.ParseFromString(file.substr(ledger::statement_magic.size())));
  return out;
}

Bytes closed(const schemas::Statement& statement) {
  return Bytes(ledger::statement_magic) + statement.SerializeAsString();
}

int place_of(const schemas::StatementLog& log, schemas::Kind kind) {
  for (int i = 0; i < log.event_size(); ++i) {
    schemas::Event event;
    if (ledger::parse_event(log.event(i), event) && event.kind() == kind) return i;
  }
  return -1;
}

}  // namespace

TEST_CASE("A stand computes what it is owed from its own events alone") {
  Day day;
  const Bytes file = day.statement();
  const auto checked = ledger::verify_statement(file, day.fingerprint());
  REQUIRE(checked.ok());
  REQUIRE(checked->rows.size() == 1);
  const ledger::Settlement& row = checked->rows[0];
  CHECK(row.final);
  CHECK(row.purse_minor == 7 * 450);  // the torn one too
  CHECK(row.cash_minor == 3 * 450);
  CHECK(row.voided_minor == 450);
  CHECK(row.commission_minor == 506);     // 506.25
  CHECK(row.missing_goods_minor == 450);  // 60 - 9 sold - 5 sent, 45 counted
  CHECK(row.short_delivery_minor == 450);
  CHECK(row.drawer_short_minor == 350);
  const auto all = day.hub.ledger->stock()->settlements;
  const auto same = std::find_if(all.begin(), all.end(),
                                 [](const auto& other) { return other.holder == "bar-1"; });
  CHECK(row.payable_minor() == same->payable_minor());
  CHECK(checked->statement.counted_size() == 1);
  CHECK(checked->logs.size() >= 4);
  // Nobody else's events, and nothing of their bands.
  for (const auto& device : checked->statement.device()) {
    const auto author = ledger::parse_signed_certificate(device.certificate(0).SerializeAsString());
    CHECK(author->certificate.stand == "bar-1");
  }
  for (const auto& log : checked->statement.log()) {
    CHECK(place_of(log, schemas::KIND_EVIDENCE) == -1);
  }
}

TEST_CASE("A statement with another figure is refused, whichever it is") {
  Day day;
  const auto honest = opened(day.statement());
  const auto refused = [&](const schemas::Statement& changed) {
    return day.verdict(closed(changed)) == "statement: its figures do not follow from its events";
  };
  auto changed = honest;
  changed.mutable_row(0)->set_payable_minor(honest.row(0).payable_minor() - 1);
  CHECK(refused(changed));
  changed = honest;
  changed.mutable_row(0)->mutable_tender(0)->set_sales_minor(1);
  CHECK(refused(changed));
  changed = honest;
  changed.set_commission_basis_points(honest.commission_basis_points() + 100);
  CHECK(refused(changed));
  changed = honest;
  changed.clear_counted();
  CHECK(refused(changed));
  changed = honest;
  changed.clear_arrival();
  CHECK(refused(changed));
  changed = honest;
  changed.clear_row();
  CHECK(refused(changed));
}

TEST_CASE("A statement in which an event or a log is missing or altered is refused") {
  Day day;
  const auto honest = opened(day.statement());
  for (int i = 0; i < honest.log_size(); ++i) {
    CAPTURE(i);
    auto changed = honest;
    changed.mutable_log(i)->mutable_event()->RemoveLast();
    CHECK(day.verdict(closed(changed)) != "proven");
    changed = honest;
    changed.mutable_log(i)->mutable_event(0)->back() ^= 1;
    CHECK(day.verdict(closed(changed)) != "proven");
    changed = honest;
    auto* log = changed.mutable_log(i);
    const int sale = place_of(*log, schemas::KIND_SALE);
    if (sale >= 0) {  // hidden under its leaf hash
      log->add_withheld(ledger::to_bytes(ledger::leaf_hash(log->event(sale))));
      log->mutable_event(sale)->clear();
      CHECK(day.verdict(closed(changed)) == "statement: an event of till is missing");
    }
    changed = honest;
    changed.mutable_log()->DeleteSubrange(i, 1);
    CHECK(day.verdict(closed(changed)) != "proven");
  }
  CHECK(day.verdict(day.statement() + Bytes("\xfa\x07\x01x", 4)) ==
        "statement: the file is cut or altered");
  CHECK(day.verdict(day.statement().substr(0, 900)) != "proven");
}

TEST_CASE("An event or a device of another stand is refused in a statement") {
  Day day;
  const auto honest = opened(day.statement());
  const auto root = *ledger::parse_signed_certificate(day.world.signed_root);
  const auto others = opened(ledger::make_statement(*day.hub.store, root, "bar-2").take());
  auto changed = honest;
  *changed.add_device() = others.device(0);
  auto* log = changed.add_log();
  *log = others.log(0);
  log->set_device(static_cast<std::uint32_t>(changed.device_size() - 1));
  CHECK(day.verdict(closed(changed)) == "statement: other is no device of bar-1");
  changed = honest;  // under a head of the stand's own device
  changed.mutable_log(0)->mutable_event()->Add()->assign(others.log(0).event(0));
  CHECK(day.verdict(closed(changed)) != "proven");
  CHECK(day.verdict(closed(others)) == "proven");
  CHECK_FALSE(ledger::make_statement(*day.hub.store, root, "bar-9").ok());
}

TEST_CASE("An earlier life of a till cannot be left out of a statement") {
  Day day;
  const auto honest = opened(day.statement());
  bool refused = false;
  for (int i = 0; i < honest.log_size(); ++i) {
    auto changed = honest;
    changed.mutable_log()->DeleteSubrange(i, 1);
    changed.clear_not_counted();
    changed.clear_counted();
    refused |=
        day.verdict(closed(changed)) == "statement: an earlier log of till is missing or cut";
  }
  CHECK(refused);
}
