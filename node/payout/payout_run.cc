// SPDX-License-Identifier: Apache-2.0
#include "node/payout/payout_run.h"

#include <algorithm>
#include <set>

#include "node/payout/bank_text.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Refusal;
using ledger::Result;

namespace {

class Proposer {
 public:
  Proposer(const Dues& dues, const PayoutLedger& ledger, std::uint64_t entries, Proposal& out)
      : dues_(dues), ledger_(ledger), claims_(ledger.live_claims(entries)), out_(out) {}

  void propose() {
    std::set<std::uint64_t> known;
    for (const auto& due : dues_.purses) {
      known.insert(due.purse);
      take(due);
    }
    // Paid by an earlier seal, and in the books of this one no more.
    for (const auto& [purse, paid] : ledger_.paid()) {
      if (!known.contains(purse)) take(PurseDue{.purse = purse});
    }
    for (const auto& [purse, noted] : claims_) {
      if (!known.contains(purse)) notice(purse, "never-used", 0);
    }
  }

 private:
  void notice(std::uint64_t purse, const char* kind, __int128 amount_minor) {
    out_.notices.push_back({purse, kind, amount_minor});
  }

  void take(const PurseDue& due) {
    PayoutSums& sums = out_.sums;
    const std::uint64_t paid = ledger_.paid_minor(due.purse);
    sums.owed += due.owed_minor;
    sums.gifts += due.gift_minor;
    const __int128 below = static_cast<__int128>(due.owed_minor) + due.gift_minor -
                           due.balance_minor;  // not below 0, by what owed is
    sums.overdrawn += below;
    sums.paid += paid;
    if (below > 0) notice(due.purse, "overdrawn", below);
    if (due.forked) notice(due.purse, "double-spend", 0);
    if (due.frozen) notice(due.purse, "frozen", 0);
    if (due.carried_minor > 0) notice(due.purse, "replaced", due.carried_minor);
    if (due.gap_credit_minor > 0) notice(due.purse, "gap-credit", due.gap_credit_minor);
    if (due.gap_debit_minor > 0) notice(due.purse, "gap-debit", due.gap_debit_minor);
    if (due.suspense_minor > 0) notice(due.purse, "suspense", due.suspense_minor);
    if (due.gift_unknown) notice(due.purse, "gift-unknown", 0);
    if (due.other_currency) notice(due.purse, "other-currency", 0);
    if (paid > due.owed_minor) {
      sums.overpaid += paid - due.owed_minor;
      notice(due.purse, "overpaid", paid - due.owed_minor);
      return;  // and nobody is debited
    }
    pay(due, paid, due.owed_minor - paid);
  }

  void pay(const PurseDue& due, std::uint64_t paid, std::uint64_t open) {
    PayoutSums& sums = out_.sums;
    if (open == 0) return;
    const auto noted = claims_.find(due.purse);
    if (noted == claims_.end()) {
      sums.unclaimed += open;
      ++sums.unclaimed_purses;
      return;
    }
    const bool large = open > payment_minor_max;
    if (large || static_cast<std::size_t>(out_.run.line_size()) == payout_lines_max) {
      if (large) notice(due.purse, "too-large", open);
      sums.waiting += open;
      return;
    }
    schemas::PayoutLine& line = *out_.run.add_line();
    line.set_purse(due.purse);
    line.set_commitment(ledger::to_bytes(noted->second.commitment));
    line.set_amount_minor(open);
    line.set_owed_minor(due.owed_minor);
    line.set_paid_minor(paid);
    sums.payable += open;
  }

  const Dues& dues_;
  const PayoutLedger& ledger_;
  const std::map<std::uint64_t, NotedClaim> claims_;
  Proposal& out_;
};

// Each figure by another way than it was summed.
bool ties(const Dues& dues, const Proposal& proposal) {
  const PayoutSums& sums = proposal.sums;
  __int128 lines = 0;
  for (const auto& line : proposal.run.line()) lines += line.amount_minor();
  return sums.owed + sums.gifts - sums.overdrawn == dues.balances_minor &&
         sums.paid + sums.payable + sums.waiting + sums.unclaimed - sums.overpaid == sums.owed &&
         lines == sums.payable && sums.payable <= sums.owed;
}

bool fits(__int128 value) {
  return value >= 0 && value <= INT64_MAX;
}

}  // namespace

