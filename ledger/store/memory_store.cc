// SPDX-License-Identifier: Apache-2.0
#include "ledger/store/memory_store.h"

namespace verbena::ledger {

std::shared_ptr<const Bytes> EventPool::keep(const Bytes& event) {
  const auto found = events_.find(event);
  if (found != events_.end()) return *found;
  return *events_.insert(std::make_shared<const Bytes>(event)).first;
}

void MemoryStore::apply(const StoreBatch& batch) {
  for (const auto& append : batch.appends) {
    Log& log = logs_[append.log];
    VERBENA_CHECK(log.events.size() == append.first);
    Durable durable{log.events.size(), log.heads.size(), {}, log.kept};
    if (!log.heads.empty()) durable.newest = log.heads.back();
    durable_logs_.try_emplace(append.log, durable);
    const std::uint64_t before = log.heads.empty() ? 0 : log.heads.back().size;
    const bool keeps = log.kept.keeps_previous(before, append);
    if (!log.heads.empty() && !keeps) log.heads.pop_back();
    for (const auto& event : append.events) {
      log.events.push_back(pool_ ? pool_->keep(event) : std::make_shared<const Bytes>(event));
    }
    VERBENA_CHECK(log.events.size() == append.head.size);
    log.heads.push_back(append.head);
  }
  for (const auto& one : batch.meta) {
    const auto found = meta_.find(one.key);
    durable_meta_.try_emplace(one.key,
                              found == meta_.end() ? std::nullopt : std::optional(found->second));
    write(one);
  }
}

void MemoryStore::write(const MetaWrite& write) {
  if (write.value) {
    meta_[write.key] = *write.value;
  } else {
    meta_.erase(write.key);
  }
}

Status MemoryStore::append(const StoreBatch& batch, bool sync) {
  const bool faulty =
      fault_ != Fault::none && appends_ >= fault_at_ && appends_ - fault_at_ < fault_times_;
  ++appends_;
  if (faulty && fault_ == Fault::fails_before_write) {
    return Error{Errc::in_doubt, "memory store: injected failure before the write"};
  }
  apply(batch);
  if (sync) (void)this->sync();
  if (faulty) return Error{Errc::in_doubt, "memory store: injected failure after the write"};
  return done();
}

Status MemoryStore::sync() {
  durable_logs_.clear();
  durable_meta_.clear();
  return done();
}

void MemoryStore::power_cut() {
  for (const auto& [name, durable] : durable_logs_) {
    if (durable.events == 0) {
      logs_.erase(name);
      continue;
    }
    Log& log = logs_.at(name);
    log.events.resize(durable.events);
    log.heads.resize(durable.heads - 1);
    log.heads.push_back(*durable.newest);
    log.kept = durable.kept;
  }
  for (const auto& [key, value] : durable_meta_) write({key, value});
  (void)sync();
}

std::uint64_t MemoryStore::durable_size(const LogName& log) const {
  const auto unsynced = durable_logs_.find(log);
  if (unsynced != durable_logs_.end()) return unsynced->second.events;
  const auto found = logs_.find(log);
  return found == logs_.end() ? 0 : found->second.events.size();
}

std::vector<StoredLog> MemoryStore::logs() const {
  std::vector<StoredLog> out;
  for (const auto& [name, log] : logs_) out.push_back({name, log.heads.back()});
  return out;
}

Status MemoryStore::read(const LogName& log, std::uint64_t first, std::uint64_t count,
                         const EventVisitor& visit) const {
  const auto found = logs_.find(log);
  if (found == logs_.end()) return done();
  const auto& events = found->second.events;
  for (std::uint64_t i = first; i < events.size() && i - first < count; ++i) {
    if (auto status = visit(i, *events[i]); !status) return status;
  }
  return done();
}

Result<std::vector<Head>> MemoryStore::heads(const LogName& log, std::uint64_t above) const {
  std::vector<Head> out;
  const auto found = logs_.find(log);
  if (found == logs_.end()) return out;
  for (const auto& head : found->second.heads) {
    if (head.size > above) out.push_back(head);
  }
  return out;
}

Result<std::optional<Bytes>> MemoryStore::meta(std::string_view key) const {
  const auto found = meta_.find(key);
  if (found == meta_.end()) return std::optional<Bytes>{};
  return std::optional<Bytes>{found->second};
}

Status MemoryStore::meta_range(std::string_view prefix, const MetaVisitor& visit) const {
  for (auto it = meta_.lower_bound(prefix); it != meta_.end() && it->first.starts_with(prefix);
       ++it) {
    if (auto status = visit(it->first, it->second); !status) return status;
  }
  return done();
}

}  // namespace verbena::ledger
