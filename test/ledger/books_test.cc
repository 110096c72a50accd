// SPDX-License-Identifier: Apache-2.0
#include "ledger/books.h"

#include <catch2/catch.hpp>

#include "ledger/audit.h"
#include "test/support/world.h"

using namespace verbena;
using test::Band;
using test::Device;
using test::World;

namespace {

using Sums = std::map<std::pair<std::string, std::string>, __int128>;

ledger::Books books_of(World& world, Device& device) {
  auto books = ledger::keep_books(*device.store, world.root);
  REQUIRE(books.ok());
  return books.take();
}

// What one event moves, by unit and path; "" for what is known from bands only.
Sums entries(const ledger::Books& books, const std::string& event) {
  Sums out;
  for (const auto& posting : books.postings) {
    const bool gap = posting.event == ledger::no_event;
    if (event != (gap ? "" : ledger::hex(books.events[posting.event].id))) continue;
    const auto& from = books.state->accounts().all()[posting.transfer.from];
    const auto& to = books.state->accounts().all()[posting.transfer.to];
    out[{from.unit, from.path}] -= posting.transfer.amount;
    out[{to.unit, to.path}] += posting.transfer.amount;
  }
  return out;
}

struct Bar {
  World world{11};
  Device& hub = world.add(schemas::HUB, "hub");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& sup = world.add(schemas::SUPERVISOR, "sup");
  Device& one = world.add(schemas::VENDOR, "pos-1", "bar-1");
  Device& two = world.add(schemas::VENDOR, "pos-2", "bar-2");

  void gather() {
    for (auto* device : {&desk, &sup, &one, &two, &desk, &sup}) World::meet(hub, *device);
  }
};

std::string id_of(const schemas::OperateReply& reply) {
  REQUIRE(reply.has_done());
  return ledger::hex(reply.done().id());
}

}  // namespace

TEST_CASE("Each event's entries are what it moved") {
  Bar bar;
  Band band = bar.world.band();
  const auto top_up = id_of(bar.world.top_up(bar.desk, band, 2000));
  bar.gather();
  const auto sale = id_of(bar.world.sell(bar.one, band, "beer", 2));
  const auto cash = id_of(bar.world.sell_cash(bar.two, "water"));
  const auto voided = id_of(bar.world.void_sale(bar.two, cash));
  bar.gather();
  const auto books = books_of(bar.world, bar.hub);
  CHECK(books.currency == "EUR");
  CHECK(books.scale == 2);

  const auto of_sale = entries(books, sale);
  CHECK(of_sale.at({"EUR", "stand/bar-1"}) == 900);
  CHECK(of_sale.at({"#1", "sold/bar-1"}) == 2);
  CHECK(of_sale.at({"#1", "holder/bar-1"}) == -2);
  CHECK(of_sale.size() == 4);
  CHECK(entries(books, top_up).at({"EUR", "outside/cash"}) == -2000);
  CHECK(entries(books, cash).at({"EUR", "stand/bar-2"}) == 200);
  CHECK(entries(books, voided).at({"EUR", "stand/bar-2"}) == -200);
  REQUIRE(books.sale_lines.size() == 2);
  for (const auto& line : books.sale_lines) {
    const bool is_cash = ledger::hex(books.events[line.event].id) == cash;
    CHECK((is_cash || ledger::hex(books.events[line.event].id) == sale));
    CHECK(line.quantity == (is_cash ? 1 : 2));
    CHECK(line.amount_minor == (is_cash ? 200 : 900));
  }
}

