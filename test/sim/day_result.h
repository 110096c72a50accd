// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace verbena::sim {

struct DayOptions {
  std::uint64_t seed = 1;
  std::size_t nodes = 8;            // all of them, hostile ones included
  std::uint64_t sold_ms = 120'000;  // while things go wrong
  std::uint64_t heal_ms = 120'000;  // within which all must agree once nothing goes wrong any more
  bool hostile = true;              // up to a fifth of the nodes, as the seed says
  bool by_zone = false;             // tills follow their zone only
  bool real_signatures = false;     // libsodium verifies each one again (memo.h)
  std::function<void(const std::string&)> on_violation;  // at once; empty: collected only
};

struct DayResult {
  std::uint64_t events = 0;
  std::uint64_t virtual_ms = 0;
  std::uint64_t sales = 0;    // acknowledged
  std::uint64_t checked = 0;  // proofs, effects and accounts looked at
  std::uint64_t wire_bytes = 0;
  std::size_t hostile = 0;
  bool converged = false;
  std::uint64_t converge_ms = 0;
  std::vector<std::string> violations;  // "I4: ...", by the design's numbers
  std::string digest;
  std::map<std::string, std::uint64_t> faults;
};

}  // namespace verbena::sim
