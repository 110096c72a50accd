// SPDX-License-Identifier: Apache-2.0
#include "ledger/branches.h"

#include <algorithm>

#include "ledger/wire.h"

namespace verbena::ledger {

namespace {

constexpr std::string_view meta_prefix = "branch/";

// branch/ | log id | index of the first own event | its leaf | first index of the run
Bytes meta_key(const Hash& log, std::uint64_t index, const Hash& leaf, std::uint64_t first) {
  Bytes key(meta_prefix);
  key.append(view(log));
  put_u64(key, index);
  key.append(view(leaf));
  put_u64(key, first);
  return key;
}

std::size_t common_leaves(const std::vector<Hash>& a, const std::vector<Hash>& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                                  a.begin());
}

}  // namespace

Hash Branch::id(const Hash& log) const {
  return sha256({"verbena-branch-v1", view(log), view(leaves.at(index))});
}

Covered covered_by(const Head& log, const std::vector<Branch>& branches) {
  if (branches.empty()) return {log.size, log.root};
  Covered out{log.size, {}};
  std::vector<std::pair<std::uint64_t, Hash>> tips{{log.size, log.root}};
  for (const auto& branch : branches) {
    out.size += branch.head.size - branch.index;
    tips.emplace_back(branch.head.size, branch.head.root);
  }
  std::sort(tips.begin(), tips.end());
  Bytes rows;
  for (const auto& [size, root] : tips) {
    put_u64(rows, size);
    rows.append(view(root));
  }
  out.root = sha256({"verbena-branches-v1", rows});
  return out;
}

std::optional<Placement> place_run(const std::vector<Hash>& log,
                                   const std::vector<Branch>& branches, const LogRun& run) {
  std::optional<Placement> best;
  for (std::size_t i = 0; i <= branches.size(); ++i) {
    const std::vector<Hash>& history = i == 0 ? log : branches[i - 1].leaves;
    if (run.first > history.size()) continue;
    std::vector<Hash> joined(history.begin(),
                             history.begin() + static_cast<std::ptrdiff_t>(run.first));
    for (const auto& event : run.events) joined.push_back(leaf_hash(event));
    if (tree_root(joined) != run.head.root) continue;
    const std::size_t common = common_leaves(history, joined);
    if (!best || common > best->common) best = {i, common, std::move(joined)};
  }
  return best;
}

MetaWrite branch_write(const Branch& branch, LogRun run) {
  const Bytes key = meta_key(run.log.id(), branch.index, branch.leaves.at(branch.index), run.first);
  return {key, to_wire(std::move(run)).SerializeAsString()};
}

Result<std::vector<StoredBranch>> read_branches(const EventStore& store, const LogName* of) {
  std::vector<StoredBranch> out;
  Bytes prefix(meta_prefix);
  if (of != nullptr) prefix.append(view(of->id()));
  Bytes previous;
  auto status = store.meta_range(prefix, [&](std::string_view key, std::string_view value) {
    schemas::Run wire;
    const Error damaged{Errc::damaged, "a stored branch is damaged"};
    if (key.size() != meta_prefix.size() + 80 ||
        !wire.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      return Status(damaged);
    }
    auto run = from_wire(wire);
    if (!run || view(run->log.id()) != key.substr(meta_prefix.size(), 32)) return Status(damaged);
    const Bytes branch(key.substr(0, key.size() - 8));
    if (branch != previous) {
      out.push_back({run->log, get_be(key.substr(meta_prefix.size() + 32, 8)), {}});
    }
    previous = branch;
    out.back().runs.push_back(run.take());
    return done();
  });
  if (!status) return status.error();
  return out;
}

}  // namespace verbena::ledger
