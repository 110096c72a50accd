// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// Taps of emulated chips at devices that crash and are cut off from each other. Drivers, taps,
// ledgers and sessions are the product's; chips, tears and crashes are ours.
namespace verbena::test {

struct StormOptions {
  std::uint64_t seed = 1;  // decides everything
  std::size_t taps = 400;
};

struct StormResult {
  std::uint64_t taps = 0;
  std::uint64_t green = 0;    // a device said it is done
  std::uint64_t torn = 0;     // the band left, or the device died, before it could
  std::uint64_t settled = 0;  // of these, done when asked again
  std::uint64_t crashes = 0;
  std::uint64_t partitions = 0;
  std::uint64_t counted_unseen = 0;  // never acknowledged, and they count: the band showed it
  std::uint64_t lapsed = 0;          // never acknowledged, and they do not
  std::uint64_t events = 0;
  std::map<std::string, std::uint64_t> refused;  // by code
  std::vector<std::string> violations;

  void add(const StormResult& other);
};

// One festival: random tears, crashes and partitions, then everybody meets and every band is tapped
// once more. Violations: money that is lost, made or doubled (I1), an intent or a step with two
// effects or an acknowledged one with none (I8), a step that is still open, a tap that was torn and
// told otherwise.
StormResult run_storm(const StormOptions& options);

}  // namespace verbena::test
