// SPDX-License-Identifier: Apache-2.0
#include "replication/frontier.h"

namespace verbena::replication {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::LogClass;
using ledger::Result;

namespace {

constexpr std::size_t root_bytes = 16;
constexpr std::size_t directory_bytes = 8;
constexpr std::size_t root_prefix_bytes = 8;
constexpr std::size_t base_bytes = 8;
constexpr std::size_t agreed_kept = 2;

}  // namespace

void Frontier::set(const std::vector<ledger::LogSummary>& logs) {
  std::vector<std::pair<Hash, Entry>> fresh;
  for (const auto& log : logs) {
    const Entry now{log.name, log.held.size, log.held.root, log.forked};
    const auto known = entries_.find(log.id);
    if (known != entries_.end()) {
      known->second = now;
    } else {
      fresh.emplace_back(log.id, now);
    }
    buckets_[log.name.certificate[0]].dirty = true;
  }
  if (!logs.empty()) root_.reset();
  if (fresh.empty()) return;
  entries_.assign(std::move(fresh));
  directory_.reset();
}

void Frontier::pull(const ledger::Ledger& ledger,
                    const std::function<bool(const ledger::LogName&)>& belongs) {
  auto logs = ledger.logs(pulled_);
  for (const auto& log : logs) pulled_ = std::max(pulled_, log.changed_at);
  if (belongs) std::erase_if(logs, [&](const auto& log) { return !belongs(log.name); });
  set(logs);
}

Bytes Frontier::root() {
  if (root_) return *root_;
  std::array<Bytes, 256> rows;
  for (const auto& [id, entry] : entries_) {
    const std::uint8_t bucket = entry.name.certificate[0];
    if (!buckets_[bucket].dirty) continue;
    rows[bucket].append(ledger::view(id));
    ledger::put_u64(rows[bucket], entry.size);
    rows[bucket].append(ledger::view(entry.root));
  }
  Bytes all;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    Bucket& bucket = buckets_[i];
    if (std::exchange(bucket.dirty, false)) bucket.hash = ledger::sha256({rows[i]});
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

Sizes Frontier::sizes() const {
  Sizes out;
  out.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) out[id] = entry.size;
  return out;
}

void Agreed::note(const Bytes& root, Sizes sizes) {
  const Bytes name = root.substr(0, base_bytes);
  if (newest() == name) return;
  kept_.emplace_front(name, std::move(sizes));
  if (kept_.size() > agreed_kept) kept_.pop_back();
}

Bytes Agreed::newest() const {
  return kept_.empty() ? Bytes() : kept_.front().first;
}

const Sizes* Agreed::find(const Bytes& base) const {
  for (const auto& [name, sizes] : kept_) {
    if (name == base) return &sizes;
  }
  return nullptr;
}

namespace {

void add_named(schemas::Frontier& out, const Frontier::Entry& entry) {
  *out.add_name() = ledger::to_wire(entry.name);
  out.add_named_size(entry.size);
  out.mutable_named_root()->append(ledger::view(entry.root).substr(0, root_prefix_bytes));
}

// False where a log is shorter than in the base: its device was put back.
bool add_deltas(schemas::Frontier& out, const Frontier& ours, const Sizes& base) {
  std::uint64_t rank = 0, last = 0;
  auto known = base.begin();
  for (const auto& [id, entry] : ours.entries()) {
    while (known != base.end() && known->first < id) return false;  // it holds less than it did
    if (known == base.end() || known->first != id) {
      add_named(out, entry);
      continue;
    }
    if (entry.size < known->second) return false;
    if (entry.size > known->second) {
      out.add_rank_gap(rank - last);
      out.add_size_delta(entry.size - known->second);
      last = rank;
    }
    ++known;
    ++rank;
  }
  return known == base.end();
}

}  // namespace

schemas::Frontier encode_frontier(const Frontier& ours, bool same_directory, const Bytes& base_name,
                                  const Sizes* base) {
  if (base != nullptr) {
    schemas::Frontier deltas;
    deltas.set_base(base_name);
    if (add_deltas(deltas, ours, *base)) return deltas;
  }
  schemas::Frontier out;
  for (const auto& [id, entry] : ours.entries()) {
    if (same_directory) {
      out.add_size(entry.size);
    } else {
      add_named(out, entry);
    }
  }
  return out;
}

namespace {

Result<ledger::FlatMap<Hash, PeerLog>> decode_deltas(const schemas::Frontier& frame,
                                                     const Sizes& base) {
  if (frame.rank_gap_size() != frame.size_delta_size()) {
    return Error{Errc::bad_input, "a frontier's ranks and sizes differ in number"};
  }
  ledger::FlatMap<Hash, PeerLog> out;
  out.reserve(base.size());
  for (const auto& [id, size] : base) out[id] = PeerLog{{}, size, {}};
  std::uint64_t rank = 0;
  for (int i = 0; i < frame.rank_gap_size(); ++i) {
    if (frame.rank_gap(i) >= out.size() - rank) {
      return Error{Errc::bad_input, "a frontier names a log beyond its base"};
    }
    rank += frame.rank_gap(i);
    if (frame.size_delta(i) > UINT32_MAX) return Error{Errc::bad_input, "a size out of range"};
    (out.begin() + static_cast<std::ptrdiff_t>(rank))->second.size += frame.size_delta(i);
  }
  return out;
}

}  // namespace

Result<ledger::FlatMap<Hash, PeerLog>> decode_frontier(const schemas::Frontier& frame,
                                                       const Frontier& ours, const Agreed& agreed) {
  ledger::FlatMap<Hash, PeerLog> out;
  if (frame.size_size() > 0) {
    if (static_cast<std::size_t>(frame.size_size()) != ours.entries().size()) {
      return Error{Errc::bad_input, "a frontier has another number of logs than its directory"};
    }
    int rank = 0;
    out.reserve(ours.entries().size());
    for (const auto& [id, entry] : ours.entries()) {
      out[id] = {entry.name, frame.size(rank++), {}};
    }
    return out;
  }
  if (!frame.base().empty()) {
    const Sizes* base = agreed.find(frame.base());
    if (base == nullptr) return Error{Errc::bad_input, "a frontier against one not agreed on"};
    auto deltas = decode_deltas(frame, *base);
    if (!deltas) return deltas.error();
    out = deltas.take();
  }
  if (static_cast<std::size_t>(frame.name_size()) > frontier_logs_max ||
      frame.name_size() != frame.named_size_size() ||
      frame.named_root().size() !=
          static_cast<std::size_t>(frame.name_size()) * root_prefix_bytes) {
    return Error{Errc::bad_input, "a frontier's names, sizes and roots differ in number"};
  }
  std::vector<std::pair<Hash, PeerLog>> named;
  for (int i = 0; i < frame.name_size(); ++i) {
    auto name = ledger::from_wire(frame.name(i));
    if (!name) return name.error();
    const auto at = static_cast<std::size_t>(i) * root_prefix_bytes;
    named.emplace_back(name->id(), PeerLog{*name, frame.named_size(i),
                                           frame.named_root().substr(at, root_prefix_bytes)});
  }
  out.assign(std::move(named));
  return out;
}

namespace {

const char* class_name(LogClass log_class) {
  switch (log_class) {
    case LogClass::control: return "control";
    case LogClass::value: return "value";
    case LogClass::trade: return "trade/";
  }
  return "";
}

}  // namespace

std::map<std::string, Bytes> scope_roots(const ledger::Ledger& ledger) {
  const Follows follows = own_follows(ledger);
  std::map<std::string, std::vector<ledger::LogSummary>> scopes;
  for (const auto& log : ledger.logs()) {
    std::string name = class_name(log.name.log_class);
    if (log.name.log_class == LogClass::trade) {
      const auto author = ledger.author(log.name.certificate);
      if (author == nullptr || !follows.trade_of(*author)) continue;
      name += author->zone;
    }
    scopes[name].push_back(log);
  }
  std::map<std::string, Bytes> out;
  for (const auto& [name, logs] : scopes) {
    Frontier frontier;
    frontier.set(logs);
    out[name] = frontier.root();
  }
  return out;
}

}  // namespace verbena::replication