Result<Proposal> propose_run(const Dues& dues, const PayoutLedger& ledger, std::uint64_t entries,
                             const schemas::PayoutPayer& payer, std::uint64_t made_ms) {
  Proposal out;
  if (ledger.opened().festival() != dues.audit.ground.festival ||
      ledger.opened().root() != ledger::view(dues.root)) {
    return Error{Errc::other_festival, "this claim desk is of another festival"};
  }
  if (entries == 0 || entries > ledger.entries()) {
    return Error{Errc::bad_input, "the ledger of payouts is shorter than the run says"};
  }
  Proposer(dues, ledger, entries, out).propose();
  if (!ties(dues, out) || !fits(out.sums.owed) || !fits(out.sums.unclaimed)) {
    return Error{Errc::internal, "payout: the sums do not tie to the sealed balances"};
  }
  auto& run = out.run;
  run.set_version(payout_version);
  run.set_festival(dues.audit.ground.festival);
  run.set_seal(ledger::to_bytes(dues.seal));
  if (!ledger.runs().empty()) run.set_previous(ledger::to_bytes(ledger.runs().back().id));
  run.set_entries(entries);
  run.set_ledger(ledger::to_bytes(ledger.head(entries)));
  run.set_currency(dues.audit.report.currency);
  run.set_scale(dues.audit.report.scale);
  *run.mutable_payer() = payer;
  run.set_made_ms(made_ms);
  run.set_total_minor(static_cast<std::uint64_t>(out.sums.payable));
  run.set_liability_minor(static_cast<std::uint64_t>(out.sums.owed));
  run.set_unclaimed_minor(static_cast<std::uint64_t>(out.sums.unclaimed));
  return out;
}

RunSignatures judge_run(const schemas::SignedRun& run, const ledger::SealGround& ground,
                        bool any_time) {
  RunSignatures out;
  std::set<std::string> persons;
  for (const auto& entry : run.signature()) {
    const auto key = ledger::fixed<32>(entry.key());
    const auto who = key ? ground.supervisors.find(*key) : ground.supervisors.end();
    if (who == ground.supervisors.end()) {
      out.refused.push_back("it is signed by a key that is no supervisor's of this festival");
      continue;
    }
    const auto& [alias, person, revoked] = who->second;
    if (!ledger::verify_signature(*key, payout_context, run.run(), entry.signature())) {
      out.refused.push_back("the signature of " + alias + " is false");
    } else if (revoked && !any_time) {
      out.refused.push_back("it is signed by " + alias + ", which is revoked");
    } else if (!persons.insert(person).second) {
      out.refused.push_back(alias + " signed for a person who has signed already");
    } else {
      out.aliases.push_back(alias);
    }
  }
  return out;
}

std::vector<std::string> doubts(const Dues& dues, const PayoutLedger& ledger) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < ledger.runs().size(); ++i) {
    const ApprovedRun& run = ledger.runs()[i];
    const std::string name = "run " + std::to_string(i + 1);
    const bool over = std::any_of(
        dues.audit.seals.begin(), dues.audit.seals.end(),
        [&](const SealVerdict& seal) { return run.run.seal() == ledger::view(seal.hash); });
    if (!over) out.push_back(name + " was paid by a seal that this archive does not have");
    // Whoever was revoked since could sign when they did; over the newest seal it was known.
    const bool since = run.run.seal() != ledger::view(dues.seal);
    const auto signatures = judge_run(run.signed_run, dues.audit.ground, since);
    if (signatures.aliases.size() < payout_persons) {
      out.push_back(name + " bears the signatures of fewer than two supervisors");
    }
  }
  for (const auto& finding : dues.audit.report.findings) {
    if (finding.kind == "forged" || finding.kind == "unknown-author" ||
        finding.kind == "not-conserved") {
      out.push_back(finding.kind + ": " + finding.text);
    }
  }
  return out;
}

