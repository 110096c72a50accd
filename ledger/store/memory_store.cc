// SPDX-License-Identifier: Apache-2.0
#include "ledger/store/memory_store.h"

namespace verbena::ledger {

void MemoryStore::Content::apply(const StoreBatch& batch) {
  for (const auto& append : batch.appends) {
    Log& log = logs[append.log];
    VERBENA_CHECK(log.events.size() == append.first);
    const std::uint64_t before = log.heads.empty() ? 0 : log.heads.back().size;
    const bool keeps = log.kept.keeps_previous(before, append);
    if (!log.heads.empty() && !keeps) log.heads.pop_back();
    log.events.insert(log.events.end(), append.events.begin(), append.events.end());
    VERBENA_CHECK(log.events.size() == append.head.size);
    log.heads.push_back(append.head);
  }
  for (const auto& write : batch.meta) {
    if (write.value) {
      meta[write.key] = *write.value;
    } else {
      meta.erase(write.key);
    }
  }
}

Status MemoryStore::append(const StoreBatch& batch, bool sync) {
  const bool faulty =
      fault_ != Fault::none && appends_ >= fault_at_ && appends_ - fault_at_ < fault_times_;
  ++appends_;
  if (faulty && fault_ == Fault::fails_before_write) {
    return Error{Errc::in_doubt, "memory store: injected failure before the write"};
  }
  live_.apply(batch);
  unsynced_.push_back(batch);
  if (sync) (void)this->sync();
  if (faulty) return Error{Errc::in_doubt, "memory store: injected failure after the write"};
  return done();
}

Status MemoryStore::sync() {
  for (const auto& batch : unsynced_) durable_.apply(batch);
  unsynced_.clear();
  return done();
}

void MemoryStore::power_cut() {
  live_ = durable_;
  unsynced_.clear();
}

std::vector<StoredLog> MemoryStore::logs() const {
  std::vector<StoredLog> out;
  for (const auto& [name, log] : live_.logs) out.push_back({name, log.heads.back()});
  return out;
}

Status MemoryStore::read(const LogName& log, std::uint64_t first, std::uint64_t count,
                         const EventVisitor& visit) const {
  const auto found = live_.logs.find(log);
  if (found == live_.logs.end()) return done();
  const auto& events = found->second.events;
  for (std::uint64_t i = first; i < events.size() && i - first < count; ++i) {
    if (auto status = visit(i, events[i]); !status) return status;
  }
  return done();
}

Result<std::vector<Head>> MemoryStore::heads(const LogName& log, std::uint64_t above) const {
  std::vector<Head> out;
  const auto found = live_.logs.find(log);
  if (found == live_.logs.end()) return out;
  for (const auto& head : found->second.heads) {
    if (head.size > above) out.push_back(head);
  }
  return out;
}

Result<std::optional<Bytes>> MemoryStore::meta(std::string_view key) const {
  const auto found = live_.meta.find(key);
  if (found == live_.meta.end()) return std::optional<Bytes>{};
  return std::optional<Bytes>{found->second};
}

Status MemoryStore::meta_range(std::string_view prefix, const MetaVisitor& visit) const {
  for (auto it = live_.meta.lower_bound(prefix);
       it != live_.meta.end() && it->first.starts_with(prefix); ++it) {
    if (auto status = visit(it->first, it->second); !status) return status;
  }
  return done();
}

}  // namespace verbena::ledger
