// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "ledger/replay.h"
#include "ledger/wire.h"

namespace verbena::ledger {

// What a rule wants written. Version, time, context and intent are the ledger's to fill in.
struct Draft {
  LogClass log_class = LogClass::trade;
  schemas::Event event;
  bool binds_rules = false;  // names the price and rule version it used
};

struct CommittedEvent {
  LogName log;
  std::uint64_t index = 0;
  Hash id{};
};

struct DeviceIdentity {
  Certificate certificate;
  SigningKey key;
};

// Own money events no other stand, hub or supervisor has confirmed holding.
struct Unwitnessed {
  std::uint64_t count = 0;
  std::uint64_t amount_minor = 0;
  std::uint64_t age_ms = 0;  // of the oldest, by the monotonic clock
};

// One of a device's own logs in this life, written to or not.
struct OwnLog {
  Hash id{};
  std::uint64_t size = 0;
};

// What rules may look at besides the state.
struct DeviceView {
  const Certificate& certificate;
  std::array<OwnLog, 3> logs;  // of this incarnation, as log_classes
  std::uint64_t incarnation = 0;
  std::uint64_t issued_minor = 0;  // greatest total this device left on bands and vouchers
  Unwitnessed unwitnessed;
  bool storage_low = false;

  const OwnLog& log(LogClass log_class) const {
    return logs[static_cast<std::size_t>(log_class) - 1];
  }
};

// What is wrong with this device's own storage, for its status.
struct LedgerAlarm {
  std::string kind;
  std::string text;
};

struct LogSummary {
  LogName name;
  Hash id{};
  Head head;                  // covered
  std::uint64_t claimed = 0;  // greatest size known to exist
  std::uint64_t changed_at = 0;
  Covered held;         // head's size and root; with branches, what all histories cover
  bool forked = false;  // branches are held as well
};

// A signed head above what is covered: events known to exist and not held.
struct ClaimedHead {
  LogName log;
  Head head;
};

enum class Ingested { added, already_held, forked };

// A peer brings at most so many logs of a device that are new here, and one more each two seconds:
// what is above waits, and is not lost.
constexpr std::uint64_t new_logs_burst = 384;
constexpr std::uint64_t new_log_ms = 2'000;

struct StockFacts;   // ledger/stock/stock_facts.h
struct StockReport;  // ledger/stock_report.h

// The conductor, and the only two doors to the logs: commit (this device's own events) and ingest
// (anybody's). Both end in the same append and apply. One mutex; every method may be called from
// any thread.
class Ledger {
 public:
  using Decide = std::function<Result<std::vector<Draft>>(State&, const DeviceView&)>;
  using Ask = std::function<void(State&, const DeviceView&)>;

  // Replays the store. A device without an identity can only ingest and answer (an auditor).
  static Result<std::unique_ptr<Ledger>> open(EventStore& store, const Certificate& root,
                                              std::optional<DeviceIdentity> identity,
                                              const Clock& clock, Random& random);

  // Decides and appends under one lock: nothing comes between the check and its use. Durable when
  // it returns. `intent` 0: none.
  // `staff`: the alias of who is signed in, named by the events' context.
  Result<std::vector<CommittedEvent>> commit(std::uint64_t intent, const Decide& decide,
                                             const std::string& staff = {});
  // The first event committed for this intent by this device, in any of its lives. Settles what an
  // earlier failed write left in doubt, so that the answer is final.
  std::optional<CommittedEvent> find_intent(std::uint64_t intent);

  // Admits what verifies. Not durable before sync(). A contradiction of a signed history is kept
  // as a branch, and as a fork proof in this device's control log.
  Result<Ingested> ingest(LogRun run);
  Status sync();
  // A greater head than is covered: known to exist, not held. True when it says more than is known.
  Result<bool> note_claimed(const LogName& log, const Head& head);
  std::vector<ClaimedHead> claimed_heads() const;
  // Another node's signed "I hold this". True when it reaches further than any other witness of
  // one of its logs: worth relaying.
  Result<bool> note_receipt(const schemas::Receipt& receipt);
  // This node's receipt for logs of others that changed since `since`, kept like those of others;
  // empty where none did.
  std::vector<schemas::Receipt> make_receipts(std::uint64_t since);
  std::vector<schemas::Receipt> receipts() const;

