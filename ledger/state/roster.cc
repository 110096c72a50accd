// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/roster.h"

#include <algorithm>

#include "ledger/core/merkle.h"
#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

bool branch_verifies(const schemas::BranchLeaf& branch, const Hash& log, std::uint64_t index,
                     const PublicKey& key) {
  const auto root = fixed<32>(branch.root());
  const auto signature = fixed<64>(branch.signature());
  const auto leaf = fixed<32>(branch.leaf());
  if (!root || !signature || !leaf || branch.path_size() > 64) return false;
  std::vector<Hash> path;
  for (const auto& node : branch.path()) {
    const auto hash = fixed<32>(node);
    if (!hash) return false;
    path.push_back(*hash);
  }
  return verify_head(key, log, {branch.size(), *root, branch.hlc(), *signature}) &&
         verify_inclusion(*leaf, index, branch.size(), path, *root);
}

}  // namespace

const char* cause_name(Cause cause) {
  switch (cause) {
    case Cause::none: return "none";
    case Cause::uncertified: return "uncertified";
    case Cause::revoked: return "revoked";
    case Cause::forked: return "fork";
    case Cause::rule: return "rule";
    case Cause::phantom: return "phantom";
  }
  return "none";
}

int supervisors_needed(schemas::Role role) {
  switch (role) {
    case schemas::VENDOR:
    case schemas::STAND_LEAD:
    case schemas::STORE:
    case schemas::COURIER:
    case schemas::AUDITOR: return 1;
    case schemas::TOP_UP_DESK:
    case schemas::REFUND_OFFICER: return 2;
    default: return 0;
  }
}

LogName fork_proof_log(const schemas::ForkProof& proof) {
  const auto certificate = fixed<32>(proof.certificate());
  return {certificate.value_or(Hash{}), proof.incarnation(),
          static_cast<LogClass>(proof.log_class() & 3)};
}

bool verify_fork_proof(const schemas::ForkProof& proof, const Certificate& author) {
  const LogName name = fork_proof_log(proof);
  if (name.certificate != author.hash || proof.first().leaf() == proof.second().leaf())
    return false;
  const Hash log = name.id();
  return branch_verifies(proof.first(), log, proof.index(), author.key) &&
         branch_verifies(proof.second(), log, proof.index(), author.key);
}

Roster::Roster(const Certificate& root) : root_hash_(root.hash) {
  add(root);
  certified_.insert(root.hash);
}

std::shared_ptr<const Certificate> Roster::add(const Certificate& certificate) {
  auto& held = by_hash_[certificate.hash];
  if (held != nullptr) return held;
  held = std::make_shared<Certificate>(certificate);
  auto& numbered = by_number_[certificate.number];
  const auto before = [](const auto& a, const auto& b) { return a->hash < b->hash; };
  numbered.insert(std::upper_bound(numbered.begin(), numbered.end(), held, before), held);
  return held;
}

bool Roster::note_certificate(const SignedCertificate& noted, const EventPlace& published) {
  const Hash& hash = noted.certificate.hash;
  if (noted.certificate.festival != root().festival) return false;
  NotedCertificate& known = noted_[hash];
  auto& places = known.published;
  if (std::find(places.begin(), places.end(), published) != places.end()) return false;
  places.push_back(published);
  dirty_ = true;
  known.certificate = add(noted.certificate);
  if (const auto early = early_forks_.extract(hash)) {
    for (const auto& proof : early.mapped()) note_fork(proof);
  }
  // The same body may be published with more signatures later: keep their union.
  for (const auto& signature : noted.signatures) {
    auto& kept = known.signatures;
    if (std::none_of(kept.begin(), kept.end(),
                     [&](const auto& held) { return held.key == signature.key; })) {
      kept.push_back(signature);
    }
  }
  return true;
}

bool Roster::note_revocation(const schemas::Revocation& revocation, const Certificate& author,
                             const EventPlace& published) {
  const auto key = fixed<32>(revocation.key());
  if (!key) return false;
  NotedRevocation entry{author.hash, published, {}};
  for (const auto& position : revocation.cut()) {
    if (const auto log = fixed<32>(position.log())) entry.cuts[*log] = position.size();
  }
  auto& noted = revocations_[*key];
  if (std::any_of(noted.begin(), noted.end(), [&](const auto& known) {
        return known.published == published && known.cuts == entry.cuts;
      })) {
    return false;
  }
  noted.push_back(std::move(entry));
  dirty_ = true;
  return true;
}

