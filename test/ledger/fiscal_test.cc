// SPDX-License-Identifier: Apache-2.0
// Receipts with numbers, tax by rate and days of them.
#include "ledger/fiscal_book.h"
#include "ledger/fiscal_day.h"
#include "ledger/fiscal_own.h"
#include "test/support/lending_ground.h"

using namespace verbena;
using ledger::DocumentKind;
using ledger::FiscalBook;
using ledger::FiscalDocument;
using ledger::LogClass;
using ledger::NumberState;
using test::Band;
using test::Device;
using test::id_of;
using test::meals_request;
using test::sell_request;
using test::World;
using Ground = test::LendingGround;

namespace {

constexpr std::uint64_t hour_ms = 3'600'000;
constexpr std::uint64_t day_ms = 24 * hour_ms;

std::int64_t utc_day(std::uint64_t ms) {
  return static_cast<std::int64_t>(ms / day_ms);
}

FiscalBook book_of(const World& world, const Device& device) {
  auto book = ledger::keep_fiscal_book(*device.store, world.root);
  REQUIRE(book.ok());
  return book.take();
}

const FiscalDocument& document_of(const FiscalBook& book, const std::string& id) {
  const FiscalDocument* found = nullptr;
  for (const auto& document : book.documents) {
    if (ledger::hex(document.id) == id) found = &document;
  }
  REQUIRE(found != nullptr);
  return *found;
}

// Number and event of every receipt of a device's trade logs, as this book tells them.
std::vector<std::string> numbers_of(const FiscalBook& book, const std::string& alias) {
  std::vector<std::string> out;
  for (const auto& document : book.documents) {
    const auto& series = book.series[document.series];
    if (series.log.author->alias != alias) continue;
    out.push_back(series.name + "/" + std::to_string(document.number) + " " +
                  ledger::hex(document.id));
  }
  return out;
}

// A band sale that was written down and never confirmed: the customer went away with the old band.
std::string half_sale(World& world, Device& till, const Band& band) {
  auto request = sell_request("beer", 1, "purse");
  request.set_band(band.image);
  node::TapSession session(*till.ledger, world.random, schemas::VENDOR);
  REQUIRE(session.begin(request).has_write());
  std::string out;
  for (const auto& log : till.ledger->logs()) {
    if (log.name.certificate != till.identity.certificate.hash) continue;
    if (log.name.log_class != LogClass::trade) continue;
    for (const auto& run : *till.ledger->read(log.name, 0, SIZE_MAX)) {
      out = ledger::hex(ledger::leaf_hash(run.events.back()));
    }
  }
  return out;
}

std::uint64_t number_at_sale(const Device& till, const std::string& id) {
  const auto receipt = ledger::own_receipt(*till.ledger, id.substr(0, 12));
  REQUIRE(receipt.ok());
  CHECK(ledger::hex(receipt->document.id) == id);
  CHECK_FALSE(receipt->pending);
  CHECK(receipt->document.lines.at(0).rate_basis_points == 2100);
  return receipt->document.number;
}

ledger::VatSums sum_of_days(const FiscalBook& book, const ledger::FiscalScope& scope) {
  ledger::VatSums out;
  for (const auto& day : fiscal_days(book, scope, utc_day)) {
    out.count += day.total.count;
    out.gross_minor += day.total.gross_minor;
    out.tax_minor += day.total.tax_minor;
  }
  return out;
}

}  // namespace

TEST_CASE(
    "A till numbers its receipts alone and everybody who replays its log numbers them alike") {
  Ground g;
  g.world.top_up(g.desk, g.band, 3000);
  std::vector<std::string> sold;
  for (int i = 0; i < 3; ++i) {
    sold.push_back(id_of(g.cash(g.till, sell_request("water"))));
    sold.push_back(id_of(g.tap(g.till, sell_request("beer", 1, "purse"))));
    CHECK(number_at_sale(g.till, sold[sold.size() - 2]) == sold.size() - 1);
    CHECK(number_at_sale(g.till, sold.back()) == sold.size());  // while it is cut off
  }
  const auto alone = numbers_of(book_of(g.world, g.till), "till");
  REQUIRE(alone.size() == 6);
  for (std::size_t i = 0; i < sold.size(); ++i) {
    CHECK(alone[i].ends_with("/" + std::to_string(i + 1) + " " + sold[i]));
  }
  g.meet();
  CHECK(numbers_of(book_of(g.world, g.hub), "till") == alone);
  CHECK(alone[0].starts_with("till-T"));
  CHECK_FALSE(ledger::own_receipt(*g.hub.ledger, sold[0]).ok());  // another's is not its own
  CHECK_FALSE(ledger::own_receipt(*g.till.ledger, sold[0].substr(0, 7)).ok());
}

