// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace verbena::sim {

// How soon all others have heard of a revocation.
struct IslandRevocation {
  std::uint64_t seed = 1;
  std::size_t nodes = 1'000;
  std::size_t dials = 3;  // to others, at random; together they connect the island
  std::uint64_t delay_ms = 50;
};
struct IslandHeard {
  std::uint64_t most_ms = 0;   // 99 of 100 devices know it
  std::uint64_t all_ms = 0;    // 0: not all did
  std::uint64_t furthest = 0;  // links between the supervisor and who is furthest from it
};
IslandHeard run_island_revocation(const IslandRevocation& options);

// A row of devices, and a backlog that is on its way along it when somebody is revoked at its head.
struct RowRevocation {
  std::uint64_t seed = 1;
  std::size_t hops = 4;
  std::uint64_t backlog_bytes = 100'000'000;  // 0: the links are idle
  std::uint64_t delay_ms = 50;
  std::uint64_t bytes_per_ms = 8;  // 64 kbit/s
};
struct RowHeard {
  std::uint64_t backlog_bytes = 0;   // in events as they were written
  std::uint64_t waiting_bytes = 0;   // of them not yet at the end of the row
  std::vector<std::uint64_t> at_ms;  // by hop, after the revocation; UINT64_MAX: never
};
RowHeard run_row_revocation(const RowRevocation& options);

}  // namespace verbena::sim