bool Roster::note_fork(const schemas::ForkProof& proof) {
  const auto author = find(fork_proof_log(proof).certificate);
  if (author == nullptr) {
    early_forks_[fork_proof_log(proof).certificate].push_back(proof);
    return false;
  }
  if (!verify_fork_proof(proof, *author)) return false;
  return note_held_fork(fork_proof_log(proof), proof.index());
}

bool Roster::note_held_fork(const LogName& log, std::uint64_t index) {
  const auto [it, fresh] = forks_.try_emplace(log.id(), index);
  if (!fresh && it->second <= index) return false;
  it->second = index;
  note_log(log, log.id());
  dirty_ = true;
  return true;
}

void Roster::note_seen(const Hash& log, std::uint64_t index, const schemas::Seen& seen) {
  for (const auto& position : seen.known()) {
    if (const auto control = fixed<32>(position.log())) {
      seen_[log].push_back({index, {*control, position.size()}});
      dirty_ = true;
    }
  }
}

bool Roster::has_seen(const Hash& log, const EventPlace& control) const {
  const auto found = seen_.find(log);
  return found != seen_.end() &&
         std::any_of(found->second.begin(), found->second.end(), [&](const auto& entry) {
           const auto& [named, size] = entry.second;
           return named == control.log && size > control.index;
         });
}

void Roster::note_log(const LogName& name, const Hash& id) {
  logs_.try_emplace(id, name);
}

std::shared_ptr<const Certificate> Roster::find(const Hash& certificate) const {
  const auto found = by_hash_.find(certificate);
  return found == by_hash_.end() ? nullptr : found->second;
}

const std::vector<std::shared_ptr<const Certificate>>& Roster::numbered(
    std::uint16_t number) const {
  static const std::vector<std::shared_ptr<const Certificate>> none;
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? none : found->second;
}

bool Roster::sealed_by_several(const Hash& certificate) const {
  const auto& one = by_hash_.at(certificate);
  const auto& same_number = numbered(one->number);
  return std::any_of(same_number.begin(), same_number.end(), [&](const auto& other) {
    return other->key == one->key && other->hash != certificate && certified(other->hash);
  });
}

// Who belongs comes before whoever claims the same name.
const Certificate* Roster::find_alias(std::string_view alias) const {
  const Certificate* claimed = nullptr;
  for (const auto& [hash, certificate] : by_hash_) {
    if (certificate->alias != alias) continue;
    if (certified(hash)) return certificate.get();
    if (claimed == nullptr) claimed = certificate.get();
  }
  return claimed;
}

bool Roster::signed_by_root(const NotedCertificate& noted) const {
  return std::any_of(noted.signatures.begin(), noted.signatures.end(),
                     [&](const auto& signature) { return signature.key == root().key; });
}

bool Roster::has_signers(const NotedCertificate& noted,
                         const std::map<PublicKey, std::string>& supervisors) const {
  const int needed = supervisors_needed(noted.certificate->role);
  if (needed == 0) return false;
  std::set<std::string> persons;
  for (const auto& signature : noted.signatures) {
    const auto supervisor = supervisors.find(signature.key);
    if (supervisor != supervisors.end()) persons.insert(supervisor->second);
  }
  return static_cast<int>(persons.size()) >= needed || mutant(Mutant::anyone_certifies);
}

bool Roster::may_revoke(const NotedRevocation& revocation) const {
  return revocation.author == root_hash_ || mutant(Mutant::anyone_revokes) ||
         (certified_.contains(revocation.author) &&
          by_hash_.at(revocation.author)->role == schemas::SUPERVISOR);
}

std::uint64_t Roster::revocation_cut(const PublicKey& key, const Hash& log) const {
  const auto found = revocations_.find(key);
  if (found == revocations_.end() || !revoked_.contains(key)) return UINT64_MAX;
  std::uint64_t cut = UINT64_MAX;
  if (mutant(Mutant::cut_ignored)) return cut;
  for (const auto& revocation : found->second) {
    if (!may_revoke(revocation)) continue;
    const auto listed = revocation.cuts.find(log);
    cut = std::min(cut, listed == revocation.cuts.end() ? 0 : listed->second);
  }
  return cut;
}

