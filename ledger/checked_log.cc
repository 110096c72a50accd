// SPDX-License-Identifier: Apache-2.0
#include "ledger/checked_log.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

constexpr std::uint64_t worth_a_thread = 4'096;      // events; below it is done before one starts
constexpr std::uint64_t events_ahead_max = 500'000;  // 32 bytes of leaf each
constexpr unsigned workers_max = 16;

unsigned workers_for(std::uint64_t events) {
  if (events < worth_a_thread) return 0;
  return std::clamp(std::thread::hardware_concurrency(), 2U, workers_max + 1) - 1;
}

}  // namespace

CheckedLog check_log(const EventStore& store, const StoredLog& log, const PublicKey& author,
                     Heads which) {
  CheckedLog out;
  std::vector<Head> heads{log.head};
  if (which == Heads::all_kept) {
    auto kept = store.heads(log.name, 0);
    if (!kept) {
      out.damage = kept.error().text;
      return out;
    }
    heads = kept.take();
  }
  const Hash id = log.name.id();
  MerklePeaks peaks;
  std::vector<Hash> leaves;
  leaves.reserve(std::min<std::uint64_t>(log.head.size, events_ahead_max));
  auto head = heads.begin();
  const auto status =
      store.read(log.name, 0, log.head.size, [&](std::uint64_t, std::string_view bytes) -> Status {
        leaves.push_back(leaf_hash(bytes));
        peaks.append(leaves.back());
        if (head == heads.end() || head->size != peaks.size()) return done();
        const std::string size = std::to_string(head->size);
        if (head->root != peaks.root()) {
          return Error{Errc::damaged, "events below " + size + " do not hash to the signed root"};
        }
        if (which == Heads::all_kept) {
          if (!verify_head(author, id, *head)) {
            return Error{Errc::damaged, "the head at " + size + " bears a false signature"};
          }
          ++out.signatures;
        }
        out.peaks = peaks;
        ++head;
        return done();
      });
  if (!status) {
    out.damage = status.error().text;
  } else if (head != heads.end()) {
    out.damage =
        "a signed head of size " + std::to_string(head->size) + " has no events to stand on";
  }
  leaves.resize(out.peaks.size());
  out.leaves = std::move(leaves);
  return out;
}

LogChecker::LogChecker(const EventStore& store, std::vector<Job> jobs, Heads heads)
    : store_(store), jobs_(std::move(jobs)), heads_(heads) {
  std::uint64_t events = 0;
  for (const auto& job : jobs_) events += job.log.head.size;
  for (unsigned i = 0; i < workers_for(events); ++i) {
    workers_.emplace_back([this] { work(); });
  }
}

LogChecker::~LogChecker() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  moved_.notify_all();
}

CheckedLog LogChecker::check(std::size_t job) const {
  return check_log(store_, jobs_[job].log, jobs_[job].author, heads_);
}

void LogChecker::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    moved_.wait(lock, [&] {
      return stopped_ || taken_ + begun_.size() == jobs_.size() || events_ahead_ < events_ahead_max;
    });
    const std::size_t job = taken_ + begun_.size();
    if (stopped_ || job == jobs_.size()) return;
    begun_.emplace_back();
    events_ahead_ += jobs_[job].log.head.size;
    lock.unlock();
    auto checked = check(job);
    lock.lock();
    begun_[job - taken_] = std::move(checked);
    moved_.notify_all();
  }
}

CheckedLog LogChecker::next() {
  std::unique_lock lock(mutex_);
  const std::size_t job = taken_;
  if (begun_.empty()) {
    ++taken_;
    lock.unlock();
    return check(job);
  }
  moved_.wait(lock, [&] { return begun_.front().has_value(); });
  CheckedLog out = std::move(*begun_.front());
  begun_.pop_front();
  ++taken_;
  events_ahead_ -= jobs_[job].log.head.size;
  lock.unlock();
  moved_.notify_all();
  return out;
}

}  // namespace verbena::ledger
