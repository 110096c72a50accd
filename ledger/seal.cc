// SPDX-License-Identifier: Apache-2.0
#include "ledger/seal.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "ledger/core/money.h"

namespace verbena::ledger {

namespace {

std::string short_hex(std::string_view bytes) {
  return hex(bytes.substr(0, 8));
}

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

bool trades(schemas::Role role) {
  return role == schemas::VENDOR || role == schemas::TOP_UP_DESK || role == schemas::STAND_LEAD ||
         role == schemas::STORE || role == schemas::COURIER || role == schemas::REFUND_OFFICER;
}

// Absent instead of zeros: one way to say nothing.
Bytes or_absent(const Hash& hash) {
  return hash == Hash{} ? Bytes() : to_bytes(hash);
}

schemas::MissingTail to_wire(const MissingTail& tail) {
  schemas::MissingTail out;
  out.set_certificate(or_absent(tail.certificate));
  out.set_log(or_absent(tail.log));
  out.set_held(tail.held);
  out.set_known(tail.known);
  out.set_root(or_absent(tail.root));
  out.set_witness(tail.witness);
  return out;
}

using Sums = std::map<std::pair<std::string, std::string>, Bytes>;
Sums sums_of(const schemas::Seal& seal) {
  Sums out;
  for (const auto& sum : seal.sum()) out[{sum.unit(), sum.account()}] = sum.balance();
  return out;
}

std::string balance_text(const Sums& sums, const Sums::key_type& key) {
  const auto found = sums.find(key);
  if (found == sums.end()) return "0";
  if (found->second.size() != 16) return "nothing that is a number";
  unsigned __int128 value = get_be(std::string_view(found->second).substr(0, 8));
  value = value << 64 | get_be(std::string_view(found->second).substr(8));
  return format_decimal(static_cast<__int128>(value), 0);
}

void compare_sums(const schemas::Seal& said, const schemas::Seal& found,
                  std::vector<std::string>& out) {
  const Sums theirs = sums_of(said), ours = sums_of(found);
  std::set<Sums::key_type> keys;
  for (const auto& sums : {theirs, ours}) {
    for (const auto& [key, balance] : sums) keys.insert(key);
  }
  for (const auto& key : keys) {
    const std::string a = balance_text(theirs, key), b = balance_text(ours, key);
    if (a == b) continue;
    out.push_back("it says that the accounts " + key.second + " of " + key.first + " sum to " + a +
                  "; they sum to " + b + " minor units");
  }
}

void compare_missing(const schemas::Seal& said, const schemas::Seal& found,
                     std::vector<std::string>& out) {
  std::set<Bytes> theirs, ours;
  for (const auto& tail : said.missing()) theirs.insert(tail.SerializeAsString());
  for (const auto& tail : found.missing()) ours.insert(tail.SerializeAsString());
  if (theirs == ours) return;
  out.push_back("it names " + number(theirs.size()) + " ends of logs that nobody brought, " +
                number(ours.size()) + " are known");
}

// Nobody can make it impossible to seal, nor possible to seal alone.
std::size_t needed_by(const schemas::Festival* settings) {
  return std::clamp<std::size_t>(settings == nullptr ? 0 : settings->seal_signatures(),
                                 seal_persons_min, seal_signatures_max);
}

}  // namespace

std::size_t SealGround::persons() const {
  std::set<std::string> out;
  for (const auto& [key, supervisor] : supervisors) {
    if (!supervisor.revoked) out.insert(supervisor.person);
  }
  return out.size();
}

std::string SealGround::log_text(const Hash& log) const {
  for (const auto& tip : tips) {
    if (tip.id != log) continue;
    const auto device = devices.find(tip.log.certificate);
    return "the " + std::string(log_class_name(tip.log.log_class)) + " log " +
           short_hex(view(log)) + " of " +
           (device == devices.end() ? "an unknown device" : device->second);
  }
  return "the log " + short_hex(view(log));
}

SealGround seal_ground(State& state, const AuditReport& report, std::vector<LogTip> tips,
                       const std::vector<ClaimedHead>& claims,
                       const std::vector<schemas::Receipt>& receipts) {
  SealGround out;
  const Roster& roster = state.roster();
  out.festival = roster.root().festival;
  std::sort(tips.begin(), tips.end(), [](const auto& a, const auto& b) {
    return std::tie(a.id, a.size, a.root) < std::tie(b.id, b.size, b.root);
  });
  out.missing = missing_tails(state, tips, claims, receipts);
  out.tips = std::move(tips);
  out.signatures_needed = needed_by(state.festival());
  out.state_digest = report.state_digest;
  out.events = report.events;
  out.faults = report.faults();
  out.notices = report.findings.size() - out.faults;
  for (const auto& account : state.accounts().all()) {
    if (account.balance == 0) continue;
    out.sums[{account.unit, account.path.substr(0, account.path.find('/'))}] += account.balance;
  }
  std::erase_if(out.sums, [](const auto& sum) { return sum.second == 0; });
  for (const auto& [hash, certificate] : roster.all()) {
    out.devices[hash] = certificate->alias;
    if (roster.certified(hash) && trades(certificate->role)) out.traders[hash] = certificate->alias;
    if (certificate->role != schemas::SUPERVISOR || !roster.certified(hash)) continue;
    const std::string person = roster.approver(certificate->key);
    out.supervisors[certificate->key] = {certificate->alias,
                                         person.empty() ? certificate->person : person,
                                         roster.revoked(certificate->key) || person.empty()};
  }
  return out;
}

schemas::Seal make_seal(const SealGround& ground, std::uint32_t seal_number,
                        std::string_view previous) {
  schemas::Seal out;
  out.set_version(seal_version);
  out.set_festival(ground.festival);
  out.set_number(seal_number);
  out.set_previous(Bytes(previous));
  out.set_fold_version(fold_version);
  out.set_frontier_root(ground.frontier_root);
  out.set_state_digest(to_bytes(ground.state_digest));
  out.set_events(ground.events);
  out.set_faults(ground.faults);
  out.set_notices(ground.notices);
  for (const auto& tip : ground.tips) {
    auto* log = out.add_log();
    log->set_log(to_bytes(tip.id));
    log->set_size(tip.size);
    log->set_root(to_bytes(tip.root));
  }
  for (const auto& [key, balance] : ground.sums) {
    auto* sum = out.add_sum();
    sum->set_unit(key.first);
    sum->set_account(key.second);
    put_i128(*sum->mutable_balance(), balance);
  }
  for (const auto& tail : ground.missing) *out.add_missing() = to_wire(tail);
  if (ground.signatures_needed > seal_persons_min) {
    out.set_signatures_needed(static_cast<std::uint32_t>(ground.signatures_needed));
  }
  return out;
}

Hash seal_hash(const schemas::SignedSeal& seal) {
  return sha256({seal.seal()});
}

Result<schemas::Seal> parse_seal(const schemas::SignedSeal& seal) {
  schemas::Seal out;
  if (!out.ParseFromString(seal.seal())) return Error{Errc::bad_input, "it is no seal"};
  if (out.version() != seal_version) {
    return Error{Errc::future_version, "it is a seal of version " + number(out.version())};
  }
  schemas::Seal known = out;
  known.DiscardUnknownFields();
  if (known.SerializeAsString() != seal.seal()) {
    return Error{Errc::bad_input, "it is not written in the one form a seal has"};
  }
  if (seal.signature_size() > seal_signatures_max || seal.note_size() > seal_signatures_max) {
    return Error{Errc::bad_input, "it bears more than 16 signatures"};
  }
  return out;
}

std::vector<std::string> log_differences(const schemas::Seal& said, const schemas::Seal& found,
                                         const SealGround& ground) {
  std::vector<std::string> out;
  if (said.festival() != found.festival()) {
    return {"it is of another festival"};
  }
  if (said.number() != found.number()) {
    out.push_back("it has the number " + number(said.number()) + " and stands where number " +
                  number(found.number()) + " belongs");
  }
  if (said.previous() != found.previous()) {
    out.push_back("it does not name the seal before it, so it does not extend it");
  }
  std::map<Bytes, std::set<std::pair<std::uint64_t, Bytes>>> ours;
  std::set<Bytes> theirs;
  for (const auto& log : found.log()) ours[log.log()].emplace(log.size(), log.root());
  for (const auto& log : said.log()) {
    const auto id = fixed<32>(log.log());
    if (!id) {
      out.push_back("it names a log that is none");
      continue;
    }
    theirs.insert(log.log());
    const auto held = ours.find(log.log());
    if (held == ours.end()) {
      out.push_back(ground.log_text(*id) + " is sealed with " + number(log.size()) +
                    " events and is not there");
      continue;
    }
    if (held->second.contains({log.size(), log.root()})) continue;
    const auto same_size = held->second.lower_bound({log.size(), Bytes()});
    if (same_size == held->second.end() || same_size->first != log.size()) {
      out.push_back(ground.log_text(*id) + " is sealed with " + number(log.size()) +
                    " events, there are " + number(held->second.rbegin()->first));
    } else {
      out.push_back("the first " + number(log.size()) + " events of " + ground.log_text(*id) +
                    " are others than those sealed: one of them was rewritten");
    }
  }
  for (const auto& [log, tips] : ours) {
    if (theirs.contains(log)) continue;
    out.push_back(ground.log_text(*fixed<32>(log)) + " stands before the seal and is not in it");
  }
  if (out.empty() && said.log_size() != found.log_size()) {
    out.push_back("it seals " + number(static_cast<std::uint64_t>(said.log_size())) +
                  " histories of logs, there are " +
                  number(static_cast<std::uint64_t>(found.log_size())));
  }
  return out;
}

std::vector<std::string> seal_differences(const schemas::Seal& said, const schemas::Seal& found,
                                          const SealGround& ground,
                                          std::vector<std::string>& notes) {
  auto out = log_differences(said, found, ground);
  if (said.festival() != found.festival()) return out;
  if (said.events() != found.events()) {
    out.push_back("it says " + number(said.events()) + " events, there are " +
                  number(found.events()));
  }
  if (said.frontier_root() != found.frontier_root()) {
    out.push_back("it says the frontier root " + hex(said.frontier_root()) + ", it is " +
                  hex(found.frontier_root()));
  }
  if (said.signatures_needed() != found.signatures_needed()) {
    out.push_back("it says that it takes the signatures of " + number(signatures_needed(said)) +
                  " supervisors, the settings say " + number(signatures_needed(found)));
  }
  if (said.fold_version() != found.fold_version()) {
    notes.push_back("it was made by fold version " + number(said.fold_version()) +
                    " and this build folds by version " + number(found.fold_version()) +
                    ": what the events add up to is not compared");
    return out;
  }
  if (said.state_digest() != found.state_digest()) {
    out.push_back("it says the state digest " + short_hex(said.state_digest()) +
                  "..., the events fold to " + short_hex(found.state_digest()) + "...");
  }
  compare_sums(said, found, out);
  compare_missing(said, found, out);
  if (said.faults() != found.faults() || said.notices() != found.notices()) {
    notes.push_back("it says " + number(said.faults()) + " faults and " + number(said.notices()) +
                    " notices, this build finds " + number(found.faults()) + " and " +
                    number(found.notices()));
  }
  return out;
}

std::size_t signatures_needed(const schemas::Seal& seal) {
  return std::max<std::size_t>(seal.signatures_needed(), seal_persons_min);
}

schemas::Signature sign_seal(const schemas::SignedSeal& seal, const SigningKey& key) {
  schemas::Signature out;
  out.set_key(to_bytes(key.public_key()));
  out.set_signature(to_bytes(key.sign(seal_context, seal.seal())));
  return out;
}

SealSignatures judge_signatures(const schemas::SignedSeal& seal, const SealGround& ground,
                                bool any_time) {
  SealSignatures out;
  std::set<std::string> persons;
  for (const auto& entry : seal.signature()) {
    const auto key = fixed<32>(entry.key());
    const auto who = key ? ground.supervisors.find(*key) : ground.supervisors.end();
    if (who == ground.supervisors.end()) {
      out.refused.push_back("it is signed by the key " + short_hex(entry.key()) +
                            "..., which is no supervisor's of this festival");
      continue;
    }
    const Supervisor& supervisor = who->second;
    if (!verify_signature(*key, seal_context, seal.seal(), entry.signature())) {
      out.refused.push_back("the signature of " + supervisor.alias + " is false");
    } else if (supervisor.revoked && !any_time) {
      out.refused.push_back("it is signed by " + supervisor.alias + ", which is revoked");
    } else if (!persons.insert(supervisor.person).second) {
      out.refused.push_back(supervisor.alias + " signed for a person who has signed already");
    } else {
      out.aliases.push_back(supervisor.alias);
      out.keys.push_back(*key);
    }
  }
  return out;
}

}  // namespace verbena::ledger
