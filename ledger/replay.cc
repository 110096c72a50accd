// SPDX-License-Identifier: Apache-2.0
#include "ledger/replay.h"

#include <algorithm>

#include "ledger/checked_log.h"

namespace verbena::ledger {

namespace {

Status note_log(const EventStore& store, const StoredLog& log, State& state) {
  schemas::Event event;
  return store.read(log.name, 0, log.head.size, [&](std::uint64_t index, std::string_view bytes) {
    if (parse_event(bytes, event)) state.note_control(log.name, index, event);
    return done();
  });
}

void note_branch(const StoredBranch& branch, State& state) {
  schemas::Event event;
  for (const auto& run : branch.runs) {
    for (std::size_t i = 0; i < run.events.size(); ++i) {
      if (parse_event(run.events[i], event)) state.note_control(run.log, run.first + i, event);
    }
  }
}

// Moves the logs whose author is known to the front of the result, control logs' certificates
// making further authors known.
std::vector<StoredLog> note_control_logs(const EventStore& store,
                                         const std::vector<StoredBranch>& branches, State& state,
                                         Replay& out) {
  std::vector<StoredLog> waiting = store.logs();
  std::vector<StoredLog> known;
  std::vector<bool> noted(branches.size());
  for (bool progress = true; progress;) {
    progress = false;
    std::vector<StoredLog> still_waiting;
    for (const auto& log : waiting) {
      if (state.roster().find(log.name.certificate) == nullptr) {
        still_waiting.push_back(log);
        continue;
      }
      if (log.name.log_class == LogClass::control) {
        if (auto status = note_log(store, log, state); !status) {
          out.damaged.push_back({log.name, status.error().text});
        }
      }
      known.push_back(log);
      progress = true;
    }
    waiting = std::move(still_waiting);
    for (std::size_t i = 0; i < branches.size(); ++i) {
      if (noted[i] || state.roster().find(branches[i].log.certificate) == nullptr) continue;
      noted[i] = progress = true;
      state.note_branch(branches[i].log, branches[i].index);
      if (branches[i].log.log_class == LogClass::control) note_branch(branches[i], state);
    }
  }
  out.unknown_authors = std::move(waiting);
  // What a revoked device had seen when it went on is part of its standing.
  for (const auto& log : known) {
    if (log.name.log_class == LogClass::control) continue;
    const auto author = state.roster().find(log.name.certificate);
    if (!state.roster().revoked(author->key)) continue;
    if (auto status = note_log(store, log, state); !status) {
      out.damaged.push_back({log.name, status.error().text});
    }
  }
  for (const auto& branch : branches) {
    const auto author = state.roster().find(branch.log.certificate);
    if (author != nullptr && branch.log.log_class != LogClass::control &&
        state.roster().revoked(author->key)) {
      note_branch(branch, state);
    }
  }
  std::sort(known.begin(), known.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name.log_class, a.name) < std::tie(b.name.log_class, b.name);
  });
  return known;
}

// Folds the events of a log that its signed heads vouch for.
Status fold_log(const EventStore& store, const StoredLog& log, const std::vector<Hash>& leaves,
                State& state, const ReplayVisitor& visit, Replay& out) {
  schemas::Event event;
  return store.read(log.name, 0, leaves.size(),
                    [&](std::uint64_t index, std::string_view bytes) -> Status {
                      if (auto parsed = parse_event(bytes, event); !parsed)
                        event.Clear();  // kept, folds as nothing
                      state.apply(log.name, index, leaves[index], event);
                      visit(log.name, index, leaves[index], event);
                      ++out.events;
                      return done();
                    });
}

// Another history of a log: placed among those before it, checked and folded.
Status fold_branch(const EventStore& store, const StoredBranch& stored,
                   const ReplayOptions& options, State& state, Replay& out) {
  const auto author = state.roster().find(stored.log.certificate);
  if (author == nullptr) return done();  // told of as a log by an unknown author
  std::vector<Hash> log;
  auto read = store.read(stored.log, 0, UINT64_MAX, [&](std::uint64_t, std::string_view bytes) {
    log.push_back(leaf_hash(bytes));
    return done();
  });
  if (!read) return read;
  const Hash id = stored.log.id();
  auto& branches = out.branches[stored.log];
  std::optional<Branch> branch;
  schemas::Event event;
  for (const auto& run : stored.runs) {
    if (branch) branches.push_back(*branch);
    auto placed = place_run(log, branches, run);
    if (branch) branches.pop_back();
    if (!placed || placed->common != run.first) {
      return Error{Errc::damaged, "a branch does not hash to its signed root"};
    }
    if (options.verify_heads) {
      if (!verify_head(author->key, id, run.head)) {
        return Error{Errc::damaged, "the head of a branch bears a false signature"};
      }
      ++out.heads_verified;
    }
    branch = Branch{stored.index, std::move(placed->leaves), run.head};
    for (std::size_t i = 0; i < run.events.size(); ++i) {
      if (!parse_event(run.events[i], event)) event.Clear();
      const std::uint64_t index = run.first + i;
      state.apply_branch(stored.log, branch->id(id), index, branch->leaves.at(index), event);
      ++out.events;
    }
  }
  if (branch) branches.push_back(std::move(*branch));
  return done();
}

}  // namespace

Result<Replay> replay(const EventStore& store, const ReplayOptions& options, State& state,
                      const ReplayVisitor& visit) {
  Replay out;
  auto branches = read_branches(store);
  if (!branches) return branches.error();
  const auto logs = note_control_logs(store, *branches, state, out);
  std::vector<LogChecker::Job> jobs;
  for (const auto& log : logs) {
    jobs.push_back({log, state.roster().find(log.name.certificate)->key});
  }
  LogChecker checker(store, std::move(jobs),
                     options.verify_heads ? Heads::all_kept : Heads::newest);
  for (const auto& log : logs) {
    auto checked = checker.next();
    out.heads_verified += checked.signatures;
    auto status = fold_log(store, log, checked.leaves, state, visit, out);
    if (!status || checked.damage) {
      out.damaged.push_back({log.name, checked.damage ? *checked.damage : status.error().text});
    } else {
      out.logs.push_back({log, std::move(checked.peaks)});
    }
  }
  for (const auto& branch : *branches) {
    auto status = fold_branch(store, branch, options, state, out);
    if (!status) out.damaged.push_back({branch.log, status.error().text});
  }
  if (state.stale()) return Error{Errc::internal, "replay: a standing moved under folded events"};
  return out;
}

}  // namespace verbena::ledger
