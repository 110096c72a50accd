// SPDX-License-Identifier: Apache-2.0
// Taps that are torn at random, at devices that crash and are cut off. VERBENA_LONG=1: a million.
#include "test/card_emulator/tap_storm.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "test/sim/memo.h"

using namespace verbena;

namespace {

constexpr unsigned threads = 2;
constexpr std::uint64_t taps_short = 8'000, taps_long = 1'000'000;

std::uint64_t taps_wanted() {
  if (const char* given = std::getenv("VERBENA_TAPS")) return std::strtoull(given, nullptr, 10);
  return std::getenv("VERBENA_LONG") != nullptr ? taps_long : taps_short;
}

}  // namespace

TEST_CASE("Torn taps, crashes and partitions lose no money, double none and leave no step open") {
  const std::uint64_t wanted = taps_wanted();
  test::StormResult all;
  std::mutex mutex;
  std::atomic<std::uint64_t> next = 1;
  const auto work = [&] {
    for (bool more = wanted > 0; more;) {
      const std::uint64_t seed = next++;
      sim::remember_signatures(true);
      const auto result = test::run_storm({.seed = seed});
      const std::lock_guard lock(mutex);
      all.add(result);
      more = all.taps < wanted;
    }
  };
  std::vector<std::thread> pool;
  for (unsigned i = 0; i < threads; ++i) pool.emplace_back(work);
  for (auto& thread : pool) thread.join();
  for (std::size_t i = 0; i < all.violations.size() && i < 20; ++i) FAIL_CHECK(all.violations[i]);
  std::string refused;
  for (const auto& [code, count] : all.refused)
    refused += ", " + code + " " + std::to_string(count);
  WARN("figure: " << next - 1 << " seeds, " << all.taps << " taps, " << all.green << " done, "
                  << all.torn << " torn, " << all.settled << " settled when asked again, "
                  << all.crashes << " crashes, " << all.partitions << " partitions, "
                  << all.counted_unseen << " counted that nobody was told of, " << all.lapsed
                  << " lapsed, " << all.events << " events, " << all.violations.size()
                  << " violations" << refused);
  CHECK(all.violations.empty());
  CHECK(all.taps >= wanted);
  CHECK(all.torn > all.taps / 20);
  CHECK(all.settled > all.torn / 10);
  CHECK(all.crashes > all.taps / 100);
  CHECK(all.counted_unseen > 0);
  CHECK(all.lapsed > 0);
}
