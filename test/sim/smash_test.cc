// SPDX-License-Identifier: Apache-2.0
// What bands tell of a till that was smashed after an hour in which nobody heard it. With
// VERBENA_LONG=1 so many tills that means are known to a thirtieth.
#include "test/sim/smash.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace verbena;

namespace {

bool is_long() {
  const char* wanted = std::getenv("VERBENA_LONG");
  return wanted != nullptr && std::string_view(wanted) == "1";
}

sim::SmashResult smashed(const sim::SmashOptions& options) {
  auto result = sim::run_smash(options);
  if (is_long()) std::printf("%s\n", sim::smash_json(options, result).c_str());
  return result;
}

// Each till by itself, whatever the means come to.
void check_each(const sim::SmashResult& result) {
  CHECK(result.unexpected.empty());
  for (std::size_t i = 0; i < result.tills.size(); ++i) {
    const auto& till = result.tills[i];
    CAPTURE(i, till.sales, till.unwitnessed_minor);
    CHECK(till.priced_minor == till.told_minor);
    CHECK(till.charged_minor == till.paid_minor);
  }
}

}  // namespace

TEST_CASE("The hub knows to the cent what a smashed till sold before the last band that was seen") {
  sim::SmashOptions options;
  options.tills = is_long() ? 3'000 : 160;
  const auto result = smashed(options);
  CAPTURE(sim::smash_json(options, result));
  check_each(result);
  CHECK(result.sales() > options.tills * 130);  // an hour of a busy till
  CHECK(result.priced_share() >= 0.99);
  // What is not known is the tail of a geometric distribution.
  const double off = std::abs(result.mean_unknown_minor() - result.formula_minor());
  CHECK(off <= 3 * result.standard_error_minor());
  if (!is_long()) return;
  CHECK(result.standard_error_minor() * 30 <= result.formula_minor());
  CHECK(off * 10 <= result.formula_minor());
}

TEST_CASE("Where all pay by band a smashed till hides less than a euro") {
  sim::SmashOptions options;
  options.tills = is_long() ? 1'500 : 80;
  options.crowd.bands_percent = 100;
  const auto result = smashed(options);
  CAPTURE(sim::smash_json(options, result));
  check_each(result);
  CHECK(result.priced_share() >= 0.999);
  CHECK(result.mean_unknown_minor() <= 100);
}

TEST_CASE("Where people come back seldom, bands that are read at the exit price as much") {
  sim::SmashOptions options;
  options.tills = is_long() ? 1'000 : 40;
  options.crowd.purchases_tenths = 50;
  options.crowd.exit_percent = 90;
  const auto result = smashed(options);
  CAPTURE(sim::smash_json(options, result));
  check_each(result);
  CHECK(result.priced_share() >= 0.99);
}

TEST_CASE("A seed smashes the same tills twice") {
  const auto told = [](std::uint64_t seed) {
    sim::SmashOptions options;
    options.seed = seed;
    options.tills = 2;
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (const auto& till : sim::run_smash(options).tills) {
      out.emplace_back(till.unwitnessed_minor, till.priced_minor);
    }
    return out;
  };
  const auto once = told(3);
  CHECK(told(3) == once);
  CHECK(told(4) != once);
}
