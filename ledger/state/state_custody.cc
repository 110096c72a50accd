// SPDX-License-Identifier: Apache-2.0
// Two-person rules and limits by settings, and what the state tells of goods and drawers.
#include <algorithm>

#include "ledger/state/state.h"

#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t void_approvers = 2;

// How many others must say yes to this event.
std::size_t approvers_needed(const schemas::Event& event, const Certificate& author) {
  for (const auto& move : event.move()) {
    if (mutant(Mutant::delivery_unapproved)) break;
    if (move.from() == schemas::SUPPLIER || move.to() == schemas::SUPPLIER) return 1;
  }
  if (event.kind() == schemas::KIND_CASH_DROP) return 1;
  if (schemas::Grant grant;
      event.kind() == schemas::KIND_GRANT && grant.ParseFromString(event.payload())) {
    if (grant.source() == schemas::GRANT_GIFT) return 1;
    // Two persons in all: a supervisor's own device speaks for one.
    if (grant.source() == schemas::GRANT_REPLACEMENT && !mutant(Mutant::replacement_unapproved)) {
      return author.role == schemas::SUPERVISOR ? 1 : 2;
    }
  }
  if (event.kind() == schemas::KIND_SHEET_CLOSED && author.role == schemas::SUPERVISOR) return 1;
  const bool given = std::any_of(
      event.posting().begin(), event.posting().end(), [](const schemas::Posting& posting) {
        return posting.from() == schemas::OUTSIDE && posting.from_id() == gift_mark;
      });
  if (event.kind() == schemas::KIND_VOUCHER_ISSUED && given) return 1;
  return 0;
}

}  // namespace

bool State::lacks_approval(const Log& log, std::uint64_t index, const schemas::Event& event) {
  const std::size_t needed = approvers_needed(event, *log.author);
  if (needed == 0 || !counts(log, index)) return false;
  const EventPlace place{log.id, index};
  if (approvals_.persons(event, place, *log.author, roster_).size() < needed) return true;
  approvals_.take(event, place);
  return false;
}

// The settings that an event's context names; null where they are unknown or nobody approved them.
const schemas::Festival* State::rules_named(const Log& log, const schemas::Event& event) {
  const auto& contexts = log.notes().contexts;
  const auto named = contexts.find(event.context() - 1);
  if (named == contexts.end()) return nullptr;
  const auto [asked, fresh] = rules_asked_.try_emplace(named->second.rules);
  if (fresh) asked->second = register_.find(named->second.rules, roster_);
  return asked->second;
}

// The limit is the one of the settings that the event's context names: who names settings that
// nobody knows, or none, may void nothing alone.
bool State::exceeds_void_limit(const Log& log, std::uint64_t index, const schemas::Event& event) {
  if (!counts(log, index) || mutant(Mutant::void_unapproved)) return false;
  const schemas::Festival* rules = rules_named(log, event);
  const std::uint64_t amount = leaving_minor(event, schemas::STAND);
  if (rules != nullptr && amount <= rules->limits().void_without_approval_minor()) return false;
  const EventPlace place{log.id, index};
  if (approvals_.persons(event, place, *log.author, roster_).size() < void_approvers) return true;
  approvals_.take(event, place);
  return false;
}

namespace {

// What an issuer says it has left behind after this event, and of that by this event.
struct Issue {
  std::uint64_t after_minor = 0;
  std::uint64_t left_minor = 0;
  bool negative = false;
};

std::optional<Issue> issue_of(const schemas::Event& event) {
  schemas::TopUp top_up;
  schemas::VoucherIssued vouchers;
  if (event.kind() == schemas::KIND_VOUCHER_ISSUED) {
    if (!vouchers.ParseFromString(event.payload())) return std::nullopt;
    return Issue{vouchers.issued_after(), entering_minor(event, schemas::VOUCHER), false};
  }
  const auto& step = event.step();
  const std::uint64_t own_debited = step.debited() - step.gift_debited();  // gifts were its giver's
  if (!top_up.ParseFromString(event.payload())) return std::nullopt;
  const bool negative = step.credited() < own_debited;
  return Issue{top_up.issued_after(), negative ? 0 : step.credited() - own_debited, negative};
}

}  // namespace

