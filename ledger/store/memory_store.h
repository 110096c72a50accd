// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ledger/store/kept_heads.h"

namespace verbena::ledger {

// The same contract in memory: for the simulator, tests and audits of a file. Faults are injected
// by the next append's number; power_cut() forgets what was not synced.
class MemoryStore final : public EventStore {
 public:
  Status append(const StoreBatch& batch, bool sync) override;
  Status sync() override;
  Status reopen() override { return done(); }
  std::uint64_t free_bytes() const override { return free_bytes_; }
  std::vector<StoredLog> logs() const override;
  Status read(const LogName& log, std::uint64_t first, std::uint64_t count,
              const EventVisitor& visit) const override;
  Result<std::vector<Head>> heads(const LogName& log, std::uint64_t above) const override;
  Result<std::optional<Bytes>> meta(std::string_view key) const override;
  Status meta_range(std::string_view prefix, const MetaVisitor& visit) const override;

  enum class Fault { none, fails_before_write, fails_after_write };
  void fail_append(std::uint64_t number, Fault fault, std::uint64_t times = 1) {
    fault_at_ = number;
    fault_times_ = times;
    fault_ = fault;
  }
  void set_free_bytes(std::uint64_t bytes) { free_bytes_ = bytes; }
  std::uint64_t appends() const { return appends_; }
  void power_cut();
  // What a power cut would leave of this log.
  std::uint64_t durable_size(const LogName& log) const {
    const auto found = durable_.logs.find(log);
    return found == durable_.logs.end() ? 0 : found->second.events.size();
  }

 private:
  struct Log {
    std::vector<Bytes> events;
    std::vector<Head> heads;
    KeptHeads kept;
  };
  struct Content {
    std::map<LogName, Log> logs;
    std::map<Bytes, Bytes, std::less<>> meta;
    void apply(const StoreBatch& batch);
  };
  Content live_;
  Content durable_;                   // as of the last sync
  std::vector<StoreBatch> unsynced_;  // what live_ holds beyond it
  std::uint64_t free_bytes_ = UINT64_MAX;
  std::uint64_t appends_ = 0;
  std::uint64_t fault_at_ = 0;
  std::uint64_t fault_times_ = 0;
  Fault fault_ = Fault::none;
};

}  // namespace verbena::ledger
