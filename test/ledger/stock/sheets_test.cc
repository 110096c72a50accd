// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/sheets.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "ledger/audit.h"
#include "ledger/core/merkle.h"
#include "ledger/stock_report.h"
#include "node/stock_json.h"
#include "test/support/world.h"

using namespace verbena;
using test::Device;
using test::World;

namespace {

constexpr std::uint32_t beer = 1;

// A store, two tills of one stand, a till of another, and a hub.
struct Ground {
  World world;
  Device& hub = world.add(schemas::HUB, "hub");
  Device& store = world.add(schemas::STORE, "store");
  Device& courier = world.add(schemas::COURIER, "courier-1");
  Device& left = world.add(schemas::VENDOR, "left", "bar-1");
  Device& right = world.add(schemas::VENDOR, "right", "bar-1");
  Device& other = world.add(schemas::VENDOR, "other", "bar-2");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");

  Ground() { meet(); }
  void meet() {
    for (int i = 0; i < 2; ++i) {
      for (Device* device : {&store, &courier, &left, &right, &other, &desk}) {
        World::meet(hub, *device);
      }
    }
  }
  // So many beers at bar-1, by way of the store.
  void supply(std::uint32_t units) {
    REQUIRE(world.stock(store, "deliver", "beer", units).has_done());
    REQUIRE(world.stock(store, "dispatch", "beer", units, "bar-1").has_done());
    meet();
    REQUIRE(world.stock(left, "receive", "beer", units).has_done());
    meet();
  }
  // Both tills close, two persons count.
  void close_and_count(std::uint32_t units) {
    REQUIRE(world.close_sheet(left).has_done());
    REQUIRE(world.close_sheet(right).has_done());
    meet();
    REQUIRE(world.count(left, "beer", units, "ana").has_done());
    REQUIRE(world.count(left, "beer", units, "luis").has_done());
    meet();
  }
};

std::vector<ledger::Sheet> sheets_of(Device& device, const std::string& holder) {
  std::vector<ledger::Sheet> out;
  device.ledger->ask([&](ledger::State& state, const auto&) {
    for (auto& sheet : ledger::sheets(state)) {
      if (sheet.holder == holder) out.push_back(std::move(sheet));
    }
  });
  return out;
}

}  // namespace

TEST_CASE(
    "A sheet adds up what came, left, was sold, given and broken, and names what is missing") {
  Ground g;
  g.supply(100);
  REQUIRE(g.world.sell_cash(g.left, "beer", 30).has_done());
  REQUIRE(g.world.sell_cash(g.right, "beer", 20).has_done());
  REQUIRE(g.world.stock(g.left, "waste", "beer", 3).has_done());
  REQUIRE(g.world.stock(g.left, "give", "beer", 2).has_done());
  REQUIRE(g.world.stock(g.left, "dispatch", "beer", 10, "store").has_done());
  g.close_and_count(33);
  const auto sheets = sheets_of(g.hub, "bar-1");
  REQUIRE(sheets.size() == 1);
  const auto& line = sheets[0].lines.at(beer);
  CHECK(line.in == 100);
  CHECK(line.out == 10);
  CHECK(line.sold == 50);
  CHECK(line.waste == 3);
  CHECK(line.gratis == 2);
  CHECK(line.expected_end() == 35);
  CHECK(line.variance() == -2);
  CHECK(sheets[0].is_final());
  CHECK(sheets[0].counters == std::set<std::string>{"ana", "luis"});
  CHECK(sheets[0].sellers == std::set<std::string>{"left", "right"});
}