// An issuer answers for all it leaves on bands and vouchers: its totals grow within a log by at
// least what it credits, and end at its certificate's limit.
bool State::exceeds_issue_limit(Log& log, std::uint64_t index, const schemas::Event& event) const {
  const bool issues =
      event.kind() == schemas::KIND_TOP_UP_PREPARED || event.kind() == schemas::KIND_VOUCHER_ISSUED;
  if (!issues || !counts(log, index)) return false;
  if (mutant(Mutant::issue_unlimited) || mutant(Mutant::credit_by_anyone)) return false;
  const auto issue = issue_of(event);
  if (!issue) return true;
  const std::uint64_t after = issue->after_minor, left = issue->left_minor;
  const bool broken = issue->negative || after > log.author->credit_limit_minor || after < left ||
                      after - left < log.issued_minor;
  log.issued_minor = std::max(log.issued_minor, after);
  return broken;
}

std::string State::person_of(const Log& log, const schemas::Event& event) const {
  const auto& contexts = log.notes().contexts;
  if (const auto named = contexts.find(event.context() - 1); named != contexts.end()) {
    if (!named->second.staff.empty()) return named->second.staff;
  }
  return log.author->person.empty() ? log.author->alias : log.author->person;
}

void State::note_custody(const Log& log, std::uint64_t index, const Hash& id,
                         const schemas::Event& event, std::uint64_t purse) {
  if (!counts(log, index) || log.name.log_class == LogClass::control) return;
  schemas::SheetClosed closed;
  if (event.kind() == schemas::KIND_SHEET_CLOSED && log.author->role == schemas::SUPERVISOR) {
    const bool read = closed.ParseFromString(event.payload());
    if (const auto named = fixed<32>(closed.log()); read && named) {
      custody_.note_foreign_boundary(*named, closed.sheet(), closed.size());
    }
    return;
  }
  if (event.kind() == schemas::KIND_OPENED && log.name.log_class != LogClass::trade) return;
  const std::uint32_t number = log.number;
  CustodyLog author;
  if (!custody_.logs().contains(number)) {
    author.id = log.id;
    author.name = log.name;
    author.alias = log.author->alias;
    author.holder = holder_of(*log.author);
    author.role = log.author->role;
  }
  custody_.note(number, author, {log.id, index}, id, event, purse, person_of(log, event));
}

void State::note_named(const Log& log, const schemas::Event& event) {
  schemas::Opened opened;
  schemas::Seen seen;
  const bool opens = event.kind() == schemas::KIND_OPENED;
  if (opens ? !opened.ParseFromString(event.payload()) : !seen.ParseFromString(event.payload())) {
    return;
  }
  for (const auto& position : opens ? opened.previous() : seen.known()) {
    if (const auto named = fixed<32>(position.log())) named_logs_.insert({log.log, *named});
  }
}

std::set<std::string> State::two_lives() const {
  using Life = std::pair<Hash, std::uint64_t>;  // certificate, incarnation
  std::set<std::pair<Life, Life>> knew;
  std::set<std::string> out;
  for (const auto& [log, named] : named_logs_) {
    const auto by = log_index_.find(log), of = log_index_.find(named);
    if (by == log_index_.end() || of == log_index_.end()) continue;
    const LogName& self = logs_[by->second].name;
    const LogName& other = logs_[of->second].name;
    if (self.certificate != other.certificate || self.incarnation == other.incarnation) continue;
    const Life a{self.certificate, self.incarnation}, b{other.certificate, other.incarnation};
    knew.insert({a, b});
    if (knew.contains({b, a})) out.insert(logs_[by->second].author->alias);
  }
  return out;
}

CustodyBook State::custody_snapshot() {
  evaluate_dirty();
  return custody_.snapshot();
}

}  // namespace verbena::ledger