TEST_CASE("Another life of a till has a series of its own and the time between is told") {
  Ground g;
  g.cash(g.till, sell_request("water"));
  g.cash(g.till, sell_request("water"));
  g.world.clock.now_ms += 2 * hour_ms;
  g.world.restart(g.till);
  const auto sale = id_of(g.cash(g.till, sell_request("beer")));
  g.meet();
  const auto book = book_of(g.world, g.hub);
  const auto numbers = numbers_of(book, "till");
  REQUIRE(numbers.size() == 3);
  const auto& after = document_of(book, sale);
  CHECK(after.number == 1);
  CHECK(book.series[after.series].documents == 1);
  std::set<std::string> series;
  for (const auto& one : book.series) {
    if (one.documents > 0 && one.log.author->alias == "till") series.insert(one.name);
    CHECK_FALSE(one.ambiguous);
  }
  CHECK(series.size() == 2);
  std::vector<ledger::Outage> restarts;
  for (const auto& outage : book.outages) {
    if (outage.kind == ledger::OutageKind::restart) restarts.push_back(outage);
  }
  REQUIRE(restarts.size() == 1);
  CHECK(restarts[0].device == "till");
  CHECK(restarts[0].until_ms - restarts[0].from_ms >= 2 * hour_ms);
  CHECK(restarts[0].until_ms == after.at_ms);
}

TEST_CASE("A sale that a band never took keeps its number and is told as burnt") {
  Ground g;
  g.world.top_up(g.desk, g.band, 3000);
  const auto lost = half_sale(g.world, g.till, g.band);
  const auto next = id_of(g.cash(g.till, sell_request("water")));
  {
    const auto book = book_of(g.world, g.till);
    CHECK(document_of(book, lost).number == 1);
    CHECK(document_of(book, lost).state == NumberState::pending);
    CHECK(ledger::own_receipt(*g.till.ledger, lost)->pending);
    CHECK(document_of(book, next).number == 2);
    const auto days = fiscal_days(book, {"", "till"}, utc_day);
    REQUIRE(days.size() == 1);
    CHECK(days[0].series.at(0).numbers == 2);
    CHECK(days[0].total.count == 1);
    CHECK(days[0].total.gross_minor == 200);
  }
  g.tap(g.far, sell_request("beer", 1, "purse"));  // the band goes on without it
  g.meet();
  const auto book = book_of(g.world, g.hub);
  CHECK(document_of(book, lost).state == NumberState::aborted);
  CHECK(document_of(book, lost).number == 1);
  CHECK(document_of(book, lost).gross_minor() == 450);  // what the receipt would have said
}

TEST_CASE("A credit note takes a sale back line by line on its own day") {
  Ground g;
  g.world.top_up(g.desk, g.band, 3000);
  auto both = sell_request("beer", 2);
  auto* line = both.mutable_sell()->add_line();
  line->set_sku("water");
  line->set_quantity(3);
  const auto cash = id_of(g.cash(g.till, both));
  const auto band = id_of(g.tap(g.till, sell_request("beer", 1, "purse")));
  g.world.clock.now_ms += day_ms;
  schemas::OperateRequest request;
  request.mutable_void_sale()->set_reason("wrong");
  request.mutable_void_sale()->set_sale(cash);
  const auto first = id_of(g.world.approved(g.till, request));
  request.mutable_void_sale()->set_sale(band);
  const auto second = id_of(g.world.approved(g.till, request));
  const auto book = book_of(g.world, g.till);
  const auto& note = document_of(book, first);
  CHECK(note.kind == DocumentKind::credit_note);
  REQUIRE(note.lines.size() == 2);
  CHECK(note.lines[0].gross_minor == -900);
  CHECK(note.lines[0].tax_minor == -156);  // 900 * 21 / 121, half up
  CHECK(note.lines[0].quantity == -2);
  CHECK(note.lines[1].gross_minor == -600);
  CHECK(document_of(book, second).gross_minor() == -450);
  CHECK(document_of(book, cash).voided);
  CHECK_FALSE(ledger::own_receipt(*g.till.ledger, first).ok());  // its lines are its sale's
  CHECK(book.series[document_of(book, second).series].name.starts_with("till-V"));
  const auto days = fiscal_days(book, {"", "till"}, utc_day);
  REQUIRE(days.size() == 2);
  CHECK(days[0].total.gross_minor == 1950);
  CHECK(days[1].total.gross_minor == -1950);
  CHECK(days[1].total.tax_minor == -days[0].total.tax_minor);
  CHECK(days[1].sales_until_now.gross_minor == 1950);
  CHECK(days[1].credit_notes_until_now.gross_minor == -1950);
  CHECK(days[1].tenders.at("cash").goods == -1500);
  CHECK(days[1].tenders.at("purse").goods == -450);
}