TEST_CASE("A sheet is provisional until every till of the stand has closed it") {
  Ground g;
  g.supply(10);
  REQUIRE(g.world.sell_cash(g.right, "beer", 1).has_done());
  REQUIRE(g.world.close_sheet(g.left).has_done());
  g.meet();
  auto sheets = sheets_of(g.hub, "bar-1");
  CHECK(sheets[0].open_devices == std::vector<std::string>{"right"});
  CHECK_FALSE(sheets[0].is_closed());
  REQUIRE(g.world.close_sheet(g.right).has_done());
  g.meet();
  sheets = sheets_of(g.hub, "bar-1");
  CHECK(sheets[0].is_closed());
  CHECK_FALSE(sheets[0].is_final());  // nobody counted
}

TEST_CASE("A sale that comes late corrects the sheet it was made in, on every node") {
  Ground g;
  g.supply(50);
  REQUIRE(g.world.sell_cash(g.left, "beer", 10).has_done());
  REQUIRE(g.world.sell_cash(g.right, "beer", 5).has_done());  // its till is out of reach now
  REQUIRE(g.world.close_sheet(g.right).has_done());
  REQUIRE(g.world.close_sheet(g.left).has_done());
  World::meet(g.hub, g.left);
  REQUIRE(g.world.count(g.left, "beer", 35, "ana").has_done());
  REQUIRE(g.world.count(g.left, "beer", 35, "luis").has_done());
  World::meet(g.hub, g.left);
  CHECK(sheets_of(g.hub, "bar-1")[0].lines.at(beer).variance() == -5);
  REQUIRE(g.world.sell_cash(g.left, "beer", 1).has_done());  // belongs to the next sheet
  g.meet();
  const auto sheets = sheets_of(g.other, "bar-1");
  REQUIRE(sheets.size() == 2);
  CHECK(sheets[0].lines.at(beer).variance() == 0);
  CHECK(sheets[1].lines.at(beer).expected_start == 35);
  CHECK(sheets[1].lines.at(beer).sold == 1);
}

TEST_CASE("A void gives the units back to the sheet of the sale it takes back") {
  Ground g;
  g.supply(50);
  const auto cash = g.world.sell_cash(g.left, "beer", 4);
  auto band = g.world.band();
  REQUIRE(g.world.top_up(g.desk, band, 2000).has_done());
  const auto purse = g.world.sell(g.left, band, "beer", 3);
  REQUIRE(purse.has_done());
  REQUIRE(g.world.close_sheet(g.left).has_done());
  for (const auto& sale : {cash, purse}) {
    REQUIRE(g.world.void_sale(g.left, ledger::hex(sale.done().id())).has_done());
  }
  g.meet();
  const auto sheets = sheets_of(g.hub, "bar-1");
  CHECK(sheets[0].lines.at(beer).sold == 0);
  CHECK(sheets[0].voids == 2);
  CHECK(sheets[0].lines.at(beer).expected_end() == 50);
}

TEST_CASE("A sale whose tap was torn and never finished is on no sheet") {
  Ground g;
  g.supply(50);
  auto band = g.world.band();
  REQUIRE(g.world.top_up(g.desk, band, 2000).has_done());
  schemas::OperateRequest request;
  request.set_band(band.image);
  request.mutable_sell()->set_tender("purse");
  auto* line = request.mutable_sell()->add_line();
  line->set_sku("beer");
  line->set_quantity(2);
  node::TapSession session(*g.left.ledger, g.world.random, schemas::VENDOR);
  REQUIRE(session.begin(request).has_write());
  REQUIRE(g.world.sell(g.right, band, "beer", 1).has_done());
  g.meet();
  CHECK(sheets_of(g.hub, "bar-1")[0].lines.at(beer).sold == 1);
}