  // Consecutive runs of a log from `from`, each ending at a kept head, until `bytes_max` is passed.
  Result<std::vector<LogRun>> read(const LogName& log, std::uint64_t from,
                                   std::size_t bytes_max) const;
  // The histories that contradict this log, in an order in which each can be placed.
  Result<std::vector<LogRun>> branch_runs(const LogName& log) const;
  Result<Bytes> event_bytes(const LogName& log, std::uint64_t index) const;

  // Grows with every change: pull what is new since a number seen earlier.
  std::uint64_t news() const;
  // All by name, or those that changed since, in the order of their changes.
  std::vector<LogSummary> logs(std::uint64_t since = 0) const;
  std::optional<LogSummary> log(const Hash& id) const;
  std::uint64_t events() const;

  // Throws Unreadable where the store does not give an event back that the answer is made of.
  void ask(const Ask& question) const;
  // What sheets and reports are made of, and those themselves: kept until something changes, and
  // made while others go on writing.
  std::shared_ptr<const StockFacts> stock_facts() const;
  std::shared_ptr<const StockReport> stock() const;
  // Whether a peer may bring this log now, where it is not held yet.
  bool may_open(const LogName& log);
  bool knows_author(const Hash& certificate) const;
  std::shared_ptr<const Certificate> author(const Hash& certificate) const;
  std::uint64_t festival() const { return root_.festival; }
  const Certificate& root() const { return root_; }
  const std::optional<DeviceIdentity>& identity() const { return identity_; }
  // Changes when the store came back shorter after a failed write: a new life without a restart.
  std::uint64_t incarnation() const {
    std::lock_guard lock(mutex_);
    return incarnation_;
  }
  std::vector<LedgerAlarm> alarms() const;

 private:
  // A mutex may be taken again and again by the thread that has just left it. Behind a backlog of
  // runs a sale would wait for long: so both doors queue here, and the next one waits its turn.
  std::unique_lock<std::mutex> enter() const {
    std::lock_guard turn(turn_);
    return std::unique_lock(mutex_);
  }
  struct OwnMoney {
    LogName log;
    std::uint64_t index = 0;
    std::uint64_t amount_minor = 0;
    std::uint64_t monotonic_ms = 0;
  };
  struct Log {
    LogName name;
    Hash id{};
    MerklePeaks peaks;
    Head head;
    std::uint64_t changed_at = 0;
  };
  struct NamedContext {  // the newest Context event of an own log
    Hash rules{};
    std::string staff;
    std::uint64_t index = 0;  // 0: none yet; a log's first event is Opened
  };
  // Own events on their way to the store, and what is to be remembered once they are there.
  struct StagedLog {
    MerklePeaks peaks;
    LogRun append;
    std::vector<Hash> ids;
  };
  struct Staged {
    std::map<LogName, StagedLog> logs;
    std::map<LogName, NamedContext> contexts;
    std::map<LogName, std::map<Hash, std::uint64_t>> seen;
    std::vector<CommittedEvent> out;
    StoreBatch batch() const;
  };
  // How many new logs a device may still open here: a crash loop or a stolen key makes many.
  struct LifeBudget {
    std::uint64_t left = new_logs_burst;
    std::uint64_t at_ms = 0;  // monotonic
  };
  struct Witness {
    std::uint64_t size = 0;
    std::shared_ptr<const schemas::Receipt> receipt;
  };

