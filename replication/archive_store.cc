// SPDX-License-Identifier: Apache-2.0
#include "replication/archive_store.h"

#include <algorithm>

namespace verbena::replication {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::Head;
using ledger::LogName;
using ledger::LogRun;
using ledger::Result;
using ledger::Status;

Status ArchiveStore::add(const LogRun& run) {
  Log& log = logs_[run.log];
  if (run.events.empty() || run.first != log.size() ||
      run.head.size != run.first + run.events.size()) {
    if (log.heads.empty()) logs_.erase(run.log);
    return Error{Errc::not_contiguous, "the run at " + std::to_string(run.first) + " of the log " +
                                           ledger::hex(run.log.id()).substr(0, 16) +
                                           " does not continue it"};
  }
  PackedRun packed{run.first, {}, {}};
  std::size_t bytes = 0;
  for (const auto& event : run.events) bytes += event.size();
  packed.bytes.reserve(bytes);
  packed.ends.reserve(run.events.size());
  for (const auto& event : run.events) {
    packed.bytes += event;
    packed.ends.push_back(static_cast<std::uint32_t>(packed.bytes.size()));
  }
  log.runs.push_back(std::move(packed));
  log.heads.push_back(run.head);
  return ledger::done();
}

Status ArchiveStore::add_branch(const LogRun& run) {
  const Error lost{Errc::bad_signature, "a branch of the log " +
                                            ledger::hex(run.log.id()).substr(0, 16) +
                                            " leaves none of its histories"};
  const auto found = logs_.find(run.log);
  if (found == logs_.end() || run.events.empty()) return lost;
  Log& log = found->second;
  std::vector<Hash> leaves;
  (void)read(run.log, 0, UINT64_MAX, [&](std::uint64_t, std::string_view event) {
    leaves.push_back(ledger::leaf_hash(event));
    return ledger::done();
  });
  auto placed = ledger::place_run(leaves, log.branches, run);
  if (!placed) return lost;
  if (placed->common == placed->leaves.size()) return ledger::done();
  ledger::Branch* follows = placed->history == 0 ? nullptr : &log.branches[placed->history - 1];
  const bool continues = follows != nullptr && placed->common == follows->leaves.size();
  if (!continues && log.branches.size() >= ledger::branches_per_log_max) return lost;
  LogRun rest{run.log, placed->common, {}, run.head};
  rest.events.assign(run.events.begin() + static_cast<std::ptrdiff_t>(rest.first - run.first),
                     run.events.end());
  ledger::Branch grown{continues ? follows->index : placed->common, std::move(placed->leaves),
                       run.head};
  auto write = ledger::branch_write(grown, std::move(rest));
  meta_[write.key] = *write.value;
  if (continues) {
    *follows = std::move(grown);
  } else {
    log.branches.push_back(std::move(grown));
  }
  return ledger::done();
}

std::vector<ledger::LogTip> ArchiveStore::tips() const {
  std::vector<ledger::LogTip> out;
  for (const auto& [name, log] : logs_) {
    const auto add = [&, id = name.id()](const Head& head) {
      out.push_back({name, id, head.size, head.root});
    };
    add(log.heads.back());
    for (const auto& branch : log.branches) add(branch.head);
  }
  return out;
}

Status ArchiveStore::append(const ledger::StoreBatch&, bool) {
  return Error{Errc::storage, "an archive is not written to"};
}

std::vector<ledger::StoredLog> ArchiveStore::logs() const {
  std::vector<ledger::StoredLog> out;
  for (const auto& [name, log] : logs_) out.push_back({name, log.heads.back()});
  return out;
}

Status ArchiveStore::read(const LogName& name, std::uint64_t first, std::uint64_t count,
                          const EventVisitor& visit) const {
  const auto found = logs_.find(name);
  if (found == logs_.end()) return ledger::done();
  const auto& runs = found->second.runs;
  auto packed = std::upper_bound(
      runs.begin(), runs.end(), first,
      [](std::uint64_t index, const PackedRun& other) { return index < other.first; });
  if (packed != runs.begin()) --packed;
  for (; packed != runs.end(); ++packed) {
    std::uint32_t begin = 0;
    std::uint64_t index = packed->first;
    for (const std::uint32_t end : packed->ends) {
      if (index >= first) {
        if (index - first >= count) return ledger::done();
        const auto event = std::string_view(packed->bytes).substr(begin, end - begin);
        if (auto status = visit(index, event); !status) return status;
      }
      begin = end;
      ++index;
    }
  }
  return ledger::done();
}

Result<std::vector<Head>> ArchiveStore::heads(const LogName& name, std::uint64_t above) const {
  std::vector<Head> out;
  const auto found = logs_.find(name);
  if (found == logs_.end()) return out;
  for (const auto& head : found->second.heads) {
    if (head.size > above) out.push_back(head);
  }
  return out;
}

Result<std::optional<Bytes>> ArchiveStore::meta(std::string_view key) const {
  const auto found = meta_.find(key);
  if (found == meta_.end()) return std::optional<Bytes>{};
  return std::optional<Bytes>{found->second};
}

Status ArchiveStore::meta_range(std::string_view prefix, const MetaVisitor& visit) const {
  for (auto it = meta_.lower_bound(prefix); it != meta_.end() && it->first.starts_with(prefix);
       ++it) {
    if (auto status = visit(it->first, it->second); !status) return status;
  }
  return ledger::done();
}

}  // namespace verbena::replication