TEST_CASE("Two supervisors end the sheet of a till that is gone, and its own word comes first") {
  Ground g;
  Device& sup = g.world.add(schemas::SUPERVISOR, "sup");
  g.supply(50);
  REQUIRE(g.world.sell_cash(g.right, "beer", 5).has_done());
  g.meet();
  World::meet(g.hub, sup);
  REQUIRE(g.world.sell_cash(g.right, "beer", 2).has_done());  // nobody has heard of it
  REQUIRE(g.world.close_sheet(g.left).has_done());
  schemas::OperateRequest request;
  request.mutable_close_sheet()->set_device("right");
  node::TapSession alone(*sup.ledger, g.world.random, schemas::SUPERVISOR);
  CHECK(alone.begin(request).refused().code() == "approval-needed");
  REQUIRE(g.world.approved(sup, request, 1).has_done());
  World::meet(g.hub, sup);
  World::meet(g.hub, g.left);
  auto sheets = sheets_of(g.hub, "bar-1");
  CHECK(sheets[0].is_closed());
  CHECK(sheets[0].lines.at(beer).sold == 5);
  SECTION("it comes back: what it sold after that is the next sheet's") {
    World::meet(g.hub, g.right);
    sheets = sheets_of(g.hub, "bar-1");
    CHECK(sheets[0].lines.at(beer).sold == 5);
    CHECK(sheets[1].lines.at(beer).sold == 2);
  }
  SECTION("it had closed the sheet itself before it heard of that") {
    REQUIRE(g.world.close_sheet(g.right).has_done());
    World::meet(g.hub, g.right);
    sheets = sheets_of(g.hub, "bar-1");
    CHECK(sheets[0].lines.at(beer).sold == 7);
    CHECK(sheets.size() == 1);
  }
}

TEST_CASE("What two supervisors end for a lost till also ends its drawer and its dispatches") {
  Ground g;
  Device& sup = g.world.add(schemas::SUPERVISOR, "sup");
  g.supply(50);
  REQUIRE(g.world.sell_cash(g.right, "beer", 5).has_done());
  g.meet();
  World::meet(g.hub, sup);
  schemas::OperateRequest request;
  request.mutable_close_sheet()->set_device("right");
  REQUIRE(g.world.approved(sup, request, 1).has_done());
  // It has not heard of that, and goes on.
  request.mutable_shift()->set_action("open");
  request.mutable_shift()->set_amount_minor(100);
  REQUIRE(g.world.approved(g.right, request).has_done());
  REQUIRE(g.world.stock(g.right, "dispatch", "beer", 4, "store").has_done());
  World::meet(g.hub, sup);
  World::meet(g.hub, g.right);
  g.hub.ledger->ask([&](ledger::State& state, const auto&) {
    CHECK(ledger::drawers(state).at(0).sheet == 2);
    for (const auto& goods : ledger::sent_goods(state)) {
      CHECK(goods.sheet == (goods.from == "bar-1" ? 2 : 1));
    }
  });
}

TEST_CASE("Goods that nobody answers for are charged to who sent them, once the sheet is final") {
  Ground g;
  g.supply(20);
  REQUIRE(g.world.stock(g.store, "deliver", "beer", 30).has_done());
  REQUIRE(g.world.stock(g.store, "dispatch", "beer", 12, "bar-1").has_done());
  g.meet();
  const auto lost = [&] {
    std::vector<ledger::SentGoods> out;
    g.hub.ledger->ask([&](ledger::State& state, const auto&) {
      for (auto& goods : ledger::sent_goods(state)) {
        if (!goods.answered) out.push_back(std::move(goods));
      }
    });
    return out;
  };
  REQUIRE(lost().size() == 1);
  CHECK_FALSE(lost()[0].overdue);
  g.close_and_count(20);
  REQUIRE(lost().size() == 1);
  CHECK(lost()[0].overdue);
  CHECK(lost()[0].from == "store");
  const auto charged = g.hub.ledger->stock()->settlements;
  REQUIRE(charged.size() == 1);
  CHECK(charged[0].holder == "store");
  CHECK(charged[0].short_delivery_minor == 12 * 450);
  const auto found = [&] {
    const auto report = ledger::audit(*g.hub.store, g.world.root);
    return std::count_if(report->findings.begin(), report->findings.end(),
                         [](const auto& finding) { return finding.kind == "short-delivery"; });
  };
  CHECK(found() == 1);
  SECTION("it was only late") {
    REQUIRE(g.world.stock(g.left, "receive", "beer", 12).has_done());
    g.meet();
    CHECK(lost().empty());
    CHECK(found() == 0);
  }
  SECTION("what is sent afterwards belongs to the receiver's next sheet") {
    REQUIRE(g.world.stock(g.store, "dispatch", "beer", 3, "bar-1").has_done());
    g.meet();
    REQUIRE(lost().size() == 2);
    for (const auto& goods : lost()) {
      CHECK(goods.overdue == (goods.items.at(beer).first == 12));
    }
  }
}

