// SPDX-License-Identifier: Apache-2.0
// Histories that contradict what is held: kept as branches, and proven.
#include <algorithm>

#include "ledger/ledger.h"

#include "ledger/core/mutant.h"

namespace verbena::ledger {

bool Ledger::reaches_branch(const LogRun& run) const {
  const auto found = branches_.find(run.log);
  return found != branches_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const Branch& branch) { return run.first <= branch.leaves.size(); });
}

// The run's head bears its author's signature and contradicts this log. It continues a branch,
// begins one, or must be asked for from further down.
Result<Ingested> Ledger::ingest_branch(const LogRun& run, const Certificate& author) {
  const auto known = branches_.find(run.log);
  static const std::vector<Branch> none;
  const std::vector<Branch>& branches = known == branches_.end() ? none : known->second;
  const Head ours = logs_.at(run.log).head;
  auto log = leaves(run.log, ours.size);
  if (!log) return log.error();
  auto placed = place_run(*log, branches, run);
  if (!placed) {
    if (run.first == 0) {
      return Error{Errc::bad_signature,
                   "a run of " + author.alias + " does not hash to its signed root"};
    }
    return Error{Errc::forked,
                 "a log of " + author.alias + " forks below index " + std::to_string(run.first)};
  }
  if (placed->common == placed->leaves.size()) return Ingested::already_held;
  if (mutant(Mutant::fork_unproven)) return Ingested::already_held;
  const Branch follows =
      placed->history == 0 ? Branch{0, std::move(*log), ours} : branches[placed->history - 1];
  const bool continues = placed->history != 0 && placed->common == follows.leaves.size();
  if (!continues && branches.size() >= branches_per_log_max) return Ingested::forked;

  Branch grown{continues ? follows.index : placed->common, std::move(placed->leaves), run.head};
  LogRun rest{run.log, placed->common, {}, run.head};
  rest.events.assign(run.events.begin() + static_cast<std::ptrdiff_t>(rest.first - run.first),
                     run.events.end());
  if (auto status = append_unsynced({{}, {branch_write(grown, rest)}}); !status) {
    return status.error();
  }
  auto& kept = branches_[run.log];
  if (continues) {
    kept[placed->history - 1] = grown;
  } else {
    kept.push_back(grown);
  }
  note_change(logs_.at(run.log));
  const Hash id = run.log.id();
  const State* const before = state_.get();
  const auto proven = state_->roster().fork_index(id);
  if (identity_ && !continues && (!proven || placed->common < *proven)) {
    if (auto status = prove_fork(run.log, placed->common, follows, grown); !status) {
      return status.error();
    }
  }
  // A fork below folded events folds everything again from the store, this branch included.
  if (state_.get() == before) state_->note_branch(run.log, grown.index);
  if (state_.get() == before && state_->stale()) {
    if (auto status = refold(); !status) return status.error();
  }
  if (state_.get() != before) return Ingested::forked;
  for (std::size_t i = 0; i < rest.events.size(); ++i) {
    if (auto parsed = parse_event(rest.events[i], scratch_); !parsed) scratch_.Clear();
    const std::uint64_t index = rest.first + i;
    state_->apply_branch(run.log, grown.id(id), index, grown.leaves.at(index), scratch_);
  }
  events_ += rest.events.size();
  return Ingested::forked;
}

// Two signed heads with different leaves at one index: verifies alone (RFC 6962 paths).
Status Ledger::prove_fork(const LogName& log, std::uint64_t index, const Branch& first,
                          const Branch& second) {
  schemas::ForkProof proof;
  proof.set_certificate(to_bytes(log.certificate));
  proof.set_incarnation(log.incarnation);
  proof.set_log_class(static_cast<std::uint32_t>(log.log_class));
  proof.set_index(index);
  const auto fill = [&](schemas::BranchLeaf& out, const Branch& history) {
    out.set_root(to_bytes(history.head.root));
    out.set_size(history.head.size);
    out.set_hlc(history.head.hlc);
    out.set_signature(to_bytes(history.head.signature));
    out.set_leaf(to_bytes(history.leaves.at(index)));
    for (const auto& node : inclusion_path(history.leaves, index)) out.add_path(to_bytes(node));
  };
  const bool in_order = first.leaves.at(index) < second.leaves.at(index);
  fill(*proof.mutable_first(), in_order ? first : second);
  fill(*proof.mutable_second(), in_order ? second : first);
  Draft draft;
  draft.log_class = LogClass::control;
  draft.event.set_kind(schemas::KIND_FORK_PROOF);
  draft.event.set_payload(proof.SerializeAsString());
  std::vector<Draft> drafts;
  drafts.push_back(std::move(draft));
  auto appended = append_own(0, std::move(drafts));
  return appended ? done() : Status(appended.error());
}

Result<std::vector<LogRun>> Ledger::branch_runs(const LogName& log) const {
  std::lock_guard lock(mutex_);
  std::vector<LogRun> out;
  if (!branches_.contains(log)) return out;
  auto stored = read_branches(store_, &log);
  if (!stored) return stored.error();
  for (auto& branch : *stored) {
    std::move(branch.runs.begin(), branch.runs.end(), std::back_inserter(out));
  }
  return out;
}

}  // namespace verbena::ledger
