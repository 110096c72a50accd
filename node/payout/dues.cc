// SPDX-License-Identifier: Apache-2.0
#include "node/payout/dues.h"

#include <algorithm>
#include <set>

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::string_view purse_path = "purse/";
constexpr std::string_view outside_path = "outside/";
constexpr std::string_view suspense_path = "suspense/";

class Collector {
 public:
  Collector(ledger::State& state, Dues& out) : state_(state), out_(out) {}

  void collect() {
    for (const auto purse : state_.purses()) dues_[purse] = due_of(purse);
    carry_over();
    state_.visit_cells([&](const ledger::PostingSource& source, const ledger::Transfer& transfer) {
      note(source, transfer);
    });
    for (const auto& account : state_.accounts().all()) {
      if (account.balance == 0 || account.unit == state_.currency()) continue;
      const auto found = dues_.find(purse_of(account.path));
      if (found != dues_.end()) found->second.other_currency = true;
    }
    for (const auto& [purse, due] : dues_) out_.purses.push_back(due);
  }

 private:
  static std::uint64_t owed(const PurseDue& due) {
    const __int128 left = due.balance_minor - static_cast<__int128>(due.gift_minor);
    return left > 0 ? static_cast<std::uint64_t>(left) : 0;
  }

  // The purse at the end of those that took its place; itself where there is none, or no end.
  std::uint64_t heir_of(std::uint64_t purse) const {
    std::set<std::uint64_t> passed;
    std::uint64_t heir = purse;
    while (passed.insert(heir).second) {
      const auto found = dues_.find(heir);
      if (found == dues_.end() || found->second.replaced_by == 0) return heir;
      heir = found->second.replaced_by;
    }
    return purse;
  }

  // What was kept back of a replaced purse: whoever bears the band that took its place is owed it.
  void carry_over() {
    for (auto& [purse, due] : dues_) {
      const std::uint64_t heir = heir_of(purse);
      if (heir == purse || due.owed_minor == 0) continue;
      PurseDue& to = dues_.at(heir);
      to.balance_minor += due.owed_minor;
      to.carried_minor += due.owed_minor;
      to.owed_minor = owed(to);
      due.balance_minor -= due.owed_minor;
      due.owed_minor = 0;
    }
  }

  PurseDue due_of(std::uint64_t purse) {
    const ledger::PurseView& view = state_.purse(purse);
    PurseDue due;
    due.purse = purse;
    due.balance_minor = state_.purse_balance_minor(purse);
    due.gift_minor = view.gift_left;
    due.owed_minor = owed(due);
    due.replaced_by = view.replaced_by;
    for (const auto& gap : view.gaps) {
      due.gap_credit_minor += gap.credit_minor;
      due.gap_debit_minor += gap.debit_minor;
    }
    due.frozen = view.frozen && view.replaced_by == 0;
    due.forked = view.forked;
    due.gift_unknown = view.gift_left == 0 && view.gift_granted > view.gift_debited;
    return due;
  }

  void note(const ledger::PostingSource& source, const ledger::Transfer& transfer) {
    const auto found = dues_.find(source.purse);
    const auto& from = state_.accounts().at(transfer.from);
    if (found == dues_.end() || source.gap || from.unit != state_.currency()) return;
    if (!from.path.starts_with(outside_path)) return;
    const auto& to = state_.accounts().at(transfer.to);
    if (to.path.starts_with(suspense_path)) found->second.suspense_minor += transfer.amount;
    if (to.path.starts_with(purse_path)) {
      out_.topped_up_minor[from.path.substr(outside_path.size())] += transfer.amount;
    }
  }

  static std::uint64_t purse_of(std::string_view path) {
    if (!path.starts_with(purse_path)) return 0;
    return ledger::unhex_u64(path.substr(purse_path.size())).value_or(0);
  }

  ledger::State& state_;
  Dues& out_;
  std::map<std::uint64_t, PurseDue> dues_;
};

}  // namespace

Result<Dues> read_dues(std::string_view archive_file) {
  auto archive = replication::read_archive(archive_file);
  if (!archive) return archive.error();
  Dues out;
  auto audited = audit_archive(*archive);
  if (!audited) return audited.error();
  out.audit = audited.take();
  Collector(*out.audit.report.state, out).collect();
  if (out.audit.seals.empty() || !out.audit.seals.back().holds) {
    std::string why;
    for (const auto& finding : out.audit.report.findings) {
      if (finding.kind == "seal" || finding.kind == "not-sealed") why = finding.text;
    }
    return Error{Errc::bad_signature, "only what is sealed is paid out; " + why};
  }
  auto said = ledger::parse_seal(archive->seals.back().seal);
  if (!said) return said.error();
  if (said->fold_version() != ledger::fold_version) {
    return Error{Errc::future_version,
                 "it was sealed by another fold version: what this build would pay is not what "
                 "was sealed"};
  }
  out.root = archive->root.certificate.hash;
  out.seal = out.audit.seals.back().hash;
  // Two ways to one figure: purse by purse here, and the sum that supervisors signed.
  for (const auto& due : out.purses) out.balances_minor += due.balance_minor;
  const auto& sums = out.audit.ground.sums;
  const auto sealed = sums.find({out.audit.report.currency, "purse"});
  if (out.balances_minor != (sealed == sums.end() ? 0 : sealed->second)) {
    return Error{Errc::internal, "the purses do not add up to the sum in the seal"};
  }
  return out;
}

}  // namespace verbena::node
