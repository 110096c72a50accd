// SPDX-License-Identifier: Apache-2.0
// What others may read of the logs.
#include "ledger/ledger.h"

#include <algorithm>

#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t changes_kept = 64;  // replaced ones, beside as many as there are logs

}  // namespace

Result<std::vector<LogRun>> Ledger::read(const LogName& name, std::uint64_t from,
                                         std::size_t bytes_max) const {
  std::lock_guard lock(mutex_);
  std::vector<LogRun> out;
  auto heads = store_.heads(name, from);
  if (!heads) return heads.error();
  std::size_t bytes = 0;
  std::uint64_t first = from;
  for (const auto& head : *heads) {
    LogRun run{name, first, {}, head};
    auto status =
        store_.read(name, first, head.size - first, [&](std::uint64_t, std::string_view event) {
          run.events.emplace_back(event);
          bytes += event.size();
          return done();
        });
    if (!status) return status.error();
    out.push_back(std::move(run));
    first = head.size;
    if (bytes >= bytes_max) break;
  }
  return out;
}

Result<Bytes> Ledger::event_bytes(const LogName& log, std::uint64_t index) const {
  std::lock_guard lock(mutex_);
  Bytes out;
  auto status = store_.read(log, index, 1, [&](std::uint64_t, std::string_view event) {
    out = Bytes(event);
    return done();
  });
  if (!status) return status.error();
  if (out.empty()) return Error{Errc::bad_input, "no event at this place"};
  return out;
}

std::uint64_t Ledger::news() const {
  std::lock_guard lock(mutex_);
  return news_;
}

std::vector<LogSummary> Ledger::logs(std::uint64_t since) const {
  std::lock_guard lock(mutex_);
  std::vector<LogSummary> out;
  if (since == 0) {
    out.reserve(logs_.size());
    for (const auto& [name, log] : logs_) out.push_back(summary(log));
    return out;
  }
  for (const Log* log : changed_since(since)) out.push_back(summary(*log));
  return out;
}

void Ledger::note_change(Log& log) {
  log.changed_at = ++news_;
  changes_.emplace_back(log.changed_at, &log);
  if (changes_.size() < 2 * logs_.size() + changes_kept) return;
  std::erase_if(changes_, [](const auto& change) {
    return change.second->changed_at != change.first;  // it changed again since
  });
}

std::vector<const Ledger::Log*> Ledger::changed_since(std::uint64_t since) const {
  std::vector<const Log*> out;
  const auto from = std::upper_bound(
      changes_.begin(), changes_.end(), since,
      [](std::uint64_t number, const auto& change) { return number < change.first; });
  for (auto change = from; change != changes_.end(); ++change) {
    if (change->second->changed_at == change->first) out.push_back(change->second);
  }
  return out;
}

std::optional<LogSummary> Ledger::log(const Hash& id) const {
  std::lock_guard lock(mutex_);
  const auto name = names_.find(id);
  if (name == names_.end()) return std::nullopt;
  return summary(logs_.at(name->second));
}

std::uint64_t Ledger::events() const {
  std::lock_guard lock(mutex_);
  return events_;
}

void Ledger::ask(const Ask& question) const {
  std::lock_guard lock(mutex_);
  question(*state_, device_view());
}

bool Ledger::knows_author(const Hash& certificate) const {
  return author(certificate) != nullptr;
}

std::shared_ptr<const Certificate> Ledger::author(const Hash& certificate) const {
  std::lock_guard lock(mutex_);
  return state_->roster().find(certificate);
}

bool Ledger::may_open(const LogName& log) {
  std::lock_guard lock(mutex_);
  if (logs_.contains(log)) return true;
  if (!state_->roster().find(log.certificate)) return true;  // ingest says why not
  LifeBudget& budget = life_budgets_[log.certificate];
  const std::uint64_t now = clock_.monotonic_ms();
  const std::uint64_t earned = (now - budget.at_ms) / new_log_ms;
  if (budget.at_ms == 0 || earned > 0) {
    budget.left = std::min(new_logs_burst, budget.left + earned);
    budget.at_ms = budget.at_ms == 0 ? now : budget.at_ms + earned * new_log_ms;
  }
  if (budget.left == 0) return mutant(Mutant::lives_unlimited);
  --budget.left;
  return true;
}

}  // namespace verbena::ledger
