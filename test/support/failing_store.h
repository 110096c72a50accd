// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/store/memory_store.h"

namespace verbena::test {

// Gives nothing back while it is unreadable.
class FailingStore final : public ledger::EventStore {
 public:
  explicit FailingStore(ledger::MemoryStore& store) : store_(store) {}
  ledger::Status append(const ledger::StoreBatch& batch, bool sync) override {
    return store_.append(batch, sync);
  }
  ledger::Status sync() override { return store_.sync(); }
  ledger::Status reopen() override { return store_.reopen(); }
  std::uint64_t free_bytes() const override { return store_.free_bytes(); }
  std::vector<ledger::StoredLog> logs() const override { return store_.logs(); }
  ledger::Status read(const ledger::LogName& log, std::uint64_t first, std::uint64_t count,
                      const EventVisitor& visit) const override {
    if (unreadable) return ledger::Error{ledger::Errc::storage, "the disk does not answer"};
    return store_.read(log, first, count, visit);
  }
  ledger::Result<std::vector<ledger::Head>> heads(const ledger::LogName& log,
                                                  std::uint64_t above) const override {
    return store_.heads(log, above);
  }
  ledger::Result<std::optional<ledger::Bytes>> meta(std::string_view key) const override {
    return store_.meta(key);
  }
  ledger::Status meta_range(std::string_view prefix, const MetaVisitor& visit) const override {
    return store_.meta_range(prefix, visit);
  }

  bool unreadable = false;

 private:
  ledger::MemoryStore& store_;
};

}  // namespace verbena::test
