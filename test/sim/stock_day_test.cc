// SPDX-License-Identifier: Apache-2.0
// Festival days of goods and cash, with thefts planted in them and without.
#include "test/sim/stock_day.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

using namespace verbena;

TEST_CASE("What was stolen is found at its holder and comes to its amount within a tenth") {
  for (const std::uint64_t seed : {1, 2}) {
    const sim::StockDayOptions options{seed, true};
    const auto result = sim::run_stock_day(options);
    CAPTURE(seed, sim::stock_day_json(options, result));
    CHECK(result.passed());
    CHECK(result.planted.size() >= 8);
    CHECK(result.unjudged == 0);
    CHECK(std::abs(result.loss_minor() - result.planted_minor()) * 10 <= result.planted_minor());
  }
}

TEST_CASE("A stand that rings nothing up while others sell is told within a quarter of an hour") {
  constexpr std::int64_t silent_from_s = 4 * 3'600, quarter_s = 15 * 60;
  for (const std::uint64_t seed : {1, 2}) {
    const sim::StockDayOptions options{seed, true};
    const auto result = sim::run_stock_day(options);
    const auto silent = [](const auto& one) { return one.kind == "silent"; };
    const auto planted = std::find_if(result.planted.begin(), result.planted.end(), silent);
    REQUIRE(planted != result.planted.end());
    const auto told =
        std::find_if(result.found.begin(), result.found.end(), [&](const sim::Found& one) {
          return one.kind == "silent-stand" && one.holder == planted->holder;
        });
    CAPTURE(seed, planted->holder);
    REQUIRE(told != result.found.end());
    CHECK(told->at_s > silent_from_s);
    CHECK(told->at_s <= silent_from_s + quarter_s);
  }
}

TEST_CASE("An honest day has no finding that adds to the loss") {
  for (const std::uint64_t seed : {1, 2}) {
    const sim::StockDayOptions options{seed, false};
    const auto result = sim::run_stock_day(options);
    CAPTURE(seed, sim::stock_day_json(options, result));
    CHECK(result.passed());
    CHECK(result.loss_minor() == 0);
    CHECK(result.planted.empty());
    CHECK(result.sheets >= 25);
    CHECK(result.sales > 5'000);
  }
}

TEST_CASE("A seed gives the same day of goods and cash twice") {
  const auto told = [](std::uint64_t seed) {
    const sim::StockDayOptions options{seed, true};
    return sim::stock_day_json(options, sim::run_stock_day(options));
  };
  CHECK(told(3) == told(3));
}