  Ledger(EventStore& store, const Certificate& root, std::optional<DeviceIdentity> identity,
         const Clock& clock, Random& random);
  Status load();
  Status load_receipts();
  Status load_claimed();
  Status refold();
  Hash read_folded(const LogName& log, std::uint64_t index, schemas::Event& event);
  DeviceView device_view() const;
  void note_own(const LogName& log, std::uint64_t index, const Hash& id,
                const schemas::Event& event);
  void note_alert(const LogName& log, std::uint64_t index, const schemas::Event& event);
  Unwitnessed unwitnessed() const;
  std::uint64_t witnessed_size(const Hash& log) const;
  void drop_witnessed();
  std::map<Hash, Witness>::iterator least_worth(std::map<Hash, Witness>& held) const;
  Status keep_receipt(const schemas::Receipt& receipt);
  std::string stand_of(const Hash& witness) const;
  Log& log_of(const LogName& name);
  LogName own_log(LogClass log_class) const;

  Result<std::vector<Draft>> decided(const Decide& decide);
  Result<Staged> stage(std::uint64_t intent, std::vector<Draft> drafts, const std::string& staff);
  Result<std::vector<CommittedEvent>> append_own(std::uint64_t intent, std::vector<Draft> drafts,
                                                 const std::string& staff = {});
  Status land(Staged staged);
  Status append_unsynced(const StoreBatch& batch);
  Status settle();
  Status settle_doubt();
  void note_unreadable(const std::string& text);
  Status reload();
  Result<std::vector<Hash>> leaves(const LogName& log, std::uint64_t count) const;
  Result<Ingested> ingest_branch(const LogRun& run, const Certificate& author);
  bool reaches_branch(const LogRun& run) const;
  Status prove_fork(const LogName& log, std::uint64_t index, const Branch& first,
                    const Branch& second);
  LogSummary summary(const Log& log) const;
  void note_change(Log& log);
  std::vector<const Log*> changed_since(std::uint64_t since) const;
  std::shared_ptr<const StockReport> report(bool whole) const;
  void drop_claimed(const Log& log);
  void apply_all(const LogName& log, std::uint64_t first, const std::vector<Bytes>& events,
                 const std::vector<Hash>& ids);

  EventStore& store_;
  const Certificate root_;
  std::optional<DeviceIdentity> identity_;
  const Clock& clock_;
  Random& random_;
  HybridClock hybrid_;
  std::uint64_t incarnation_ = 0;

  mutable std::mutex mutex_;
  mutable std::mutex turn_;  // taken before mutex_ by the two doors: who waits for it comes next
  std::unique_ptr<State> state_;
  mutable std::mutex report_mutex_;  // taken before turn_: one makes a report, others wait for it
  mutable std::shared_ptr<const StockReport> report_;
  schemas::Event scratch_;  // parsing into one object again is twice as fast as into a new one
  std::map<LogName, Log> logs_;
  // Hundreds of links ask for what is new: each change at its number, and those that another one
  // replaced, until they are more than the logs.
  std::vector<std::pair<std::uint64_t, const Log*>> changes_;
  std::map<Hash, LogName> names_;
  std::map<LogName, std::vector<Branch>> branches_;
  std::map<LogName, Head> claimed_;  // above what is covered
  std::uint64_t events_ = 0;
  std::uint64_t news_ = 1;
  bool in_doubt_ = false;            // a write failed; nothing more is written before settle()
  std::optional<Staged> doubtful_;   // own events of that write
  std::uint64_t settle_at_ms_ = 0;   // monotonic; not tried again before
  std::vector<LedgerAlarm> alarms_;  // what settling found, and the first event lost from the disk
  bool unreadable_noted_ = false;

  std::map<std::uint64_t, CommittedEvent> intents_;
  std::vector<OwnMoney> own_money_;    // not witnessed yet
  std::uint64_t own_money_minor_ = 0;  // their sum
  std::uint64_t issued_minor_ = 0;
  std::map<LogName, NamedContext> contexts_;
  std::map<Hash, std::map<Hash, Witness>> witnesses_;  // log -> witness -> newest receipt
  std::map<Hash, std::uint64_t> alerts_;  // control log -> size that carries the newest alert
  std::map<LogName, std::map<Hash, std::uint64_t>> seen_;  // own logs: alerts named there
  std::map<Hash, std::uint64_t> own_lives_;  // trade logs of this device's other lives -> size
  std::map<Hash, LifeBudget> life_budgets_;  // by certificate
};

}  // namespace verbena::ledger
