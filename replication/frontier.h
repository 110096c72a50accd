// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "ledger/core/flat_map.h"
#include "ledger/ledger.h"
#include "replication/scope.h"

namespace verbena::replication {

// Sizes by log id, as of one moment.
using Sizes = ledger::FlatMap<ledger::Hash, std::uint64_t>;

// What a node covers: every log with its size and root; of a forked log, all its histories. Its
// root is a tree of 256 buckets over devices, so equal sizes with different roots expose a fork and
// a new log shifts nothing else.
class Frontier {
 public:
  struct Entry {
    ledger::LogName name;
    std::uint64_t size = 0;
    ledger::Hash root{};
    bool forked = false;
  };

  void set(const std::vector<ledger::LogSummary>& logs);
  // Logs that changed since the last pull and belong to it: without `belongs`, all.
  void pull(const ledger::Ledger& ledger,
            const std::function<bool(const ledger::LogName&)>& belongs = {});

  ledger::Bytes root();       // 16 bytes
  ledger::Bytes directory();  // 8 bytes: hash over the sorted log names
  const ledger::FlatMap<ledger::Hash, Entry>& entries() const { return entries_; }  // by log id
  std::uint64_t size_of(const ledger::Hash& log) const;
  Sizes sizes() const;

 private:
  struct Bucket {
    ledger::Hash hash{};
    bool dirty = false;
  };
  ledger::FlatMap<ledger::Hash, Entry> entries_;
  std::array<Bucket, 256> buckets_;
  std::optional<ledger::Bytes> root_;
  std::optional<ledger::Bytes> directory_;
  std::uint64_t pulled_ = 0;
};

// The frontiers two peers last found equal: what a later one may be told against. Kept beyond the
// session, so that peers that have met need not tell everything again.
class Agreed {
 public:
  void note(const ledger::Bytes& root, Sizes sizes);
  // The newest one's name, 8 bytes; empty: none yet.
  ledger::Bytes newest() const;
  const Sizes* find(const ledger::Bytes& base) const;

  Follows follows;  // what the peer said last that it follows

 private:
  // The peer may have seen one more agreement than this side, or one less.
  std::deque<std::pair<ledger::Bytes, Sizes>> kept_;
};

constexpr std::size_t frontier_logs_max = 200'000;

// The sender's sizes in the shortest form both can read: against `base`, else in directory order,
// else by name.
schemas::Frontier encode_frontier(const Frontier& ours, bool same_directory,
                                  const ledger::Bytes& base_name = {}, const Sizes* base = nullptr);

struct PeerLog {
  std::optional<ledger::LogName> name;  // where the form tells it
  std::uint64_t size = 0;
  ledger::Bytes root_prefix;  // named form only

  bool other_root(const ledger::Hash& root) const {
    return !root_prefix.empty() && !ledger::view(root).starts_with(root_prefix);
  }
};
// Positions are read against our own directory, which must equal the sender's, or against a
// frontier both agreed on.
ledger::Result<ledger::FlatMap<ledger::Hash, PeerLog>> decode_frontier(
    const schemas::Frontier& frame, const Frontier& ours, const Agreed& agreed);

// Frontier roots of what a device follows, by the scope's name: "control", "value", "trade/" and a
// zone; "trade/" alone is of the devices that have none. It holds all of a scope where its root is
// that of a device that follows all.
std::map<std::string, ledger::Bytes> scope_roots(const ledger::Ledger& ledger);

}  // namespace verbena::replication
