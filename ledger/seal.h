// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/missing.h"

// The end of a festival, signed (docs/archive.md): what a set of logs holds and what it folds to. A
// function of these logs, so whoever signs or audits one makes it again and compares.
namespace verbena::ledger {

// Grows with every change of docs/fold.md: digests of different versions say nothing of each other.
constexpr std::uint32_t fold_version = 3;
constexpr std::uint32_t seal_version = 1;
constexpr std::size_t seal_persons_min = 2;  // settings may ask for more
constexpr int seal_signatures_max = 16;
constexpr std::string_view seal_context = "verbena-seal-v1";

struct Supervisor {
  std::string alias;
  std::string person;
  bool revoked = false;
};

// What a replay found, as far as a seal says it.
struct SealGround {
  std::uint64_t festival = 0;
  std::vector<LogTip> tips;
  Bytes frontier_root;  // 16 bytes
  Hash state_digest{};
  std::uint64_t events = 0, faults = 0, notices = 0;
  std::map<std::pair<std::string, std::string>, __int128> sums;  // unit, first part of the path
  std::vector<MissingTail> missing;
  std::size_t signatures_needed = seal_persons_min;
  std::map<PublicKey, Supervisor> supervisors;  // all that the root certified
  std::map<Hash, std::string> devices;          // aliases by certificate
  std::map<Hash, std::string> traders;          // those certified of them that hold goods or money

  std::size_t persons() const;  // of supervisors who may sign
  std::string log_text(const Hash& log) const;
};
// As audit() leaves state and report; frontier_root is the caller's to fill in.
SealGround seal_ground(State& state, const AuditReport& report, std::vector<LogTip> tips,
                       const std::vector<ClaimedHead>& claims,
                       const std::vector<schemas::Receipt>& receipts);

// `previous`: hash of the seal this one amends; empty where it is the first.
schemas::Seal make_seal(const SealGround& ground, std::uint32_t number, std::string_view previous);
Hash seal_hash(const schemas::SignedSeal& seal);

// In one canonical form, or Errc::bad_input.
Result<schemas::Seal> parse_seal(const schemas::SignedSeal& seal);

// What `said` says that is not so; a sentence each. Nothing: it is this seal. A seal by another
// fold version or with another number of notices is told in `notes`: that alone is no falsehood.
std::vector<std::string> seal_differences(const schemas::Seal& said, const schemas::Seal& found,
                                          const SealGround& ground,
                                          std::vector<std::string>& notes);
// The first lines of the same for an older seal, of which only the logs are compared.
std::vector<std::string> log_differences(const schemas::Seal& said, const schemas::Seal& found,
                                         const SealGround& ground);

// How many persons must have signed it, as it says itself.
std::size_t signatures_needed(const schemas::Seal& seal);

schemas::Signature sign_seal(const schemas::SignedSeal& seal, const SigningKey& key);

struct SealSignatures {
  std::vector<std::string> aliases;  // of distinct persons who may sign and did
  std::vector<PublicKey> keys;       // theirs
  std::vector<std::string> refused;  // a sentence for each signature that does not count
};
// `any_time`: those revoked since count as well.
SealSignatures judge_signatures(const schemas::SignedSeal& seal, const SealGround& ground,
                                bool any_time = false);

}  // namespace verbena::ledger