TEST_CASE("A report stays what it was while the ledger goes on, and is made once for each change") {
  Ground g;
  g.supply(20);
  auto band = g.world.band();
  REQUIRE(g.world.top_up(g.desk, band, 4'000).has_done());
  REQUIRE(g.world.sell(g.left, band, "beer", 2).has_done());
  const auto before = g.left.ledger->stock();
  CHECK(before == g.left.ledger->stock());
  const auto wrong = g.world.sell_cash(g.left, "beer", 3);
  REQUIRE(g.world.void_sale(g.left, ledger::hex(wrong.done().id())).has_done());
  REQUIRE(g.world.sell(g.left, band, "beer", 1).has_done());
  REQUIRE(g.world.close_sheet(g.left).has_done());
  const auto sold = [](const std::vector<ledger::Sheet>& sheets) {
    std::int64_t out = 0;
    for (const auto& sheet : sheets) {
      for (const auto& [item, line] : sheet.lines) out += line.sold;
    }
    return out;
  };
  CHECK(sold(ledger::sheets(*before->facts)) == 2);
  CHECK(before->facts->custody.logs().size() > 0);
  const auto after = g.left.ledger->stock();
  CHECK(after != before);
  CHECK(sold(after->sheets) == 3);
}

TEST_CASE("A new life of a till goes on with the sheet its last one was on") {
  Ground g;
  g.supply(20);
  REQUIRE(g.world.sell_cash(g.left, "beer", 1).has_done());
  REQUIRE(g.world.close_sheet(g.left).has_done());
  g.world.restart(g.left);
  REQUIRE(g.world.sell_cash(g.left, "beer", 2).has_done());
  g.meet();
  const auto sheets = sheets_of(g.hub, "bar-1");
  CHECK(sheets[0].lines.at(beer).sold == 1);
  CHECK(sheets[1].lines.at(beer).sold == 2);
}

TEST_CASE("Custody passes by the receiver's own word, and what did not arrive is the sender's") {
  Ground g;
  REQUIRE(g.world.stock(g.store, "deliver", "beer", 100).has_done());
  REQUIRE(g.world.stock(g.store, "dispatch", "beer", 60, "courier-1").has_done());
  g.meet();
  REQUIRE(g.world.stock(g.courier, "receive", "beer", 60).has_done());
  REQUIRE(g.world.stock(g.courier, "dispatch", "beer", 60, "bar-1").has_done());
  g.meet();
  CHECK(g.world.stock(g.other, "receive", "beer", 48).refused().code() == "no-dispatch");
  REQUIRE(g.world.stock(g.right, "receive", "beer", 48).has_done());
  g.meet();
  std::vector<ledger::SentGoods> goods;
  g.hub.ledger->ask([&](ledger::State& state, const auto&) { goods = ledger::sent_goods(state); });
  REQUIRE(goods.size() == 2);
  for (const auto& sent : goods) {
    CHECK(sent.answered);
    const auto& [away, arrived] = sent.items.at(beer);
    CHECK(away == 60);
    CHECK(arrived == (sent.from == "courier-1" ? 48 : 60));
  }
}

TEST_CASE("Goods from a supplier count only with a supervisor's yes") {
  Ground g;
  schemas::OperateRequest request;
  request.mutable_stock()->set_action("deliver");
  auto* line = request.mutable_stock()->add_line();
  line->set_sku("beer");
  line->set_quantity(10);
  CHECK(g.world.approved(g.store, request, 0).refused().code() == "approval-needed");
  REQUIRE(g.world.approved(g.store, request, 1).has_done());
  g.meet();
  CHECK(sheets_of(g.hub, "store")[0].lines.at(beer).in == 10);
}

TEST_CASE("A store that writes a delivery without anybody's yes gets nothing for it") {
  Ground g;
  const auto written =
      g.store.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        ledger::Draft draft;
        draft.event.set_kind(schemas::KIND_STOCK);
        auto* move = draft.event.add_move();
        move->set_from(schemas::SUPPLIER);
        move->set_to(schemas::HOLDER);
        move->add_item(beer);
        move->add_quantity(1000);
        return std::vector{draft};
      });
  REQUIRE(written.ok());
  g.meet();
  CHECK(sheets_of(g.hub, "store").empty());
  g.hub.ledger->ask([&](ledger::State& state, const auto&) {
    CHECK(state.accounts().balance("#1", "suspense/rule/store") == 1000);
  });
}

