// SPDX-License-Identifier: Apache-2.0
#include "ledger/store/memory_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace verbena::ledger {

bool EventPool::History::holds(std::size_t index, const Bytes& event) {
  const std::lock_guard lock(mutex_);
  VERBENA_CHECK(index <= events_.size());
  if (index == events_.size()) events_.push_back(event);
  return events_[index] == event;
}

const Bytes& EventPool::History::at(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return events_[index];
}

std::shared_ptr<EventPool::History> EventPool::history(const LogName& log) {
  const std::lock_guard lock(mutex_);
  auto& history = histories_[log];
  if (!history) history = std::make_shared<History>();
  return history;
}

std::shared_ptr<const Head> EventPool::keep(const Head& head) {
  const std::lock_guard lock(mutex_);
  return *heads_.insert(std::make_shared<const Head>(head)).first;
}

void EventPool::release(std::shared_ptr<const Head> head) {
  constexpr long here_and_kept = 2;
  const std::lock_guard lock(mutex_);
  if (head && head.use_count() == here_and_kept) heads_.erase(head);
}

std::size_t EventPool::HashOf::operator()(const std::shared_ptr<const Head>& head) const {
  std::size_t out = 0;
  std::memcpy(&out, head->root.data(), sizeof out);
  return out;
}

void MemoryStore::Log::append(const Bytes& event) {
  if (own.empty() && history->holds(shared, event)) {
    ++shared;
  } else {
    own.push_back(std::make_shared<const Bytes>(event));
  }
}

void MemoryStore::Log::cut(std::size_t size) {
  own.resize(size > shared ? size - shared : 0);
  shared = std::min(shared, size);
}

void MemoryStore::apply(const StoreBatch& batch) {
  for (const auto& append : batch.appends) {
    Log& log = logs_[append.log];
    if (!log.history) log.history = pool_->history(append.log);
    VERBENA_CHECK(log.size() == append.first);
    if (!durable_logs_.contains(append.log)) {
      Durable durable{log.size(), log.heads.size(), {}, log.kept};
      if (!log.heads.empty()) durable.newest = log.heads.back();
      durable_logs_.emplace(append.log, std::move(durable));
    }
    const std::uint64_t before = log.heads.empty() ? 0 : log.heads.back()->size;
    const bool keeps = log.kept.keeps_previous(before, append);
    if (!log.heads.empty() && !keeps) {
      pool_->release(std::exchange(log.heads.back(), nullptr));
      log.heads.pop_back();
    }
    for (const auto& event : append.events) log.append(event);
    VERBENA_CHECK(log.size() == append.head.size);
    log.heads.push_back(pool_->keep(append.head));
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
  for (auto& [name, durable] : durable_logs_) pool_->release(std::move(durable.newest));
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
    log.cut(durable.events);
    log.heads.resize(durable.heads - 1);
    log.heads.push_back(durable.newest);
    log.kept = durable.kept;
  }
  for (const auto& [key, value] : durable_meta_) write({key, value});
  (void)sync();
}

std::uint64_t MemoryStore::durable_size(const LogName& log) const {
  const auto unsynced = durable_logs_.find(log);
  if (unsynced != durable_logs_.end()) return unsynced->second.events;
  const auto found = logs_.find(log);
  return found == logs_.end() ? 0 : found->second.size();
}

std::vector<StoredLog> MemoryStore::logs() const {
  std::vector<StoredLog> out;
  for (const auto& [name, log] : logs_) out.push_back({name, *log.heads.back()});
  return out;
}

Status MemoryStore::read(const LogName& log, std::uint64_t first, std::uint64_t count,
                         const EventVisitor& visit) const {
  const auto found = logs_.find(log);
  if (found == logs_.end()) return done();
  const Log& held = found->second;
  for (std::uint64_t i = first; i < held.size() && i - first < count; ++i) {
    if (auto status = visit(i, held.event(i)); !status) return status;
  }
  return done();
}

Result<std::vector<Head>> MemoryStore::heads(const LogName& log, std::uint64_t above) const {
  std::vector<Head> out;
  const auto found = logs_.find(log);
  if (found == logs_.end()) return out;
  for (const auto& head : found->second.heads) {
    if (head->size > above) out.push_back(*head);
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
