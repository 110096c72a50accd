// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/shrinkage.h"

#include <catch2/catch.hpp>
#include <set>

#include "node/finding_texts.h"
#include "test/ledger/stock/shrinkage_day.h"

using namespace verbena;
using ledger::FindingKind;
using ledger::StockFinding;
using test::Dice;
using test::SheetPlan;

namespace {

// A sheet of bottles in which `missing` are missing: 300 handled at 4.00.
ledger::SheetFigures bottles(const std::string& holder, std::int64_t missing) {
  ledger::SheetFigures sheet{.holder = holder, .sheet = 7, .final = true, .persons = {"ana"}};
  ledger::ItemFigures item{.item = 1, .price_minor = 400, .cost_minor = 120};
  item.opening = 100;
  item.in = 240;
  item.out = 40;
  item.sold = 180;
  item.gratis = 5;
  item.waste = 3;
  item.counted = 112 - missing;
  sheet.items = {item};
  sheet.sales = {90, 72'000};
  return sheet;
}

std::vector<StockFinding> of_kind(const std::vector<StockFinding>& all, FindingKind kind) {
  std::vector<StockFinding> out;
  for (const auto& finding : all) {
    if (finding.kind == kind) out.push_back(finding);
  }
  return out;
}

// Twenty stands that void three in a hundred, comp two and take three tenths in cash.
std::vector<ledger::SheetFigures> stands() {
  std::vector<ledger::SheetFigures> out;
  for (int i = 0; i < 20; ++i) {
    ledger::SheetFigures sheet = bottles("stand-" + std::to_string(i), 0);
    sheet.sales = {600, 300'000};
    sheet.voids = {static_cast<std::uint64_t>(15 + i % 7), 9'000};
    sheet.comps = {static_cast<std::uint64_t>(10 + i % 5), 6'000};
    sheet.refunds = {static_cast<std::uint64_t>(2 + i % 3), 1'000};
    sheet.cash = {static_cast<std::uint64_t>(165 + 3 * (i % 10)), 90'000};
    out.push_back(std::move(sheet));
  }
  return out;
}

// Everything a program can see of a report.
std::string print(const ledger::ShrinkageReport& report) {
  std::string out;
  for (const auto& f : report.findings) {
    out += std::string(ledger::finding_kind_name(f.kind)) + "|" + f.holder + "|" + f.subject;
    for (const auto& person : f.persons) out += "," + person;
    for (const auto sheet : f.sheets) out += "#" + std::to_string(sheet);
    for (const auto value : {f.money_minor, f.cost_minor, f.units, f.observed, f.expected_milli,
                             f.from_s, f.until_s, std::int64_t{f.false_alarm_ppm}}) {
      out += " " + std::to_string(value);
    }
    for (const auto& line : f.lines) {
      out += " [" + std::to_string(line.item) + " " + std::to_string(line.units) + " " +
             std::to_string(line.money_minor) + (line.beyond ? "!]" : "]");
    }
    for (const auto& id : f.evidence) out += " " + ledger::hex(id).substr(0, 8);
    out += "\n";
  }
  for (const auto& row : report.unjudged) {
    out += "unjudged " + row.holder + " " + std::to_string(row.sheet) + " " +
           std::to_string(static_cast<int>(row.reason)) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("A count within its error says nothing and one beyond it names all that is known") {
  const auto quiet = ledger::judge_sheets({bottles("barra-1", 2)}, {});
  CHECK(quiet.findings.empty());
  CHECK(quiet.unjudged.empty());
  const auto report = ledger::judge_sheets({bottles("barra-1", 3)}, {});
  REQUIRE(report.findings.size() == 1);
  const StockFinding& found = report.findings[0];
  CHECK(found.kind == FindingKind::variance);
  CHECK(found.holder == "barra-1");
  CHECK(found.persons == std::vector<std::string>{"ana"});
  CHECK(found.sheets == std::vector<std::uint64_t>{7});
  CHECK(found.units == 3);
  CHECK(found.money_minor == 1'200);
  CHECK(found.cost_minor == 360);
  CHECK(found.false_alarm_ppm >= 1);
  CHECK(found.false_alarm_ppm <= 750);
  CHECK(report.loss_minor() == 1'200);
}

TEST_CASE("More goods than there should be are told apart from missing ones") {
  const auto report = ledger::judge_sheets({bottles("barra-1", -4)}, {});
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].kind == FindingKind::surplus);
  CHECK(report.findings[0].money_minor == -1'600);
}

TEST_CASE("One item sold as another is found on both sides and costs what the prices differ") {
  auto sheet = bottles("barra-1", 5);
  sheet.items.push_back(sheet.items[0]);
  sheet.items[1].item = 2;
  sheet.items[1].counted = 112 + 5;
  sheet.items[1].price_minor = 390;
  const auto report = ledger::judge_sheets({sheet}, {});
  REQUIRE(report.findings.size() == 2);
  CHECK(of_kind(report.findings, FindingKind::variance)[0].units == 5);
  CHECK(of_kind(report.findings, FindingKind::surplus)[0].units == -5);
  CHECK(report.loss_minor() == 50);
}

TEST_CASE("Sheets that are not whole are named and not judged") {
  auto provisional = bottles("barra-1", 50);
  provisional.final = false;
  auto uncounted = bottles("barra-2", 50);
  uncounted.items[0].counted.reset();
  const auto report = ledger::judge_sheets({uncounted, provisional}, {});
  CHECK(report.findings.empty());
  REQUIRE(report.unjudged.size() == 2);
  CHECK(report.unjudged[0] ==
        ledger::Unjudged{"barra-1", 7, ledger::Unjudged::Reason::provisional});
  CHECK(report.unjudged[1] ==
        ledger::Unjudged{"barra-2", 7, ledger::Unjudged::Reason::not_counted});
}

TEST_CASE("A gap explains the goods its sales took and its money is counted once") {
  auto sheet = bottles("barra-1", 40);  // 160.00 missing
  ledger::ShrinkageInput input;
  sheet.gap_minor = 15'800;
  input.sheets = {sheet};
  input.gaps = {{.holder = "barra-1", .device = "till-3", .missing_minor = 15'800, .events = 33}};
  auto report = ledger::find_shrinkage(input);
  CHECK(of_kind(report.findings, FindingKind::variance).empty());
  REQUIRE(of_kind(report.findings, FindingKind::device_gap).size() == 1);
  CHECK(of_kind(report.findings, FindingKind::device_gap)[0].false_alarm_ppm == 0);
  CHECK(report.loss_minor() == 15'800);
  input.sheets[0].gap_minor = 6'000;
  input.gaps[0].missing_minor = 6'000;
  report = ledger::find_shrinkage(input);
  REQUIRE(of_kind(report.findings, FindingKind::variance).size() == 1);
  CHECK(report.loss_minor() == 16'000);
}

TEST_CASE("One person's sheets at several stands are put together") {
  std::vector<ledger::SheetFigures> sheets;
  for (int i = 0; i < 16; ++i) {
    auto sheet = bottles("barra-" + std::to_string(i), 2);  // each within its error
    sheet.persons = {"leo", "crew-" + std::to_string(i)};
    sheets.push_back(std::move(sheet));
    auto honest = bottles("barra-" + std::to_string(i), 0);
    honest.persons = {"eva"};
    honest.sheet = 8;
    sheets.push_back(std::move(honest));
  }
  const auto report = ledger::judge_sheets(sheets, {});
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].kind == FindingKind::creeping_variance);
  CHECK(report.findings[0].holder.empty());
  CHECK(report.findings[0].persons == std::vector<std::string>{"leo"});
  CHECK(report.findings[0].sheets.size() == 16);
  CHECK(report.findings[0].money_minor == 16 * 800);
}

TEST_CASE("One bad sheet does not speak for the others of its holder") {
  std::vector<ledger::SheetFigures> sheets = {bottles("barra-1", 60)};
  for (std::uint64_t number = 8; number < 14; ++number) {
    sheets.push_back(bottles("barra-1", static_cast<std::int64_t>(number % 2)));
    sheets.back().sheet = number;
  }
  const auto report = ledger::judge_sheets(sheets, {});
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].sheets == std::vector<std::uint64_t>{7});
}

TEST_CASE("Voids and comps and cash are judged against the other stands") {
  auto sheets = stands();
  CHECK(ledger::judge_peers(sheets, {}).empty());
  sheets[4].voids = {70, 42'000};
  sheets[9].comps = {60, 36'000};
  sheets[11].cash = {20, 9'000};
  sheets[13].refunds = {40, 20'000};
  sheets[15].items[0].waste = 60;
  const auto found = ledger::judge_peers(sheets, {});
  REQUIRE(found.size() == 5);
  const std::pair<FindingKind, const char*> expected[] = {{FindingKind::voids, "stand-4"},
                                                          {FindingKind::comps, "stand-9"},
                                                          {FindingKind::cash_share, "stand-11"},
                                                          {FindingKind::refunds, "stand-13"},
                                                          {FindingKind::waste, "stand-15"}};
  for (const auto& [kind, holder] : expected) {
    CAPTURE(ledger::finding_kind_name(kind));
    REQUIRE(of_kind(found, kind).size() == 1);
    CHECK(of_kind(found, kind)[0].holder == holder);
    CHECK(of_kind(found, kind)[0].money_minor > 0);
    CHECK(of_kind(found, kind)[0].false_alarm_ppm <= 800);
  }
  // 70 voids of 600.00 in all, 18 of them usual.
  const auto voids = of_kind(found, FindingKind::voids)[0];
  CHECK(voids.observed == 70);
  CHECK(voids.expected_milli > 17'000);
  CHECK(voids.expected_milli < 19'500);
  CHECK(voids.money_minor > 30'000);
  CHECK(voids.money_minor < 32'000);
  // A few stands cannot show what is usual.
  CHECK(ledger::judge_peers({sheets.begin(), sheets.begin() + 8}, {}).empty());
}

TEST_CASE("Honest stands that differ among themselves are rarely held against each other") {
  Dice dice(12);
  int found = 0, sheets_seen = 0;
  for (int day = 0; day < 60; ++day) {
    auto sheets = stands();
    for (auto& sheet : sheets) {
      // Each stand has a void and cash habit of its own, up to twice another's.
      const double habit = 0.02 + 0.02 * dice.unit(), cash = 0.2 + 0.2 * dice.unit();
      sheet.sales.count = static_cast<std::uint64_t>(dice.between(200, 1'500));
      for (auto* tally : {&sheet.voids, &sheet.comps, &sheet.refunds, &sheet.cash}) {
        tally->count = 0;
        const double chance = tally == &sheet.cash ? cash : habit;
        for (std::uint64_t i = 0; i < sheet.sales.count; ++i) {
          tally->count += dice.unit() < chance ? 1 : 0;
        }
      }
    }
    sheets_seen += static_cast<int>(sheets.size());
    found += static_cast<int>(ledger::judge_peers(sheets, {}).size());
  }
  CAPTURE(found, sheets_seen);
  CHECK(found * 1'000'000 <= sheets_seen * 4'000);
}

TEST_CASE("Drawers and deliveries that come up short are found beyond honest error") {
  ledger::ShrinkageInput input;
  // 100 cash sales: wrong change of 20 cents each adds up to 7.43 at one in a thousand.
  input.drawers = {{.holder = "barra-1",
                    .person = "ana",
                    .shift = 1,
                    .cash_sales = 100,
                    .expected_minor = 90'000,
                    .counted_minor = 90'000 - 743},
                   {.holder = "barra-1",
                    .person = "leo",
                    .shift = 2,
                    .cash_sales = 100,
                    .expected_minor = 90'000,
                    .counted_minor = 90'000 - 744},
                   {.holder = "barra-1",
                    .person = "eva",
                    .shift = 3,
                    .cash_sales = 100,
                    .expected_minor = 90'000,
                    .counted_minor = 95'000}};
  input.dispatches = {{.holder = "mula-1",
                       .dispatch = "d-1",
                       .item = 4,
                       .price_minor = 300,
                       .dispatched = 480,
                       .received = 476},
                      {.holder = "mula-1",
                       .dispatch = "d-2",
                       .item = 4,
                       .price_minor = 300,
                       .dispatched = 480,
                       .received = 475},
                      {.holder = "mula-2",
                       .dispatch = "d-3",
                       .item = 4,
                       .price_minor = 300,
                       .dispatched = 24,
                       .received = 23}};
  const auto report = ledger::find_shrinkage(input);
  const auto drawers = of_kind(report.findings, FindingKind::drawer_short);
  REQUIRE(drawers.size() == 1);
  CHECK(drawers[0].persons == std::vector<std::string>{"leo"});
  CHECK(drawers[0].money_minor == 744);
  const auto short_ones = of_kind(report.findings, FindingKind::short_delivery);
  REQUIRE(short_ones.size() == 2);
  CHECK(short_ones[0].subject == "d-2");
  CHECK(short_ones[0].units == 5);
  CHECK(short_ones[1].subject == "d-3");
}

TEST_CASE("What is found does not depend on the order of what is given") {
  Dice dice(21);
  ledger::ShrinkageInput input;
  ledger::Minor planted = 0;
  for (int i = 0; i < 40; ++i) {
    SheetPlan plan = {.units = dice.between(200, 3'000), .hidden = i % 5 == 0 ? 40 : 0};
    plan.draught = i % 3 == 0;
    plan.yield_spread = plan.draught ? 300 : 0;
    auto sheet = test::make_sheet(dice, "stand-" + std::to_string(i / 3), plan, planted);
    sheet.sheet = static_cast<std::uint64_t>(i % 3);
    sheet.voids = {static_cast<std::uint64_t>(i % 11 == 0 ? 90 : 5), 5'000};
    for (int k = 0; k < 90; ++k) sheet.items[0].evidence.push_back(test::evidence_id(dice));
    input.sheets.push_back(sheet);
    if (i % 7 == 0) input.sheets.push_back(sheet);  // the same twice
    ledger::ActivityFigures figures{.holder = sheet.holder, .group = "zone"};
    figures.last_sale_s = (2'000 + (i / 3 == 2 ? 10 : 20)) * 900;
    figures.known_until_s = 2'021 * 900;
    for (std::int64_t q = 0; q < 20; ++q) {
      const std::uint32_t sales = i / 3 == 2 && q >= 10 ? 0 : 12;
      figures.quarters.push_back({2'000 + q, 5, sales, sales, sales * 450});
    }
    input.activity.push_back(std::move(figures));
    input.drawers.push_back({.holder = "stand-1",
                             .person = "p" + std::to_string(i),
                             .shift = 1,
                             .cash_sales = 10,
                             .expected_minor = 5'000 + i * 40,
                             .counted_minor = 5'000});
    input.gaps.push_back({"stand-2", "till-" + std::to_string(i % 4), i * 10, 3});
    input.dispatches.push_back({.holder = "mula",
                                .dispatch = "d",
                                .item = 1,
                                .price_minor = i,
                                .dispatched = 100,
                                .received = 90});
  }
  input.now_s = 2'021 * 900;
  const std::string first = print(ledger::find_shrinkage(input));
  std::set<std::string> kinds;
  for (const auto& finding : ledger::find_shrinkage(input).findings) {
    kinds.insert(ledger::finding_kind_name(finding.kind));
  }
  CHECK(kinds.size() >= 7);
  for (int round = 0; round < 20; ++round) {
    dice.shuffle(input.sheets);
    dice.shuffle(input.activity);
    dice.shuffle(input.drawers);
    dice.shuffle(input.gaps);
    dice.shuffle(input.dispatches);
    for (auto& sheet : input.sheets) {
      dice.shuffle(sheet.items);
      dice.shuffle(sheet.persons);
      for (auto& item : sheet.items) dice.shuffle(item.evidence);
    }
    for (auto& figures : input.activity) dice.shuffle(figures.quarters);
    REQUIRE(print(ledger::find_shrinkage(input)) == first);
  }
}

TEST_CASE("Figures of any size and sign are judged or named and never overflow") {
  Dice dice(33);
  const std::int64_t edges[] = {0,
                                1,
                                -1,
                                100,
                                1'000'000'000,
                                1'000'000'001,
                                -1'000'000'000,
                                1'000'000'000'000,
                                INT64_MAX,
                                INT64_MIN,
                                INT64_MAX - 1};
  const auto any = [&] {
    return dice.next() % 4 == 0 ? static_cast<std::int64_t>(dice.next())
                                : edges[dice.next() % std::size(edges)];
  };
  const auto small = [&] { return static_cast<std::uint32_t>(any()); };
  std::size_t found = 0, unjudged = 0;
  for (int round = 0; round < 300; ++round) {
    ledger::ShrinkageInput input;
    for (int i = 0; i < 12; ++i) {
      // Some with one wild figure only, so that the limits themselves are reached.
      const bool wild = i % 2 == 0;
      auto sheet = bottles("s" + std::to_string(i), 5);
      for (int k = 0; k < (i == 11 ? 256 : 3); ++k) sheet.items.push_back(sheet.items[0]);
      for (auto& item : sheet.items) {
        item.draught = dice.next() % 2 == 0;
        if (!wild) {
          item.price_minor = item.cost_minor = ledger::unit_price_minor_max;
          item.yield_spread_basis_points = item.draught ? 10'000 : 0;
          item.opening = ledger::stock_units_max;
          item.in = item.out = item.sold = item.gratis = item.waste = 0;
          item.counted = dice.next() % 2 == 0 ? 0 : ledger::stock_units_max;
          continue;
        }
        std::int64_t* const fields[] = {&item.price_minor, &item.cost_minor, &item.opening,
                                        &item.in,          &item.out,        &item.sold,
                                        &item.gratis,      &item.waste,      &*item.counted};
        *fields[dice.next() % std::size(fields)] = any();
        if (dice.next() % 4 == 0) item.yield_spread_basis_points = small();
      }
      if (i == 11) sheet.items.resize(sheet.items.size() - static_cast<std::size_t>(round % 2));
      sheet.gap_minor = dice.next() % 3 == 0 ? any() : 0;
      for (auto* tally : {&sheet.sales, &sheet.cash, &sheet.voids, &sheet.comps}) {
        *tally = {static_cast<std::uint64_t>(any()), any()};
      }
      input.sheets.push_back(std::move(sheet));
      ledger::ActivityFigures figures{.holder = "s" + std::to_string(i), .group = "g"};
      figures.last_sale_s = dice.next() % 2 == 0 ? any() : 2'000 * 900;
      figures.known_until_s = any();
      for (int q = 0; q < 40; ++q) {
        figures.quarters.push_back(
            {dice.next() % 8 == 0 ? any() : 1'960 + q, small(), small(), small(), any()});
      }
      input.activity.push_back(std::move(figures));
      input.drawers.push_back({"h", "p", 1, static_cast<std::uint64_t>(any()), any(), any()});
      input.gaps.push_back({"h", "d", any(), static_cast<std::uint64_t>(any())});
      input.dispatches.push_back({.holder = "h",
                                  .dispatch = "d",
                                  .item = 1,
                                  .price_minor = any(),
                                  .cost_minor = any(),
                                  .dispatched = any(),
                                  .received = any()});
    }
    input.now_s = round % 3 == 0 ? any() : 2'001 * 900;
    ledger::ShrinkageModel model;
    if (round % 5 == 0) {
      model = {.count_error_basis_points = small(),
               .count_error_units_min = any(),
               .change_error_minor = any(),
               .variance_ppm = small(),
               .yield_ppm = small(),
               .creeping_ppm = small(),
               .voids_ppm = small(),
               .silent_ppm = small(),
               .slow_ppm = small(),
               .drawer_ppm = small(),
               .delivery_ppm = small(),
               .day_quarters = small(),
               .busy_sales_per_hour = small()};
    }
    const auto report = ledger::find_shrinkage(input, model);
    found += report.findings.size();
    unjudged += report.unjudged.size();
    for (const auto& finding : report.findings) {
      CHECK(node::finding_text(finding, {}, node::Language::en) !=
            node::finding_text(finding, {}, node::Language::es));
    }
  }
  CHECK(found > 1'000);
  CHECK(unjudged > 1'000);
  CHECK(ledger::find_shrinkage({}).findings.empty());
}

TEST_CASE("Every kind of finding has a name and says in two languages what was seen") {
  std::set<std::string> names, sentences;
  node::FindingWords words;
  words.currency = "EUR";
  words.scale = 2;
  words.item = [](std::uint32_t number) { return number == 1 ? "cerveza" : ""; };
  for (const auto kind : ledger::all_finding_kinds) {
    CAPTURE(ledger::finding_kind_name(kind));
    names.insert(ledger::finding_kind_name(kind));
    StockFinding finding;
    finding.kind = kind;
    finding.holder = "barra-1";
    finding.persons = {"ana", "leo"};
    finding.subject = "till-3";
    finding.sheets = {4, 5};
    finding.money_minor = kind == FindingKind::surplus ? -123'450 : 123'450;
    finding.units = kind == FindingKind::surplus ? -17 : 17;
    finding.observed = 3;
    finding.expected_milli = 12'500;
    finding.from_s = 900;
    finding.until_s = 2'100;
    finding.false_alarm_ppm = 2'345;
    finding.lines = {{1, 12, 4'800, true}, {2, 5, 1'000, false}};
    for (const auto language : {node::Language::en, node::Language::es}) {
      const std::string text = node::finding_text(finding, words, language);
      CAPTURE(text);
      CHECK(text.find("barra-1") != std::string::npos);
      CHECK(text.find("1234.50") != std::string::npos);
      CHECK(text.find("-1234.50") == std::string::npos);
      CHECK(sentences.insert(text).second);
    }
  }
  CHECK(names.size() == std::size(ledger::all_finding_kinds));
  CHECK_FALSE(names.contains(""));
}