TEST_CASE("A till cannot take goods out of another holder's custody") {
  for (const auto& [from, to] :
       {std::pair{schemas::HOLDER, schemas::HOLDER}, std::pair{schemas::HOLDER, schemas::WASTE},
        std::pair{schemas::TRANSIT, schemas::HOLDER}}) {
    Ground g;
    g.supply(10);
    const auto written = g.other.ledger->commit(
        0, [&, from = from, to = to](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
          ledger::Draft draft;
          draft.event.set_kind(schemas::KIND_STOCK);
          auto* move = draft.event.add_move();
          move->set_from(from);
          move->set_from_id("bar-1");
          move->set_to(to);
          move->add_item(beer);
          move->add_quantity(4);
          return std::vector{draft};
        });
    REQUIRE(written.ok());
    g.meet();
    g.hub.ledger->ask([&](ledger::State& state, const auto&) {
      CHECK(state.accounts().balance("#1", "suspense/rule/other") == 4);
    });
    CHECK(sheets_of(g.hub, "bar-2").empty());
  }
}

TEST_CASE("A menu takes its parts from the stock, and a keg is so many cups") {
  schemas::Festival settings = test::small_festival();
  auto* lager = settings.add_item();
  lager->set_number(3);
  lager->set_sku("lager");
  auto* keg = lager->add_pack();
  keg->set_name("keg");
  keg->set_units(100);
  auto* menu = settings.add_item();
  menu->set_number(4);
  menu->set_sku("menu");
  menu->set_price_minor(900);
  for (const auto& [item, units] : {std::pair{3u, 2u}, std::pair{2u, 1u}}) {
    auto* part = menu->add_part();
    part->set_item(item);
    part->set_quantity(units);
  }
  settings.mutable_stand(0)->add_item(4);
  World world(1, settings);
  Device& store = world.add(schemas::STORE, "store");
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  schemas::OperateRequest request;
  request.mutable_stock()->set_action("deliver");
  auto* line = request.mutable_stock()->add_line();
  line->set_sku("lager");
  line->set_quantity(3);
  line->set_pack("keg");
  REQUIRE(world.approved(store, request, 1).has_done());
  line->set_pack("barrel");
  CHECK(world.approved(store, request, 1).refused().code() == "bad-input");
  REQUIRE(world.sell_cash(till, "menu", 5).has_done());
  CHECK(world.stock(till, "waste", "menu", 1).refused().code() == "unknown-item");
  World::meet(store, till);
  CHECK(sheets_of(till, "store")[0].lines.at(3).in == 300);
  const auto sold = sheets_of(store, "bar-1")[0].lines;
  CHECK(sold.at(3).sold == 10);
  CHECK(sold.at(2).sold == 5);
  CHECK_FALSE(sold.contains(4));
}

