// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "bench/measure.h"
#include "ledger/store/store.h"

namespace verbena::bench {

// A store that tells when its writes began and ended, and is otherwise the store below.
class NotedStore final : public ledger::EventStore {
 public:
  // Only writes that succeeded. `batch` is null for a sync.
  struct Written {
    const ledger::StoreBatch* batch = nullptr;
    bool durable = false;  // with all that was written before
    std::uint64_t began_ns = 0;
    std::uint64_t ended_ns = 0;
  };
  using Note = std::function<void(const Written&)>;

  NotedStore(std::unique_ptr<ledger::EventStore> below, Note note)
      : below_(std::move(below)), note_(std::move(note)) {}

  ledger::Status append(const ledger::StoreBatch& batch, bool sync) override {
    const std::uint64_t began = now_ns();
    auto status = below_->append(batch, sync);
    if (status) note_({&batch, sync, began, now_ns()});
    return status;
  }
  ledger::Status sync() override {
    const std::uint64_t began = now_ns();
    auto status = below_->sync();
    if (status) note_({nullptr, true, began, now_ns()});
    return status;
  }
  ledger::Status reopen() override { return below_->reopen(); }
  std::uint64_t free_bytes() const override { return below_->free_bytes(); }
  std::vector<ledger::StoredLog> logs() const override { return below_->logs(); }
  ledger::Status read(const ledger::LogName& log, std::uint64_t first, std::uint64_t count,
                      const EventVisitor& visit) const override {
    return below_->read(log, first, count, visit);
  }
  ledger::Result<std::vector<ledger::Head>> heads(const ledger::LogName& log,
                                                  std::uint64_t above) const override {
    return below_->heads(log, above);
  }
  ledger::Result<std::optional<ledger::Bytes>> meta(std::string_view key) const override {
    return below_->meta(key);
  }
  ledger::Status meta_range(std::string_view prefix, const MetaVisitor& visit) const override {
    return below_->meta_range(prefix, visit);
  }

 private:
  std::unique_ptr<ledger::EventStore> below_;
  Note note_;
};

}  // namespace verbena::bench
