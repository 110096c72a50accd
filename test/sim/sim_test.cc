// SPDX-License-Identifier: Apache-2.0
// Many short festivals in virtual time, each with what its seed lets go wrong.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "test/sim/day.h"

using namespace verbena;

namespace {

std::uint64_t seeds() {
  const char* given = std::getenv("VERBENA_SIM_SEEDS");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 100;
}

}  // namespace

TEST_CASE("Whatever goes wrong, devices that are healed agree, and no acknowledged sale is lost") {
  std::map<std::string, std::uint64_t> faults;
  std::uint64_t sales = 0;
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    const auto result = sim::run_day({.seed = seed, .nodes = 4 + seed % 7});
    CAPTURE(seed, result.converge_ms);
    for (const auto& violation : result.violations) FAIL_CHECK(violation);
    sales += result.sales;
    for (const auto& [fault, count] : result.faults) faults[fault] += count;
  }
  std::string told;
  for (const auto& [fault, count] : faults) told += fault + " " + std::to_string(count) + ", ";
  WARN("figure: " << seeds() << " seeds, " << sales << " sales; " << told);
  CHECK(sales > seeds() * 20);
  CHECK(faults.size() >= 9);
}

TEST_CASE("A seed gives the same festival twice, byte for byte") {
  for (const std::uint64_t seed : {3, 17, 91}) {
    const auto once = sim::run_day({.seed = seed});
    const auto again = sim::run_day({.seed = seed});
    CHECK(once.digest == again.digest);
    CHECK(once.events == again.events);
    CHECK(once.wire_bytes == again.wire_bytes);
    CHECK(once.virtual_ms == again.virtual_ms);
    CHECK(sim::run_day({.seed = seed + 1}).digest != once.digest);
  }
}
