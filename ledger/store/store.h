// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ledger/core/log.h"

namespace verbena::ledger {

// Consecutive events of one log, ending at `head`.
struct LogRun {
  LogName log;
  std::uint64_t first = 0;
  std::vector<Bytes> events;
  Head head;
};

struct MetaWrite {
  Bytes key;
  std::optional<Bytes> value;  // empty: remove
};

// All of it or nothing.
struct StoreBatch {
  std::vector<LogRun> appends;
  std::vector<MetaWrite> meta;
};

struct StoredLog {
  LogName name;
  Head head;  // newest; head.size is the covered size
};

// Below this a device starts nothing new: what is under way must still fit, and so must a reopen.
constexpr std::uint64_t free_bytes_floor = 64 << 20;

// Where logs live. One writer at a time; `append` with sync returns after the bytes are on disk.
// After a failed append the batch may or may not be there: Errc::in_doubt. reopen() settles it.
class EventStore {
 public:
  using EventVisitor = std::function<Status(std::uint64_t index, std::string_view event)>;
  using MetaVisitor = std::function<Status(std::string_view key, std::string_view value)>;

  virtual ~EventStore() = default;
  virtual Status append(const StoreBatch& batch, bool sync) = 0;
  virtual Status sync() = 0;
  // Closes and opens again: logs() then tells what is on disk. Until it succeeds nothing else does.
  virtual Status reopen() = 0;
  // Left on this disk; UINT64_MAX where nobody can tell.
  virtual std::uint64_t free_bytes() const = 0;
  virtual std::vector<StoredLog> logs() const = 0;
  // Visits [first, first + count) in order; fewer where the log ends.
  virtual Status read(const LogName& log, std::uint64_t first, std::uint64_t count,
                      const EventVisitor& visit) const = 0;
  // Kept heads with size > above, ascending; the newest is always the last.
  virtual Result<std::vector<Head>> heads(const LogName& log, std::uint64_t above) const = 0;
  virtual Result<std::optional<Bytes>> meta(std::string_view key) const = 0;
  virtual Status meta_range(std::string_view prefix, const MetaVisitor& visit) const = 0;
};

// Whether a head of `size` replaces the newest one only, or starts a new stride of kept heads.
inline bool starts_stride(std::uint64_t previous_size, std::uint64_t size) {
  return previous_size / kept_head_stride != size / kept_head_stride;
}

}  // namespace verbena::ledger
