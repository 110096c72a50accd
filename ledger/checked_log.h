// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "ledger/core/merkle.h"
#include "ledger/store/store.h"

namespace verbena::ledger {

// Which heads a log is held against.
enum class Heads { newest, all_kept };

// One log as far as its signed heads vouch for it.
struct CheckedLog {
  std::vector<Hash> leaves;  // up to the last head that holds
  MerklePeaks peaks;
  std::uint64_t signatures = 0;       // verified; none where only the newest root is compared
  std::optional<std::string> damage;  // what ends it before its newest head
};

// Hashes the events and compares each head's root (RFC 6962); with Heads::all_kept the signatures
// too, as an auditor does. The newest head of a device's own store was verified when it came.
CheckedLog check_log(const EventStore& store, const StoredLog& log, const PublicKey& author,
                     Heads heads);

// Checks logs ahead of who folds them, on the processors that are idle: hashes and signatures of
// one log depend on no other. The store is read from several threads and must outlive this.
class LogChecker {
 public:
  struct Job {
    StoredLog log;
    PublicKey author;
  };

  LogChecker(const EventStore& store, std::vector<Job> jobs, Heads heads);
  ~LogChecker();
  LogChecker(const LogChecker&) = delete;
  LogChecker& operator=(const LogChecker&) = delete;

  // The next job's, in their order: waits for it, or checks it here where nobody has begun.
  CheckedLog next();

 private:
  void work();
  CheckedLog check(std::size_t job) const;

  const EventStore& store_;
  const std::vector<Job> jobs_;
  const Heads heads_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::deque<std::optional<CheckedLog>> begun_;  // from taken_ on; empty while under way
  std::size_t taken_ = 0;
  std::uint64_t events_ahead_ = 0;  // of jobs in begun_
  bool stopped_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace verbena::ledger