TEST_CASE("A purse step beside it gets no goods past the yes of others") {
  Ground g;
  const auto written =
      g.store.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        schemas::StockNote note;
        note.set_action(schemas::DELIVER);
        ledger::Draft draft;
        draft.event.set_kind(schemas::KIND_STOCK);
        draft.event.set_payload(note.SerializeAsString());
        auto* move = draft.event.add_move();
        move->set_from(schemas::SUPPLIER);
        move->set_to(schemas::HOLDER);
        move->add_item(beer);
        move->add_quantity(1000);
        auto* step = draft.event.mutable_step();
        step->set_purse(7);
        step->set_counter(1);
        step->set_previous(std::string(12, '\0'));
        return std::vector{draft};
      });
  REQUIRE(written.ok());
  REQUIRE(g.store.ledger
              ->commit(0,
                       [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
                         return std::vector{
                             ledger::confirm_draft(written->back(), schemas::KIND_SALE_PREPARED)};
                       })
              .ok());
  g.meet();
  CHECK(sheets_of(g.hub, "store").empty());
  g.hub.ledger->ask([&](ledger::State& state, const auto&) {
    CHECK(state.accounts().balance("#1", "holder/store") == 0);
  });
}

TEST_CASE("Another's sale copied into a till's own log is no sale of its stand") {
  Ground g;
  g.supply(10);
  auto band = g.world.band();
  REQUIRE(g.world.top_up(g.desk, band, 2000).has_done());
  const auto sale = g.world.sell(g.left, band, "beer", 2);
  REQUIRE(sale.has_done());
  g.meet();
  ledger::Bytes copied;
  for (const auto& log : g.hub.ledger->logs()) {
    for (std::uint64_t i = 0; i < log.head.size; ++i) {
      const auto bytes = g.hub.ledger->event_bytes(log.name, i);
      if (ledger::view(ledger::leaf_hash(*bytes)) == sale.done().id()) copied = *bytes;
    }
  }
  REQUIRE_FALSE(copied.empty());
  const ledger::LogName name{g.other.identity.certificate.hash, 77, ledger::LogClass::trade};
  ledger::MerklePeaks peaks;
  peaks.append(ledger::leaf_hash(copied));
  const ledger::LogRun run{
      name, 0, {copied}, ledger::sign_head(g.other.identity.key, name.id(), 1, peaks.root(), 1)};
  REQUIRE(g.hub.ledger->ingest(run).ok());
  std::uint64_t sold = 0;
  for (const char* stand : {"bar-1", "bar-2"}) {
    for (const auto& sheet : sheets_of(g.hub, stand)) sold += sheet.sales_minor;
  }
  CHECK(sold == 900);
}

TEST_CASE("A stand pays nothing out but what a void takes back") {
  Ground g;
  REQUIRE(g.world.sell_cash(g.left, "beer", 2).has_done());
  const auto written =
      g.left.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        ledger::Draft draft;
        draft.event.set_kind(schemas::KIND_SALE);
        auto* posting = draft.event.add_posting();
        posting->set_from(schemas::STAND);
        posting->set_to(schemas::OUTSIDE);
        posting->set_amount_minor(900);
        return std::vector{draft};
      });
  REQUIRE(written.ok());
  g.meet();
  CHECK(sheets_of(g.hub, "bar-1").at(0).cash_minor == 900);
  g.hub.ledger->ask([&](ledger::State& state, const auto&) {
    CHECK(state.accounts().balance("EUR", "suspense/rule/left") == 900);
  });
}

TEST_CASE("A sheet is not final while goods on it were counted by nobody") {
  Ground g;
  g.supply(10);
  REQUIRE(g.world.sell_cash(g.left, "water").has_done());
  g.close_and_count(10);  // beer alone
  CHECK_FALSE(sheets_of(g.hub, "bar-1").at(0).is_final());
}
