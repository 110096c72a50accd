// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "ledger/core/certificate.h"
#include "ledger/core/event.h"

namespace verbena::ledger {

enum class Cause : std::uint8_t { none, uncertified, revoked, forked, rule, phantom };
const char* cause_name(Cause cause);

// Events of a log at or above `cut` do not count: their receiving side is suspended.
struct Standing {
  std::uint64_t cut = UINT64_MAX;
  Cause cause = Cause::none;
  std::uint64_t fork = UINT64_MAX;  // from here on several histories may be held
  bool operator==(const Standing&) const = default;
};

// Who belongs, and since when not any more. A pure function of the set of control events noted,
// evaluated in strata: root-signed certificates, fork proofs, revocations, other certificates.
class Roster {
 public:
  explicit Roster(const Certificate& root);

  // Grow-only notes. Each returns false when it was already known or does not verify. A proof may
  // come before the certificate of the device it names: it waits for it.
  bool note_certificate(const SignedCertificate& certificate, const EventPlace& published);
  bool note_revocation(const schemas::Revocation& revocation, const Certificate& author,
                       const EventPlace& published);
  bool note_fork(const schemas::ForkProof& proof);
  // Both histories are held and verified here.
  bool note_held_fork(const LogName& log, std::uint64_t index);
  void note_seen(const Hash& log, std::uint64_t index, const schemas::Seen& seen);
  // Whether an event of this log says that its author knew this control event.
  bool has_seen(const Hash& log, const EventPlace& control) const;
  // A log's name must be noted before its standing is asked for.
  void note_log(const LogName& name, const Hash& id);

  const Certificate& root() const { return *by_hash_.at(root_hash_); }
  // Known by form, whether or not it counts.
  std::shared_ptr<const Certificate> find(const Hash& certificate) const;
  // Of several that are called so, one that is certified.
  const Certificate* find_alias(std::string_view alias) const;
  using Certificates = std::map<Hash, std::shared_ptr<const Certificate>>;
  const Certificates& all() const { return by_hash_; }
  // Of these, those whose number on bands is this, by hash.
  const std::vector<std::shared_ptr<const Certificate>>& numbered(std::uint16_t number) const;
  // True when notes arrived since the last evaluate(): standings may have moved.
  bool dirty() const { return dirty_; }
  void evaluate();
  // As of the last evaluate().
  bool certified(const Hash& certificate) const { return certified_.contains(certificate); }
  const std::set<Hash>& certified() const { return certified_; }
  // Whether one key has several certificates that count under one number on bands.
  bool sealed_by_several(const Hash& certificate) const;
  bool revoked(const PublicKey& key) const { return revoked_.contains(key) || forked(key); }
  bool forked(const PublicKey& key) const { return forked_keys_.contains(key); }
  // The person whose approvals this key signs; empty where it may not approve.
  std::string approver(const PublicKey& key) const;
  Standing standing(const Hash& log) const;
  std::size_t fork_count() const { return forks_.size(); }
  // The lowest index of this log that is proven to be signed twice.
  std::optional<std::uint64_t> fork_index(const Hash& log) const;

 private:
  struct NotedCertificate {
    std::shared_ptr<const Certificate> certificate;
    std::vector<CertificateSignature> signatures;  // verified against their keys
    std::vector<EventPlace> published;
  };
  struct NotedRevocation {
    Hash author{};  // certificate
    EventPlace published;
    std::map<Hash, std::uint64_t> cuts;
  };
  std::shared_ptr<const Certificate> add(const Certificate& certificate);
  bool signed_by_root(const NotedCertificate& noted) const;
  bool has_signers(const NotedCertificate& noted,
                   const std::map<PublicKey, std::string>& supervisors) const;
  // A revocation counts by the root, or by a supervisor the root certified.
  bool may_revoke(const NotedRevocation& revocation) const;
  std::uint64_t revocation_cut(const PublicKey& key, const Hash& log) const;

  Hash root_hash_{};
  Certificates by_hash_;
  std::unordered_map<std::uint16_t, std::vector<std::shared_ptr<const Certificate>>> by_number_;
  std::map<Hash, NotedCertificate> noted_;
  std::unordered_map<Hash, LogName, HashOf> logs_;
  std::map<PublicKey, std::vector<NotedRevocation>> revocations_;
  std::map<Hash, std::uint64_t> forks_;                          // log -> lowest proven index
  std::map<Hash, std::vector<schemas::ForkProof>> early_forks_;  // by certificate not known yet
  std::map<Hash, std::vector<std::pair<std::uint64_t, std::pair<Hash, std::uint64_t>>>> seen_;

  bool dirty_ = false;

  // Evaluated.
  std::set<Hash> certified_;
  std::set<PublicKey> revoked_;
  std::set<PublicKey> forked_keys_;
  std::map<PublicKey, std::string> approvers_;
};

// Distinct supervisor signatures a role's certificate needs where the root did not sign it.
// 0: only the root can.
int supervisors_needed(schemas::Role role);

// A fork proof verifies alone, given the author's certificate.
bool verify_fork_proof(const schemas::ForkProof& proof, const Certificate& author);
LogName fork_proof_log(const schemas::ForkProof& proof);

}  // namespace verbena::ledger
