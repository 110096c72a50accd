// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "ledger/store/kept_heads.h"

namespace verbena::ledger {

// What several stores hold, once: the history of each log as far as all tell the same, and heads.
// Any thread, as long as each store is used by one at a time.
class EventPool {
 public:
  class History {
   public:
    // Whether this is the event at that place. Where none is there yet, it is from now on.
    bool holds(std::size_t index, const Bytes& event);
    const Bytes& at(std::size_t index) const;  // stays where it is

   private:
    mutable std::mutex mutex_;
    std::deque<Bytes> events_;
  };
  std::shared_ptr<History> history(const LogName& log);
  std::shared_ptr<const Head> keep(const Head& head);
  // Forgets the head where nobody else keeps it.
  void release(std::shared_ptr<const Head> head);

 private:
  struct HashOf {
    std::size_t operator()(const std::shared_ptr<const Head>& head) const;
  };
  struct Equal {
    bool operator()(const std::shared_ptr<const Head>& a,
                    const std::shared_ptr<const Head>& b) const {
      return *a == *b;
    }
  };
  std::mutex mutex_;
  std::map<LogName, std::shared_ptr<History>> histories_;
  std::unordered_set<std::shared_ptr<const Head>, HashOf, Equal> heads_;
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
  // For an empty store, and for its copies: one pool for the stores of many devices.
  void share(std::shared_ptr<EventPool> pool) { pool_ = std::move(pool); }

 private:
  struct Log {
    std::shared_ptr<EventPool::History> history;
    std::size_t shared = 0;  // of the first events: they are those of the history
    std::vector<std::shared_ptr<const Bytes>> own;  // all after them
    std::vector<std::shared_ptr<const Head>> heads;
    KeptHeads kept;

    std::size_t size() const { return shared + own.size(); }
    const Bytes& event(std::size_t i) const {
      return i < shared ? history->at(i) : *own[i - shared];
    }
    void append(const Bytes& event);
    void cut(std::size_t size);
  };
  // Of a log, as the last sync left it: both lists only grow, but for the newest head.
  struct Durable {
    std::size_t events = 0;
    std::size_t heads = 0;
    std::shared_ptr<const Head> newest;
    KeptHeads kept;
  };
  void apply(const StoreBatch& batch);
  void write(const MetaWrite& write);

  std::map<LogName, Log> logs_;
  std::map<Bytes, Bytes, std::less<>> meta_;
  // What a power cut brings back, of what was written since the last sync.
  std::map<LogName, Durable> durable_logs_;
  std::map<Bytes, std::optional<Bytes>> durable_meta_;
  std::shared_ptr<EventPool> pool_ = std::make_shared<EventPool>();
  std::uint64_t free_bytes_ = UINT64_MAX;
  std::uint64_t appends_ = 0;
  std::uint64_t fault_at_ = 0;
  std::uint64_t fault_times_ = 0;
  Fault fault_ = Fault::none;
};

}  // namespace verbena::ledger