Result<std::optional<schemas::SignedRun>> pending_run(const Path& path,
                                                      const PayoutLedger& ledger) {
  std::optional<schemas::SignedRun> out;
  if (!path_exists(path)) return out;
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  if (!out.emplace().ParseFromString(*bytes)) {
    return Error{Errc::damaged, path.string() + ": is damaged"};
  }
  const auto id = run_hash(out->run());
  for (const auto& run : ledger.runs()) {
    if (run.id == id) out.reset();
    if (!out) break;
  }
  return out;
}

namespace {

// The run at hand: the one that waits, made again, or a new one.
Result<Proposal> run_to_sign(const Dues& dues, const PayoutLedger& ledger,
                             const std::optional<schemas::SignedRun>& waiting,
                             const schemas::PayoutPayer& payer, std::uint64_t now_ms,
                             std::vector<std::string>& objections) {
  if (!waiting) return propose_run(dues, ledger, ledger.entries(), payer, now_ms);
  auto run = parse_run(waiting->run());
  if (!run) return run.error();
  auto again = propose_run(dues, ledger, run->entries(), run->payer(), run->made_ms());
  if (!again) return again;
  if (again->run.SerializeAsString() != waiting->run()) {
    objections.push_back(
        "the run that waits is not what these books and this ledger come to: --discard it");
  }
  if (!payer.name().empty() && payer.SerializeAsString() != run->payer().SerializeAsString()) {
    objections.push_back("the run that waits is paid from another account");
  }
  for (const auto& line : run->line()) {
    const auto commitment = ledger::fixed<32>(line.commitment());
    const NotedClaim* noted = commitment ? ledger.claim(*commitment) : nullptr;
    if (noted != nullptr && noted->forgotten) {
      objections.push_back("claim " + noted->id() + " was forgotten since: --discard the run");
    }
  }
  return again;
}

}  // namespace

Result<RunApproval> approve_run(const Dues& dues, PayoutLedger& ledger, const Path& pending,
                                const ledger::SigningKey& key, const schemas::PayoutPayer& payer,
                                std::uint64_t now_ms) {
  const auto& supervisors = dues.audit.ground.supervisors;
  const auto who = supervisors.find(key.public_key());
  if (who == supervisors.end() || who->second.revoked) {
    return ledger::refuse(Refusal::role_denied, who == supervisors.end()
                                                    ? "only a supervisor of this festival approves"
                                                    : who->second.alias + " is revoked");
  }
  auto waiting = pending_run(pending, ledger);
  if (!waiting) return waiting.error();
  RunApproval out;
  out.objections = doubts(dues, ledger);
  auto proposal = run_to_sign(dues, ledger, *waiting, payer, now_ms, out.objections);
  if (!proposal) return proposal.error();
  out.proposal = proposal.take();
  if (out.proposal.run.line_size() == 0) out.objections.push_back("there is nothing to pay");
  if (out.proposal.run.payer().name().empty() || out.proposal.run.payer().iban().empty()) {
    out.objections.push_back("from which account? give --payer-name and --payer-iban");
  }
  schemas::SignedRun signed_run;
  if (*waiting) {
    signed_run = **waiting;
    const auto signatures = judge_run(signed_run, dues.audit.ground);
    for (const auto& text : signatures.refused) out.objections.push_back(text);
    out.signed_by = signatures.aliases;
  }
  for (const auto& alias : out.signed_by) {
    const auto same = std::any_of(supervisors.begin(), supervisors.end(), [&](const auto& it) {
      return it.second.alias == alias && it.second.person == who->second.person;
    });
    if (same) out.objections.push_back(who->second.person + " has signed it already");
  }
  if (!out.objections.empty()) return out;
  signed_run.set_run(out.proposal.run.SerializeAsString());
  auto* signature = signed_run.add_signature();
  signature->set_key(ledger::to_bytes(key.public_key()));
  signature->set_signature(ledger::to_bytes(key.sign(payout_context, signed_run.run())));
  out.signed_by.push_back(who->second.alias);
  if (out.signed_by.size() < payout_persons) {
    if (auto status = write_file(pending, signed_run.SerializeAsString()); !status) {
      return status.error();
    }
    return out;
  }
  schemas::PayoutEntry entry;
  *entry.mutable_run() = signed_run;
  if (auto status = ledger.append(std::move(entry)); !status) return status.error();
  out.approved = true;
  if (auto status = shred_file(pending); !status) return status.error();
  return out;
}

}  // namespace verbena::node
