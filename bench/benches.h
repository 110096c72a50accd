// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace verbena::bench {

struct Job {
  std::filesystem::path work;     // this bench's own directory
  std::uint64_t sales = 500'000;  // ingested and audited; half of them are drained
};

void bench_commit(const Job& job);    // a durable sale beside raw appends and SQLite
void bench_ingest(const Job& job);    // others' events, and the audit of them
void bench_archive(const Job& job);   // bytes and audit of a sealed day
void bench_wire(const Job& job);      // bytes of a sale
void bench_frontier(const Job& job);  // bytes of a comparison
void bench_sheets(const Job& job);    // sheets of a day, from facts and from events
void bench_live(const Job& job);      // from a sale to a neighbour's disk
void bench_drain(const Job& job);     // a long log to a hub, and who sells meanwhile

// Processes of live and drain; `arguments` as `Site` gives them.
int run_seller(const std::vector<std::string>& arguments);
int run_peer(const std::vector<std::string>& arguments);

}  // namespace verbena::bench
