// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ledger/store/store.h"

namespace verbena::ledger {

// The newest heads of a device's own logs, kept beside the store and synced on their own, off the
// green path. If a store comes back shorter than this says, it lost acknowledged events, whatever
// its own checks believe (one flipped bit in a write-ahead log is silent to RocksDB).
constexpr std::uint64_t head_file_ms_max = 1'000;  // how far the file may lag behind
constexpr std::uint64_t head_file_events_max = 64;

Status write_head_file(const std::string& path, const std::vector<StoredLog>& own_logs);

// Empty where there is no file yet. Errc::damaged where its bytes do not match their hash.
Result<std::vector<StoredLog>> read_head_file(const std::string& path);

// One sentence for each own log that the store holds shorter than, or different from, the file.
std::vector<std::string> compare_heads(const std::vector<StoredLog>& remembered,
                                       const EventStore& store);

}  // namespace verbena::ledger
