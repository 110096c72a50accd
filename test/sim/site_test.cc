// SPDX-License-Identifier: Apache-2.0
#include "test/sim/site.h"

#include <catch2/catch.hpp>

using namespace verbena;

TEST_CASE("Tills that follow their zone and devices that hold everything agree after a day") {
  sim::SiteOptions options;
  options.nodes = 60;
  options.full = 8;
  options.sales = 1'500;
  const auto day = sim::run_site(options);
  CHECK(day.passed());
  CHECK(day.violations == std::vector<std::string>{});
  CHECK(day.sales == options.sales);
  CHECK(day.zones > 1);
  CHECK(day.by_band > options.sales / 3);
  CHECK(day.top_ups > 0);
  CHECK(day.copies > day.events * options.full);
  CHECK(day.copies < day.events * options.nodes);  // no till holds what is of other zones alone
}