TEST_CASE("Tips deposits gifts meals and parts add up and none of them bears tax of its own") {
  Ground g;
  g.world.top_up(g.desk, g.band, 3000);
  REQUIRE(g.gift(300).has_done());
  REQUIRE(g.world.approved(g.desk, meals_request(1), 1, &g.band).has_done());
  g.meet();
  auto tipped = sell_request("draught", 2, "purse");  // 6.00, two cups, 3.00 of it by the gift
  tipped.mutable_sell()->set_tip_minor(50);
  REQUIRE(g.tap(g.till, tipped).has_done());
  REQUIRE(g.tap(g.till, sell_request("menu", 1, "meal")).has_done());
  auto part = sell_request("menu", 1, "purse");
  part.mutable_sell()->set_part_minor(200);
  const auto paid = g.tap(g.till, part);
  REQUIRE(paid.has_done());
  auto rest = sell_request("menu");
  rest.mutable_sell()->add_part(id_of(paid));
  const auto whole = g.cash(g.till, rest);
  REQUIRE(whole.has_done());
  REQUIRE(g.cash(g.till, test::return_request(1)).has_done());
  const auto book = book_of(g.world, g.till);
  CHECK(document_of(book, id_of(paid)).kind == DocumentKind::part);
  CHECK(document_of(book, id_of(whole)).from_parts_minor == 200);
  const auto days = fiscal_days(book, {"bar-1", ""}, utc_day);
  REQUIRE(days.size() == 1);
  const auto& day = days[0];
  CHECK(day.total.gross_minor == 600 + 700 + 700);
  CHECK(day.difference_minor == 0);
  CHECK(day.parts_minor == 200);
  CHECK(day.from_parts_minor == 200);
  CHECK(day.tenders.at("gift").goods == 300);
  CHECK(day.tenders.at("crew").goods == 700);
  CHECK(day.tenders.at("purse").goods == 300 + 200);
  CHECK(day.tenders.at("purse").tips == 50);
  CHECK(day.tenders.at("purse").deposits == 200);
  CHECK(day.tenders.at("cash").deposits == -100);
  CHECK(day.tenders.at("cash").goods == 500);
  CHECK(day.kinds.at(DocumentKind::deposit_return).gross_minor == 0);
  CHECK(day.rates.size() == 1);
  CHECK(day.rates.at(0).tax_minor == 0);  // these goods bear none
}

TEST_CASE("Days of all stands and of all devices come to the days of the festival") {
  Ground g;
  g.world.top_up(g.desk, g.band, 5000);
  for (int i = 0; i < 5; ++i) {
    g.cash(g.till, sell_request("beer", 3));
    g.tap(g.far, sell_request("water", 1, "purse"));
    g.world.clock.now_ms += 11 * hour_ms;
  }
  g.meet();
  const auto book = book_of(g.world, g.hub);
  const auto all = sum_of_days(book, {});
  CHECK(all.gross_minor == 5 * (1350 + 200));
  CHECK(all.tax_minor == 5 * (234 + 35));  // each line rounded by itself, never the sum
  ledger::VatSums stands, devices;
  const auto add = [](ledger::VatSums& sum, const ledger::VatSums& part) {
    sum.count += part.count;
    sum.gross_minor += part.gross_minor;
    sum.tax_minor += part.tax_minor;
  };
  for (const char* stand : {"bar-1", "bar-2"}) add(stands, sum_of_days(book, {stand, ""}));
  for (const char* device : {"till", "far", "desk"}) add(devices, sum_of_days(book, {"", device}));
  CHECK(stands.gross_minor == all.gross_minor);
  CHECK(stands.tax_minor == all.tax_minor);
  CHECK(devices == all);
}

