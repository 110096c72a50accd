// SPDX-License-Identifier: Apache-2.0
// What a failed write left behind: in doubt, never declined (Rebello et al. 2020: a retried sync
// may lie, only a reopen tells what is on disk).
#include <algorithm>
#include <utility>

#include "ledger/ledger.h"

namespace verbena::ledger {

namespace {

constexpr std::uint64_t settle_again_ms = 1'000;

}  // namespace

StoreBatch Ledger::Staged::batch() const {
  StoreBatch whole;
  for (const auto& [name, log] : logs) whole.appends.push_back(log.append);
  return whole;
}

Status Ledger::append_unsynced(const StoreBatch& batch) {
  if (in_doubt_) return Error{Errc::in_doubt, "an earlier write is not settled yet"};
  auto status = store_.append(batch, false);
  in_doubt_ = !status.ok();
  return status;
}

// The events are on disk: folds them and remembers what they changed.
Status Ledger::land(Staged staged) {
  for (auto& [name, stage] : staged.logs) {
    Log& log = log_of(name);
    log.peaks = stage.peaks;
    log.head = stage.append.head;
    note_change(log);
    apply_all(name, stage.append.first, stage.append.events, stage.ids);
  }
  contexts_ = std::move(staged.contexts);
  seen_ = std::move(staged.seen);
  return state_->stale() ? refold() : done();
}

// Opens the store anew and lets it tell what it holds; then writes the identical bytes again if
// they are not there. Tried once a second at most.
Status Ledger::settle() {
  const std::uint64_t now = clock_.monotonic_ms();
  if (settle_at_ms_ != 0 && now < settle_at_ms_) {
    return Error{Errc::in_doubt, "the disk does not take what is written"};
  }
  settle_at_ms_ = now + settle_again_ms;
  auto status = settle_doubt();
  if (status) settle_at_ms_ = 0;
  return status;
}

Status Ledger::settle_doubt() {
  if (auto status = store_.reopen(); !status) {
    return Error{Errc::in_doubt, "the store cannot be opened again: " + status.error().text};
  }
  std::map<LogName, Head> stored;
  for (const auto& log : store_.logs()) stored[log.name] = log.head;
  bool landed = false, others_differ = false, own_shorter = false;
  const auto own = [&](const LogName& name) {
    return identity_ && name.certificate == identity_->certificate.hash;
  };
  for (const auto& [name, log] : logs_) {
    const auto held = stored.find(name);
    if (held != stored.end() && held->second == log.head) continue;
    const bool doubtful = doubtful_ && doubtful_->logs.contains(name) && held != stored.end() &&
                          held->second == doubtful_->logs.at(name).append.head;
    if (doubtful) continue;
    (own(name) && name.incarnation == incarnation_ ? own_shorter : others_differ) = true;
  }
  others_differ |= std::any_of(stored.begin(), stored.end(), [&](const auto& entry) {
    return !logs_.contains(entry.first) && !(doubtful_ && doubtful_->logs.contains(entry.first));
  });
  if (own_shorter) {
    // What this life signed may be known elsewhere: it must not grow again from here.
    alarms_.push_back({"damaged-store",
                       "the store came back shorter after a failed write; this device goes on in a "
                       "new life and asks its peers for the rest"});
    incarnation_ = random_.u64();
    seen_.clear();
    doubtful_.reset();
    in_doubt_ = false;
    return reload();
  }
  if (doubtful_) {
    for (const auto& [name, stage] : doubtful_->logs) {
      const auto held = stored.find(name);
      landed |= held != stored.end() && held->second == stage.append.head;
    }
    if (!landed) {
      if (auto status = store_.append(doubtful_->batch(), true); !status) return status;
    }
  }
  in_doubt_ = false;
  auto settled = std::exchange(doubtful_, {});
  if (others_differ) return reload();
  return settled ? land(std::move(*settled)) : done();
}

// Everything again from the store, which may hold less than this device did.
Status Ledger::reload() {
  logs_.clear();
  changes_.clear();
  names_.clear();
  ++news_;
  return refold();
}

// Told once: whoever asks meets it again and again.
void Ledger::note_unreadable(const std::string& text) {
  if (std::exchange(unreadable_noted_, true)) return;
  alarms_.push_back({"damaged-store", text});
}

std::vector<LedgerAlarm> Ledger::alarms() const {
  std::lock_guard lock(mutex_);
  auto out = alarms_;
  if (in_doubt_) out.push_back({"write-in-doubt", "the disk does not take what is written"});
  if (store_.free_bytes() < free_bytes_floor) {
    out.push_back({"storage-low", "the disk is nearly full: this device starts no new sale"});
  }
  return out;
}

}  // namespace verbena::ledger
