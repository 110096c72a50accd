// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <unordered_set>

#include "ledger/store/kept_heads.h"

namespace verbena::ledger {

// Events that several stores hold, each of them once.
class EventPool {
 public:
  std::shared_ptr<const Bytes> keep(const Bytes& event);

 private:
  struct HashOf {
    using is_transparent = void;
    std::size_t operator()(const Bytes& event) const { return std::hash<Bytes>{}(event); }
    std::size_t operator()(const std::shared_ptr<const Bytes>& event) const {
      return std::hash<Bytes>{}(*event);
    }
  };
  struct Equal {
    using is_transparent = void;
    static const Bytes& of(const Bytes& event) { return event; }
    static const Bytes& of(const std::shared_ptr<const Bytes>& event) { return *event; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return of(a) == of(b);
    }
  };
  std::unordered_set<std::shared_ptr<const Bytes>, HashOf, Equal> events_;
};

// The same contract in memory: for the simulator, tests and audits of a file. Faults are injected
// by the next append's number; power_cut() forgets what was not synced. A copy shares its events.
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
  std::uint64_t durable_size(const LogName& log) const;
  // From here on, and in copies: one pool for the stores of many devices.
  void share(std::shared_ptr<EventPool> pool) { pool_ = std::move(pool); }

 private:
  struct Log {
    std::vector<std::shared_ptr<const Bytes>> events;
    std::vector<Head> heads;
    KeptHeads kept;
  };
  // Of a log, as the last sync left it: both lists only grow, but for the newest head.
  struct Durable {
    std::size_t events = 0;
    std::vector<Head>::size_type heads = 0;
    std::optional<Head> newest;
    KeptHeads kept;
  };
  void apply(const StoreBatch& batch);
  void write(const MetaWrite& write);

  std::map<LogName, Log> logs_;
  std::map<Bytes, Bytes, std::less<>> meta_;
  // What a power cut brings back, of what was written since the last sync.
  std::map<LogName, Durable> durable_logs_;
  std::map<Bytes, std::optional<Bytes>> durable_meta_;
  std::shared_ptr<EventPool> pool_;  // may be null
  std::uint64_t free_bytes_ = UINT64_MAX;
  std::uint64_t appends_ = 0;
  std::uint64_t fault_at_ = 0;
  std::uint64_t fault_times_ = 0;
  Fault fault_ = Fault::none;
};

}  // namespace verbena::ledger