TEST_CASE("What a revoked device sold after its cut has a number and counts nowhere") {
  Ground g;
  Device& sup = g.world.add(schemas::SUPERVISOR, "sup");
  g.cash(g.till, sell_request("beer"));
  g.meet();
  World::meet(g.hub, sup);
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias("till");
  request.mutable_revoke()->set_reason("stolen");
  REQUIRE(g.world.tap(sup, request, nullptr).has_done());
  const auto late = id_of(g.cash(g.till, sell_request("beer")));
  World::meet(g.hub, sup);
  g.meet();
  const auto book = book_of(g.world, g.hub);
  CHECK(document_of(book, late).number == 2);
  CHECK(document_of(book, late).state == NumberState::suspended);
  CHECK(document_of(book, late).cause == "revoked");
  CHECK(sum_of_days(book, {"", "till"}).gross_minor == 450);
}

TEST_CASE("Two histories of one log contest the numbers from where they part") {
  Ground g;
  g.cash(g.till, sell_request("beer"));
  auto twin = g.world.clone(g.till);
  g.cash(g.till, sell_request("water"));
  g.cash(*twin, sell_request("beer", 2));
  World::meet(g.hub, g.till);
  World::meet(g.hub, *twin);
  const auto book = book_of(g.world, g.hub);
  std::size_t histories = 0;
  for (const auto& one : book.series) {
    if (one.log.author->alias != "till" || one.log.name.log_class != LogClass::trade) continue;
    ++histories;
    if (!one.log.branch) CHECK(one.contested_from == 2);
  }
  CHECK(histories == 2);
  std::size_t unnumbered = 0;
  for (const auto& document : book.documents) unnumbered += document.number == 0;
  CHECK(unnumbered == 1);
  CHECK(sum_of_days(book, {"", "till"}).gross_minor == 450);
}

TEST_CASE("A line whose tax is not what its settings make of it is told and not corrected") {
  Ground g;
  auto lie = test::draft_of(LogClass::trade, schemas::KIND_SALE);
  lie.binds_rules = true;
  schemas::Sale sale;
  sale.add_item(1);
  sale.add_quantity(1);
  sale.add_amount_minor(450);
  sale.add_tax_minor(77);  // 78 is right
  lie.event.set_payload(sale.SerializeAsString());
  test::post(lie, schemas::OUTSIDE, "", schemas::STAND, "", 450);
  const auto told = test::write(g.till, lie);
  const auto book = book_of(g.world, g.till);
  const auto& document = document_of(book, ledger::hex(told.id));
  CHECK(document.tax_differs);
  CHECK(document.tax_minor() == 77);
  CHECK(document.lines.at(0).rate_basis_points == 2100);
}

TEST_CASE("A till that sold by old prices was cut off at least until it last did") {
  Ground g;
  g.cash(g.till, sell_request("beer"));
  const std::uint64_t replaced_at = g.world.clock.now_ms;
  g.world.clock.now_ms += 1000;
  Device& office = g.world.device("root");
  schemas::Festival settings = test::lending_festival();
  settings.set_version(2);
  office.ledger->ask([&](ledger::State& state, const auto&) {
    settings.set_replaces(ledger::to_bytes(state.festival_hash()));
  });
  const auto publish = [&](std::uint64_t price_minor) {
    settings.mutable_item(0)->set_price_minor(price_minor);
    schemas::SignedFestival change;
    change.set_festival(settings.SerializeAsString());
    test::write(office, test::draft_of(LogClass::control, schemas::KIND_FESTIVAL,
                                       change.SerializeAsString()));
  };
  publish(500);
  g.world.clock.now_ms += hour_ms;
  const std::uint64_t replaced_again_at = g.world.clock.now_ms;
  publish(550);  // in the place of the same
  World::meet(office, g.hub);
  g.world.clock.now_ms += hour_ms;
  g.cash(g.till, sell_request("beer"));  // still at the old price
  const std::uint64_t last_old = g.world.clock.now_ms;
  g.meet();
  g.world.clock.now_ms += hour_ms;
  g.cash(g.till, sell_request("beer"));
  g.meet();
  const auto book = book_of(g.world, g.hub);
  std::vector<ledger::Outage> behind;
  for (const auto& outage : book.outages) {
    if (outage.kind == ledger::OutageKind::behind) behind.push_back(outage);
  }
  REQUIRE(behind.size() == 1);
  CHECK(behind[0].device == "till");
  CHECK(behind[0].from_ms > replaced_at);
  CHECK(behind[0].from_ms < replaced_again_at);
  CHECK(behind[0].until_ms == last_old);
}
