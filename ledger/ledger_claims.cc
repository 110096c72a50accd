// SPDX-License-Identifier: Apache-2.0
// Heads above what is covered: what a destroyed or hidden device is known to have signed.
#include "ledger/ledger.h"

namespace verbena::ledger {

namespace {

constexpr std::string_view claim_meta = "claim/";
constexpr std::size_t claims_max = 16'384;  // a certified key could sign any number

Bytes claim_key(const LogName& log) {
  return Bytes(claim_meta) + to_bytes(log.id());
}

}  // namespace

Status Ledger::load_claims() {
  return store_.meta_range(claim_meta, [&](std::string_view, std::string_view value) {
    schemas::LogHead claim;
    if (!claim.ParseFromArray(value.data(), static_cast<int>(value.size()))) return done();
    auto name = from_wire(claim.log());
    auto head = from_wire(claim.head());
    if (name && head) claims_[*name] = *head;
    return done();
  });
}

Result<bool> Ledger::note_claimed(const LogName& name, const Head& head) {
  std::lock_guard lock(mutex_);
  const auto author = state_->roster().find(name.certificate);
  if (author == nullptr) return Error{Errc::unknown_author, "a head by an unknown certificate"};
  const auto known = logs_.find(name);
  if (known != logs_.end() && head.size <= known->second.head.size) return false;
  const auto claimed = claims_.find(name);
  if (claimed == claims_.end() ? claims_.size() >= claims_max : head.size <= claimed->second.size) {
    return false;
  }
  if (!verify_head(author->key, name.id(), head)) {
    return Error{Errc::bad_signature, "a head of " + author->alias + " bears a false signature"};
  }
  schemas::LogHead kept;
  *kept.mutable_log() = to_wire(name);
  *kept.mutable_head() = to_wire(head);
  if (!in_doubt_) {
    in_doubt_ = !store_.append({{}, {{claim_key(name), kept.SerializeAsString()}}}, false).ok();
  }
  claims_[name] = head;
  return true;
}

std::vector<Claim> Ledger::claims() const {
  std::lock_guard lock(mutex_);
  std::vector<Claim> out;
  for (const auto& [log, head] : claims_) out.push_back({log, head});
  return out;
}

// What was claimed is held now.
void Ledger::drop_claim(const Log& log) {
  const auto claimed = claims_.find(log.name);
  if (claimed == claims_.end() || claimed->second.size > log.head.size) return;
  claims_.erase(claimed);
  (void)store_.append({{}, {{claim_key(log.name), std::nullopt}}}, false);
}

LogSummary Ledger::summary(const Log& log) const {
  const auto claimed = claims_.find(log.name);
  const auto branches = branches_.find(log.name);
  LogSummary out{log.name, log.id, log.head, log.head.size, log.changed_at, {}, false};
  if (claimed != claims_.end()) out.claimed = std::max(out.claimed, claimed->second.size);
  out.forked = branches != branches_.end();
  out.held =
      out.forked ? covered_by(log.head, branches->second) : Covered{log.head.size, log.head.root};
  return out;
}

}  // namespace verbena::ledger
