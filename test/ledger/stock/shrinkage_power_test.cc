// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "test/ledger/stock/shrinkage_day.h"

using namespace verbena;
using ledger::FindingKind;
using test::Dice;
using test::SheetPlan;

namespace {

bool is_flag(const ledger::StockFinding& finding) {
  return finding.kind == FindingKind::variance || finding.kind == FindingKind::yield;
}

struct Rate {
  int found = 0, wrong_holder = 0, surplus = 0, of = 0;
  ledger::Minor planted_minor = 0, found_minor = 0;
};

// `trials` sheets by themselves, each judged as a till would at shift close.
Rate try_sheets(std::uint64_t seed, int trials, const SheetPlan& plan, bool vary_items = true) {
  Dice dice(seed);
  Rate out;
  for (int trial = 0; trial < trials; ++trial) {
    SheetPlan one = plan;
    if (vary_items) one.items = dice.between(1, 12);
    const std::string holder = "barra-" + std::to_string(trial % 250);
    const auto sheet = test::make_sheet(dice, holder, one, out.planted_minor);
    const auto report = ledger::judge_sheets({sheet}, {});
    bool found = false;
    for (const auto& finding : report.findings) {
      found = found || is_flag(finding);
      out.surplus += finding.kind == FindingKind::surplus ? 1 : 0;
      out.wrong_holder += finding.holder == holder ? 0 : 1;
    }
    out.found_minor += static_cast<ledger::Minor>(report.loss_minor());
    out.found += found ? 1 : 0;
    ++out.of;
  }
  return out;
}

}  // namespace