TEST_CASE("A revoked device's later sale is booked where the fold suspends it") {
  Bar bar;
  Band band = bar.world.band();
  bar.world.top_up(bar.desk, band, 2000);
  bar.gather();
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias("pos-1");
  request.mutable_revoke()->set_reason("stolen");
  node::TapSession session(*bar.sup.ledger, bar.world.random, schemas::SUPERVISOR);
  REQUIRE(session.begin(request).has_done());
  const auto sale = id_of(bar.world.sell(bar.one, band, "beer"));
  bar.gather();
  const auto books = books_of(bar.world, bar.hub);
  const auto moved = entries(books, sale);
  CHECK(moved.at({"EUR", "suspense/revoked/pos-1"}) == 450);
  CHECK_FALSE(moved.contains({"EUR", "stand/bar-1"}));
  for (const auto& event : books.events) {
    if (ledger::hex(event.id) == sale) CHECK(event.cause == ledger::Cause::revoked);
  }
}

TEST_CASE("Steps known from a band only are booked without an event") {
  Bar bar;
  Band band = bar.world.band();
  bar.world.top_up(bar.desk, band, 2000);
  bar.gather();
  bar.world.sell(bar.one, band, "beer");   // never heard of again
  bar.world.sell(bar.two, band, "water");  // on the same band
  for (auto* device : {&bar.desk, &bar.two}) World::meet(bar.hub, *device);
  const auto books = books_of(bar.world, bar.hub);
  const auto gap = entries(books, "");
  __int128 moved = 0;
  for (const auto& [account, amount] : gap) moved += amount > 0 ? amount : 0;
  CHECK(moved == 450);
}

TEST_CASE("An event that several histories of a forked log tell is booked once") {
  Bar bar;
  bar.gather();
  bar.world.sell_cash(bar.one, "beer");
  auto twin = bar.world.clone(bar.one);
  bar.world.sell_cash(bar.one, "water", 3);
  bar.world.sell_cash(*twin, "beer", 4);
  World::meet(bar.hub, bar.one);
  World::meet(bar.hub, *twin);
  const auto books = books_of(bar.world, bar.hub);
  std::uint64_t in_branches = 0;
  for (const auto& event : books.events) in_branches += books.logs[event.log].branch;
  CHECK(in_branches > 0);
  __int128 suspended = 0;
  for (const auto& posting : books.postings) {
    const auto& to = books.state->accounts().all()[posting.transfer.to];
    if (to.path == "suspense/fork/pos-1" && to.unit == "EUR") suspended += posting.transfer.amount;
  }
  CHECK(suspended == 3 * 200 + 4 * 450);
}

TEST_CASE("A currency that looks like an item is no currency, and moves nothing") {
  CHECK(ledger::item_of_unit("#7") == 7);
  CHECK(ledger::item_of_unit("#0") == 0);
  for (const char* unit : {"EUR", "", "#", "#x", "#07", "#7 ", "#-7", "#+7", "#4294967296"}) {
    CAPTURE(unit);
    CHECK_FALSE(ledger::item_of_unit(unit).has_value());
  }
  Bar bar;
  for (const char* currency : {"#x", "#", "#01"}) {
    auto written =
        bar.one.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
          ledger::Draft draft;
          draft.event.set_kind(schemas::KIND_SALE);
          auto* posting = draft.event.add_posting();
          posting->set_from(schemas::OUTSIDE);
          posting->set_to(schemas::STAND);
          posting->set_amount_minor(5);
          posting->set_currency(currency);
          return std::vector{draft};
        });
    REQUIRE(written.ok());
  }
  World::meet(bar.hub, bar.one);
  CHECK(ledger::audit(*bar.hub.store, bar.world.root).ok());
  CHECK(books_of(bar.world, bar.hub).postings.empty());
}

TEST_CASE("A kind has its name and a time its text whatever the number") {
  CHECK(ledger::kind_name(schemas::KIND_SALE_PREPARED) == "sale-prepared");
  CHECK(ledger::kind_name(static_cast<schemas::Kind>(77)) == "kind-77");
  CHECK(ledger::utc_text(0) == "1970-01-01T00:00:00Z");
  CHECK(ledger::utc_text(1'800'000'000'000ull << 16) == "2027-01-15T08:00:00Z");
  CHECK(ledger::utc_text(UINT64_MAX) == "9999-12-31T23:59:59Z");
}
