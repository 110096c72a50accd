// SPDX-License-Identifier: Apache-2.0
// Small sizes of what verbena-sim measures with --scenario heal, revoke, tail and calm.
#include "test/sim/figures.h"

#include <catch2/catch.hpp>

#include "test/sim/calm.h"

using namespace verbena;

TEST_CASE("Tills that were cut off agree soon after their links could have carried it all") {
  sim::HealOptions options;
  options.nodes = 8;
  options.sales = 400;
  options.bytes_per_ms = 8;  // slow, so that bytes are what counts
  const auto result = sim::run_heal(options);
  CAPTURE(sim::heal_json(options, result));
  REQUIRE(result.agreed);
  CHECK(result.violations.empty());
  CHECK(result.events >= 7 * 400);
  CHECK(result.agreed_ms >= result.own_ms);  // else the scenario reckons wrongly
  CHECK(result.wire_bytes <= result.event_bytes * options.nodes * 2);
  CHECK(result.ratio_linked() < 1.5);
}

TEST_CASE(
    "On a fast link acknowledgements hold up what tills that were cut off have to say little") {
  sim::HealOptions options;
  options.nodes = 20;
  options.sales = 1'000;
  const auto result = sim::run_heal(options);
  CAPTURE(sim::heal_json(options, result));
  REQUIRE(result.agreed);
  CHECK(result.agreed_ms - result.linked_ms >= result.own_ms);
  CHECK(result.ratio_linked() < 1.5);
}

TEST_CASE("A fifth of hostile devices holds up what the others have to say little") {
  sim::HealOptions options;
  options.nodes = 16;
  options.sales = 400;
  options.bytes_per_ms = 8;
  options.hostile = 4;
  const auto result = sim::run_heal(options);
  CAPTURE(sim::heal_json(options, result));
  REQUIRE(result.agreed);
  CHECK(result.violations.empty());
  CHECK(result.deeds > 50);
  CHECK(result.ratio_linked() < 1.5);
}

TEST_CASE("A revocation crosses an island in two seconds") {
  sim::IslandRevocation options;
  options.nodes = 60;
  const auto heard = sim::run_island_revocation(options);
  CAPTURE(heard.most_ms, heard.all_ms, heard.furthest);
  REQUIRE(heard.all_ms > 0);
  CHECK(heard.most_ms >= options.delay_ms);
  CHECK(heard.most_ms <= 2'000);
  CHECK(heard.furthest >= 2);
}

TEST_CASE("A backlog on slow links holds a revocation up by a part of a run on each hop") {
  sim::RowRevocation options;
  options.hops = 3;
  options.backlog_bytes = 2'000'000;
  sim::Revocations result;
  auto idle = options;
  idle.backlog_bytes = 0;
  result.idle = sim::run_row_revocation(idle);
  result.busy = sim::run_row_revocation(options);
  CAPTURE(result.idle.at_ms, result.busy.at_ms, result.busy.waiting_bytes);
  REQUIRE(result.busy.at_ms.back() != UINT64_MAX);
  CHECK(result.busy.waiting_bytes > 1'000'000);  // it was under way
  CHECK(result.more_per_hop_ms() <= 500);        // 64 sales take a second
}

TEST_CASE("All devices agree after a whole day on which nothing goes wrong") {
  sim::CalmOptions options;
  options.nodes = 6;
  options.sales = 300;
  const auto day = sim::run_calm(options);
  CHECK(day.passed());
  CHECK(day.violations == std::vector<std::string>{});
  CHECK(day.sales == options.sales);
  CHECK(day.by_band > options.sales / 3);
  CHECK(day.top_ups > 0);
  CHECK(day.events > options.sales + day.by_band);  // a band's sale is prepared and confirmed
  CHECK(day.virtual_ms == 24 * 3'600'000);
}

TEST_CASE("A till that is destroyed while any of its links is up takes a sale or two with it") {
  sim::TailOptions options;
  options.destroyed = 48;
  const auto result = sim::run_tail(options);
  CAPTURE(sim::tail_json(options, result));
  CHECK(result.passed());
  CHECK(result.violations.empty());
  CHECK(result.tails.size() == options.destroyed);
  CHECK(result.sales > options.destroyed * 40);
  CHECK(result.cuts > options.destroyed * 2);
  CHECK(result.percentile(100).sales > 0);  // else nobody was destroyed while it had news
}