TEST_CASE("Honest sheets of bottles are almost never flagged") {
  int flagged = 0, of = 0;
  for (const std::int64_t units : {40, 200, 500, 2'000, 20'000}) {
    const Rate rate = try_sheets(11 + static_cast<std::uint64_t>(units), 2'000, {.units = units});
    flagged += rate.found + rate.surplus;
    of += rate.of;
  }
  CAPTURE(flagged, of);
  CHECK(flagged * 100 < of);
}

TEST_CASE("Two hidden bottles in a hundred are found at shift close with the right holder") {
  for (const std::int64_t units : {500, 501, 800, 5'000}) {
    for (const bool one_item : {false, true}) {
      const std::int64_t hidden = (units * 2 + 99) / 100;
      const Rate rate = try_sheets(static_cast<std::uint64_t>(units), 1'000,
                                   {.units = units, .hidden = hidden, .one_item = one_item});
      CAPTURE(units, one_item, rate.found);
      CHECK(rate.found * 100 >= rate.of * 95);
      CHECK(rate.wrong_holder == 0);
    }
  }
}

TEST_CASE("Draught is judged within the yield that its kegs may have") {
  for (const std::int64_t spread : {200, 300, 500}) {
    const SheetPlan honest = {.units = 3'000, .items = 2, .draught = true, .yield_spread = spread};
    const Rate none = try_sheets(static_cast<std::uint64_t>(spread), 2'000, honest, false);
    CAPTURE(spread, none.found, none.surplus);
    CHECK((none.found + none.surplus) * 100 < none.of);
    // Twice the spread, and what two counts may hide.
    SheetPlan theft = honest;
    theft.hidden = theft.units * (2 * spread + 100) / 10'000;
    const Rate found = try_sheets(static_cast<std::uint64_t>(spread) + 1, 1'000, theft, false);
    CAPTURE(found.found);
    CHECK(found.found * 100 >= found.of * 95);
  }
}

TEST_CASE("Draught that stays below the bound of a sheet is found over several sheets") {
  Dice dice(5);
  int honest = 0, single = 0, found = 0;
  constexpr int trials = 300, sheets_each = 18;  // three shifts on six days
  ledger::Minor planted = 0, money = 0;
  for (int trial = 0; trial < trials; ++trial) {
    for (const bool theft : {false, true}) {
      std::vector<ledger::SheetFigures> sheets;
      ledger::Minor nothing = 0;
      for (std::uint64_t number = 1; number <= sheets_each; ++number) {
        SheetPlan plan = {.units = 3'000, .items = 2, .draught = true, .yield_spread = 300};
        if (theft) plan.hidden = 60;  // 2 %, within the spread of 3 %
        sheets.push_back(test::make_sheet(dice, "barra-9", plan, theft ? planted : nothing));
        sheets.back().sheet = number;
      }
      const auto report = ledger::judge_sheets(sheets, {});
      for (const auto& finding : report.findings) {
        if (!theft) ++honest;
        if (theft && finding.kind == FindingKind::yield) ++single;
        if (theft && finding.kind == FindingKind::creeping_variance) ++found;
      }
      if (theft) money += static_cast<ledger::Minor>(report.loss_minor());
    }
  }
  CAPTURE(honest, single, found, planted, money);
  CHECK(honest * 100 < trials * sheets_each);
  CHECK(single * 100 < trials * sheets_each * 60);
  CHECK(found * 100 >= trials * 95);
  CHECK(money * 100 >= planted * 90);
  CHECK(money * 100 <= planted * 110);
}

TEST_CASE("The money found on a mixed day is the money that went missing") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Dice dice(seed);
    std::vector<ledger::SheetFigures> sheets;
    ledger::Minor planted = 0;
    for (int stand = 0; stand < 250; ++stand) {
      SheetPlan plan;
      plan.units = dice.between(300, 4'000);
      plan.items = dice.between(3, 20);
      plan.draught = dice.between(1, 4) == 1;
      plan.yield_spread = plan.draught ? 300 : 0;
      // One in twenty sells a part for cash, most of it well visible, some hardly.
      if (stand % 20 == 0) plan.hidden = plan.units * dice.between(2, 20) / 100;
      sheets.push_back(test::make_sheet(dice, "stand-" + std::to_string(stand), plan, planted));
    }
    const auto report = ledger::judge_sheets(sheets, {});
    const auto found = static_cast<ledger::Minor>(report.loss_minor());
    CAPTURE(seed, planted, found);
    CHECK(found * 100 >= planted * 90);
    CHECK(found * 100 <= planted * 110);
  }
}

TEST_CASE("Sheets of 250 stands with 60 items each are judged well within a second") {
  Dice dice(3);
  ledger::ShrinkageInput input;
  ledger::Minor planted = 0;
  for (int stand = 0; stand < 250; ++stand) {
    const SheetPlan plan = {.units = 6'000, .items = 60, .hidden = stand % 10 == 0 ? 300 : 0};
    const std::string holder = "stand-" + std::to_string(stand);
    input.sheets.push_back(test::make_sheet(dice, holder, plan, planted));
    ledger::ActivityFigures figures{.holder = holder, .group = std::to_string(stand / 25)};
    for (std::int64_t q = 0; q < 56; ++q) {
      figures.quarters.push_back({1'000 + q, 60, 30, 60, 60 * 450});
    }
    // Silent for the last hour: the longest way through.
    figures.last_sale_s = (1'000 + 52) * 900;
    figures.known_until_s = (1'000 + 56) * 900;
    input.activity.push_back(std::move(figures));
  }
  input.now_s = (1'000 + 56) * 900;
  const auto start = std::chrono::steady_clock::now();
  const auto report = ledger::find_shrinkage(input);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  CHECK(report.findings.size() >= 25);
  CAPTURE(took.count());
  if (std::getenv("VERBENA_SLOW") == nullptr) CHECK(took.count() < 500);
}

// Prints the tables of docs/shrinkage.md; run by its tag.
TEST_CASE("The power of the sheet test is printed", "[.power]") {
  std::printf(
      "share hidden, %% of units | 200 bottles | 500 | 2,000 | draught 2 %% | 3 %% | 5 %%\n");
  for (const std::int64_t tenths : {0, 2, 5, 8, 10, 12, 15, 20, 30, 40, 60, 80, 100, 150}) {
    std::printf("%5.1f", static_cast<double>(tenths) / 10);
    for (const std::int64_t units : {200, 500, 2'000}) {
      const Rate rate = try_sheets(static_cast<std::uint64_t>(tenths * 7 + units), 4'000,
                                   {.units = units, .hidden = units * tenths / 1'000});
      std::printf(" | %5.1f", 100.0 * rate.found / rate.of);
    }
    for (const std::int64_t spread : {200, 300, 500}) {
      const Rate rate = try_sheets(static_cast<std::uint64_t>(tenths * 11 + spread), 4'000,
                                   {.units = 3'000,
                                    .items = 2,
                                    .hidden = 3 * tenths,
                                    .draught = true,
                                    .yield_spread = spread},
                                   false);
      std::printf(" | %5.1f", 100.0 * rate.found / rate.of);
    }
    std::printf("\n");
  }
}
