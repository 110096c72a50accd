// SPDX-License-Identifier: Apache-2.0
// Heads above what is covered: what a destroyed or hidden device is known to have signed.
#include "ledger/ledger.h"

namespace verbena::ledger {

namespace {

constexpr std::string_view claim_meta = "claim/";
constexpr std::size_t claimed_max = 16'384;  // a certified key could sign any number

Bytes claim_key(const LogName& log) {
  return Bytes(claim_meta) + to_bytes(log.id());
}

}  // namespace

Status Ledger::load_claimed() {
  return store_.meta_range(claim_meta, [&](std::string_view, std::string_view value) {
    schemas::LogHead claim;
    if (!claim.ParseFromArray(value.data(), static_cast<int>(value.size()))) return done();
    auto name = from_wire(claim.log());
    auto head = from_wire(claim.head());
    if (!name || !head) return done();
    const auto known = logs_.find(*name);
    if (known == logs_.end() || known->second.head.size < head->size) claimed_[*name] = *head;
    return done();
  });
}

Result<bool> Ledger::note_claimed(const LogName& name, const Head& head) {
  std::lock_guard lock(mutex_);
  const auto author = state_->roster().find(name.certificate);
  if (author == nullptr) return Error{Errc::unknown_author, "a head by an unknown certificate"};
  const auto known = logs_.find(name);
  if (known != logs_.end() && head.size <= known->second.head.size) return false;
  const auto claimed = claimed_.find(name);
  if (claimed == claimed_.end() ? claimed_.size() >= claimed_max
                                : head.size <= claimed->second.size) {
    return false;
  }
  if (!verify_head(author->key, name.id(), head)) {
    return Error{Errc::bad_signature, "a head of " + author->alias + " bears a false signature"};
  }
  schemas::LogHead kept;
  *kept.mutable_log() = to_wire(name);
  *kept.mutable_head() = to_wire(head);
  auto status = append_unsynced({{}, {{claim_key(name), kept.SerializeAsString()}}});
  if (!status) return status.error();
  claimed_[name] = head;
  return true;
}

std::vector<ClaimedHead> Ledger::claimed_heads() const {
  std::lock_guard lock(mutex_);
  std::vector<ClaimedHead> out;
  for (const auto& [log, head] : claimed_) out.push_back({log, head});
  return out;
}

// What was claimed is held now.
void Ledger::drop_claimed(const Log& log) {
  const auto claimed = claimed_.find(log.name);
  if (claimed == claimed_.end() || claimed->second.size > log.head.size) return;
  claimed_.erase(claimed);
  (void)append_unsynced({{}, {{claim_key(log.name), std::nullopt}}});  // stale at worst
}

LogSummary Ledger::summary(const Log& log) const {
  const auto claimed = claimed_.find(log.name);
  const auto branches = branches_.find(log.name);
  LogSummary out{log.name, log.id, log.head, log.head.size, log.changed_at, {}, false};
  if (claimed != claimed_.end()) out.claimed = std::max(out.claimed, claimed->second.size);
  out.forked = branches != branches_.end();
  out.held =
      out.forked ? covered_by(log.head, branches->second) : Covered{log.head.size, log.head.root};
  return out;
}

}  // namespace verbena::ledger