void Roster::evaluate() {
  certified_ = {root_hash_};
  revoked_.clear();
  forked_keys_.clear();
  dirty_ = false;
  // Stratum 1: what the root signed.
  for (const auto& [hash, noted] : noted_) {
    if (signed_by_root(noted)) certified_.insert(hash);
  }
  std::map<PublicKey, std::string> supervisors;
  for (const Hash& hash : certified_) {
    const Certificate& certificate = *by_hash_.at(hash);
    if (certificate.role == schemas::SUPERVISOR) {
      supervisors.emplace(certificate.key, certificate.person);
    }
  }
  // Stratum 2: fork proofs.
  for (const auto& [log, index] : forks_) {
    const auto name = logs_.find(log);
    if (name != logs_.end()) forked_keys_.insert(by_hash_.at(name->second.certificate)->key);
  }
  // Stratum 3: revocations by supervisors the root certified; a supervisor's needs two others.
  // Mutual revocations both stand: authors are not looked up in this stratum.
  for (const auto& [key, noted] : revocations_) {
    const bool target_is_supervisor = supervisors.contains(key);
    std::set<std::string> persons;
    bool by_root = false;
    for (const auto& revocation : noted) {
      by_root |= revocation.author == root_hash_;
      if (!may_revoke(revocation)) continue;
      const Certificate& author = *by_hash_.at(revocation.author);
      if (author.key != key && !forked_keys_.contains(author.key)) persons.insert(author.person);
    }
    if (by_root || persons.size() >= (target_is_supervisor ? 2u : 1u)) revoked_.insert(key);
  }
  approvers_ = supervisors;
  std::erase_if(approvers_, [&](const auto& entry) { return revoked(entry.first); });
  // Stratum 4: certificates signed on the field, published below their publisher's cut.
  for (const auto& [hash, noted] : noted_) {
    if (certified_.contains(hash) || !has_signers(noted, supervisors)) continue;
    for (const auto& place : noted.published) {
      const auto name = logs_.find(place.log);
      if (name == logs_.end()) continue;
      const auto publisher = by_hash_.find(name->second.certificate);
      if (publisher == by_hash_.end()) continue;
      const auto fork = forks_.find(place.log);
      if (place.index < revocation_cut(publisher->second->key, place.log) &&
          (fork == forks_.end() || place.index < fork->second)) {
        certified_.insert(hash);
        break;
      }
    }
  }
}

std::string Roster::approver(const PublicKey& key) const {
  const auto found = approvers_.find(key);
  return found == approvers_.end() ? std::string{} : found->second;
}

std::optional<std::uint64_t> Roster::fork_index(const Hash& log) const {
  const auto found = forks_.find(log);
  return found == forks_.end() ? std::nullopt : std::optional(found->second);
}

Standing Roster::standing(const Hash& log) const {
  const auto name = logs_.find(log);
  if (name == logs_.end() || !certified_.contains(name->second.certificate)) {
    return {0, Cause::uncertified, fork_index(log).value_or(UINT64_MAX)};
  }
  const PublicKey& key = by_hash_.at(name->second.certificate)->key;
  Standing standing;
  if (revoked_.contains(key)) {
    standing = {revocation_cut(key, log), Cause::revoked};
    // After seeing its own revocation a device's events never count (invariant I14). What somebody
    // without the right to revoke wrote before is no revocation.
    const auto seen = seen_.find(log);
    if (seen != seen_.end() && !mutant(Mutant::seen_ignored)) {
      for (const auto& [index, known] : seen->second) {
        for (const auto& revocation : revocations_.at(key)) {
          if (may_revoke(revocation) && revocation.published.log == known.first &&
              revocation.published.index < known.second) {
            standing.cut = std::min(standing.cut, index + 1);
          }
        }
      }
    }
  }
  if (const auto fork = forks_.find(log); fork != forks_.end()) {
    if (fork->second < standing.cut) standing = {fork->second, Cause::forked};
    standing.fork = fork->second;
  }
  return standing;
}

}  // namespace verbena::ledger
