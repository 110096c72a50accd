// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "ledger/ledger.h"

namespace verbena::replication {

// What a node covers: every log with its size and root. Its root is a tree of 256 buckets over
// devices, so equal sizes with different roots expose a fork and a new log shifts nothing else.
class Frontier {
 public:
  struct Entry {
    ledger::LogName name;
    std::uint64_t size = 0;
    ledger::Hash root{};
  };

  void set(const ledger::LogSummary& log);
  // Logs that changed since the last pull.
  void pull(const ledger::Ledger& ledger);

  ledger::Bytes root();       // 16 bytes
  ledger::Bytes directory();  // 8 bytes: hash over the sorted log names
  const std::map<ledger::Hash, Entry>& entries() const { return entries_; }
  std::uint64_t size_of(const ledger::Hash& log) const;

 private:
  struct Bucket {
    std::map<ledger::Hash, const Entry*> logs;  // by log id
    ledger::Hash hash{};
    bool dirty = false;
  };
  std::map<ledger::Hash, Entry> entries_;
  std::array<Bucket, 256> buckets_;
  std::optional<ledger::Bytes> root_;
  std::optional<ledger::Bytes> directory_;
  std::uint64_t pulled_ = 0;
};

constexpr std::size_t frontier_logs_max = 200'000;

// The sender's sizes in the shortest form both can read.
schemas::Frontier encode_frontier(Frontier& ours, bool same_directory);

struct PeerLog {
  ledger::LogName name;
  std::uint64_t size = 0;
  ledger::Bytes root_prefix;  // named form only
};
// Positions are read against our own directory, which must equal the sender's.
ledger::Result<std::map<ledger::Hash, PeerLog>> decode_frontier(const schemas::Frontier& frame,
                                                                const Frontier& ours);

}  // namespace verbena::replication
