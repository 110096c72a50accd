// SPDX-License-Identifier: Apache-2.0
#include "replication/frontier.h"

namespace verbena::replication {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::Result;

namespace {

constexpr std::size_t root_bytes = 16;
constexpr std::size_t directory_bytes = 8;
constexpr std::size_t root_prefix_bytes = 8;

}  // namespace

void Frontier::set(const ledger::LogSummary& log) {
  const auto [it, fresh] = entries_.try_emplace(log.id);
  Entry& entry = it->second;
  if (fresh) {
    entry.name = log.name;
    directory_.reset();
  }
  entry.size = log.head.size;
  entry.root = log.head.root;
  Bucket& bucket = buckets_[log.name.certificate[0]];
  bucket.logs[log.id] = &entry;
  bucket.dirty = true;
  root_.reset();
}

void Frontier::pull(const ledger::Ledger& ledger) {
  for (const auto& log : ledger.logs(pulled_)) {
    set(log);
    pulled_ = std::max(pulled_, log.changed_at);
  }
}

Bytes Frontier::root() {
  if (root_) return *root_;
  Bytes all;
  for (auto& bucket : buckets_) {
    if (bucket.dirty) {
      Bytes rows;
      for (const auto& [id, entry] : bucket.logs) {
        rows.append(ledger::view(id));
        ledger::put_u64(rows, entry->size);
        rows.append(ledger::view(entry->root));
      }
      bucket.hash = ledger::sha256({rows});
      bucket.dirty = false;
    }
    all.append(ledger::view(bucket.hash));
  }
  root_ = ledger::to_bytes(ledger::sha256({"verbena-frontier-v1", all})).substr(0, root_bytes);
  return *root_;
}

Bytes Frontier::directory() {
  if (directory_) return *directory_;
  Bytes all;
  for (const auto& [id, entry] : entries_) all.append(ledger::view(id));
  directory_ = ledger::to_bytes(ledger::sha256({all})).substr(0, directory_bytes);
  return *directory_;
}

std::uint64_t Frontier::size_of(const Hash& log) const {
  const auto found = entries_.find(log);
  return found == entries_.end() ? 0 : found->second.size;
}

schemas::Frontier encode_frontier(Frontier& ours, bool same_directory) {
  schemas::Frontier out;
  for (const auto& [id, entry] : ours.entries()) {
    if (same_directory) {
      out.add_size(entry.size);
      continue;
    }
    *out.add_name() = ledger::to_wire(entry.name);
    out.add_named_size(entry.size);
    out.mutable_named_root()->append(ledger::view(entry.root).substr(0, root_prefix_bytes));
  }
  return out;
}

Result<std::map<Hash, PeerLog>> decode_frontier(const schemas::Frontier& frame,
                                                const Frontier& ours) {
  std::map<Hash, PeerLog> out;
  if (frame.size_size() > 0) {
    if (static_cast<std::size_t>(frame.size_size()) != ours.entries().size()) {
      return Error{Errc::bad_input, "a frontier has another number of logs than its directory"};
    }
    int rank = 0;
    for (const auto& [id, entry] : ours.entries()) {
      out[id] = {entry.name, frame.size(rank++), {}};
    }
    return out;
  }
  if (static_cast<std::size_t>(frame.name_size()) > frontier_logs_max ||
      frame.name_size() != frame.named_size_size() ||
      frame.named_root().size() !=
          static_cast<std::size_t>(frame.name_size()) * root_prefix_bytes) {
    return Error{Errc::bad_input, "a frontier's names, sizes and roots differ in number"};
  }
  for (int i = 0; i < frame.name_size(); ++i) {
    auto name = ledger::from_wire(frame.name(i));
    if (!name) return name.error();
    out[name->id()] = {*name, frame.named_size(i),
                       frame.named_root().substr(static_cast<std::size_t>(i) * root_prefix_bytes,
                                                 root_prefix_bytes)};
  }
  return out;
}

}  // namespace verbena::replication
