// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/state.h"

#include <algorithm>
#include <iterator>

#include "ledger/core/money.h"
#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

// The class of log a kind belongs in; empty: any.
std::optional<LogClass> home_class(schemas::Kind kind) {
  if (kind == schemas::KIND_CONTEXT) return std::nullopt;
  if (kind >= 1 && kind < 10) return LogClass::control;
  if (kind >= 20 && kind < 30) return LogClass::value;
  if (kind >= 30 && kind < 60) return LogClass::trade;
  return std::nullopt;
}

bool is_replacement(const schemas::Event& event) {
  schemas::Grant grant;
  return event.kind() == schemas::KIND_GRANT && grant.ParseFromString(event.payload()) &&
         grant.source() == schemas::GRANT_REPLACEMENT;
}

bool moves_nothing(const schemas::Event& event) {
  return event.posting_size() == 0 && event.move_size() == 0;
}

bool touches_purse(const schemas::Event& event) {
  return std::any_of(event.posting().begin(), event.posting().end(), [](const auto& posting) {
    return posting.from() == schemas::PURSE || posting.to() == schemas::PURSE;
  });
}

}  // namespace

State::State(const Certificate& root, EventReader reader)
    : root_(root), roster_(root), reader_(std::move(reader)) {}

// ---- standings ---------------------------------------------------------------------------------

State::Log& State::log_of(const LogName& name, const Hash& log_id, const Hash& id,
                          std::uint64_t first) {
  const auto [it, fresh] = log_index_.try_emplace(id, static_cast<std::uint32_t>(logs_.size()));
  if (fresh) {
    roster_.note_log(name, log_id);
    Log log;
    log.number = it->second;
    log.name = name;
    log.id = id;
    log.log = log_id;
    log.size = first;
    log.author = roster_.find(name.certificate);
    VERBENA_CHECK(log.author != nullptr);
    settle();
    log.standing = roster_.standing(log_id);
    logs_.push_back(std::move(log));
  }
  return logs_[it->second];
}

void State::settle() {
  if (!roster_.dirty()) return;
  const std::set<Hash> before = roster_.certified();
  roster_.evaluate();
  register_.changed();
  staff_.changed();
  if (!logs_.empty()) {
    std::vector<Hash> changed;
    std::set_symmetric_difference(before.begin(), before.end(), roster_.certified().begin(),
                                  roster_.certified().end(), std::back_inserter(changed));
    // What somebody sealed and witnessed counts no longer, or under the second name of its key.
    stale_ |= std::any_of(changed.begin(), changed.end(), [&](const Hash& certificate) {
      return !roster_.certified(certificate) || roster_.sealed_by_several(certificate);
    });
  }
  for (auto& log : logs_) {
    const Standing now = roster_.standing(log.log);
    if (now == log.standing) continue;
    const bool moved = now.cut != log.standing.cut || now.cause != log.standing.cause;
    const bool kept = mutant(Mutant::standing_kept);
    stale_ |= moved && !kept && std::min(now.cut, log.standing.cut) < log.size;
    stale_ |= now.fork != log.standing.fork && std::min(now.fork, log.standing.fork) < log.size;
    log.standing = now;
  }
  const auto waiting = std::move(waiting_evidence_);
  waiting_evidence_.clear();
  for (const auto& slot : waiting) see(slot);
  stale_ |= approvals_.moved(roster_);
  rules_moved_ = true;
}

// What events were judged by may be known, approved or void since.
void State::settle_rules() {
  if (!rules_moved_) return;
  rules_moved_ = false;
  for (const auto& [hash, found] : rules_asked_) stale_ |= register_.find(hash, roster_) != found;
}

Roster& State::settled_roster() {
  settle();
  return roster_;
}

bool State::stale() {
  settle();
  settle_rules();
  return stale_;
}

const schemas::Festival* State::festival() {
  return register_.winner(settled_roster());
}
const Hash& State::festival_hash() {
  return register_.winner_hash(settled_roster());
}

const std::string& State::currency() {
  if (currency_.empty()) {
    if (const auto* settings = festival()) currency_ = settings->currency();
  }
  return currency_;
}

// ---- folding one event -------------------------------------------------------------------------

const Hash& State::id_of(const LogName& name) {
  if (!named_ || named_->first != name) named_ = {name, name.id()};
  return named_->second;
}

void State::note_control(const LogName& name, std::uint64_t index, const schemas::Event& event) {
  if (const auto home = home_class(event.kind()); home && *home != name.log_class) return;
  const auto author = roster_.find(name.certificate);
  VERBENA_CHECK(author != nullptr);
  roster_.note_log(name, id_of(name));
  note(name, id_of(name), *author, index, event);
}

void State::note(const LogName& name, const Hash& log, const Certificate& author,
                 std::uint64_t index, const schemas::Event& event) {
  switch (event.kind()) {
    case schemas::KIND_FESTIVAL: {
      schemas::SignedFestival change;
      if (change.ParseFromString(event.payload())) {
        register_.note(change, root_.festival, name.certificate == root_.hash);
        rules_moved_ = true;
      }
      break;
    }
    case schemas::KIND_CERTIFICATE: {
      if (auto certificate = parse_signed_certificate(event.payload())) {
        roster_.note_certificate(*certificate, {log, index});
      }
      break;
    }
    case schemas::KIND_REVOCATION: {
      schemas::Revocation revocation;
      if (revocation.ParseFromString(event.payload())) {
        roster_.note_revocation(revocation, author, {log, index});
      }
      break;
    }
    case schemas::KIND_FORK_PROOF: {
      schemas::ForkProof proof;
      if (proof.ParseFromString(event.payload())) roster_.note_fork(proof);
      break;
    }
    case schemas::KIND_STAFF_CARD: {
      schemas::StaffCard card;
      if (author.role == schemas::SUPERVISOR && card.ParseFromString(event.payload())) {
        staff_.note(card, sha256({event.payload()}), {log, index});
      }
      break;
    }
    case schemas::KIND_PRESENCE_VERDICT: note_verdict(log, index, author, event); break;
    case schemas::KIND_SEEN: {
      schemas::Seen seen;
      if (seen.ParseFromString(event.payload())) roster_.note_seen(log, index, seen);
      break;
    }
    default: break;
  }
}

void State::apply(const LogName& name, std::uint64_t index, const Hash& id,
                  const schemas::Event& event) {
  const Hash log = id_of(name);
  fold(log_of(name, log, log, 0), index, id, event);
}

void State::apply_branch(const LogName& name, const Hash& branch, std::uint64_t index,
                         const Hash& id, const schemas::Event& event) {
  fold(log_of(name, id_of(name), branch, index), index, id, event);
}

void State::fold(Log& log, std::uint64_t index, const Hash& id, const schemas::Event& event) {
  VERBENA_CHECK(index == log.size);
  ++log.size;
  if (index >= log.standing.fork) {
    if (!whole(log).notes().above_fork.insert(id).second) return;
  }
  const LogName& name = log.name;
  const auto home = home_class(event.kind());
  const bool misplaced = home && *home != name.log_class;
  if (misplaced) {
    findings_.push_back({id, std::string("an event of a kind that belongs in a ") +
                                 log_class_name(*home) + " log"});
    return;
  }
  note(name, log.log, *log.author, index, event);
  bool told = false;                                // an event is one finding
  if (event.kind() == schemas::KIND_CERTIFICATE) {  // told here: control logs are noted again
    const auto certificate = parse_signed_certificate(event.payload());
    told = !certificate;
    if (told) findings_.push_back({id, certificate.error().text});
  }
  if (event.kind() == schemas::KIND_OPENED || event.kind() == schemas::KIND_SEEN) {
    note_named(log, event);
  }
  if (event.kind() == schemas::KIND_CONTEXT) {
    schemas::Context context;
    if (context.ParseFromString(event.payload())) {
      log.notes().contexts[index] = {fixed<32>(context.festival_hash()).value_or(Hash{}),
                                     context.staff()};
    }
  }
  if (is_grant(event)) {
    settle();
    apply_grant(log, index, id, event);
    return;
  }
  switch (event.kind()) {
    case schemas::KIND_TOP_UP_PREPARED:
    case schemas::KIND_SALE_PREPARED:
    case schemas::KIND_REFUND_PREPARED:
      settle();
      apply_step(log, index, id, event);
      break;
    case schemas::KIND_TOP_UP_CONFIRMED:
    case schemas::KIND_SALE_CONFIRMED:
    case schemas::KIND_REFUND_CONFIRMED: apply_confirmed(log, index, event); break;
    case schemas::KIND_EVIDENCE:
      settle();
      if (counts(log, index)) apply_evidence(log, index, event);
      break;
    case schemas::KIND_CASH_VOID:
      settle();
      apply_cash_void(log, index, id, event);
      break;
    case schemas::KIND_PURSE_BLOCK: {
      schemas::PurseBlock block;
      settle();
      if (block.ParseFromString(event.payload()) && counts(log, index) &&
          is_office(log.author->role)) {
        Cell& cell = cell_of(block.purse());
        cell.cell.blocks.push_back({log.log, index});
        touch(cell);
      }
      break;
    }
    default: {  // anything that only carries postings and moves, known to this build or not
      if (event.has_step()) {  // counts once a later step names it
        settle();
        apply_step(log, index, id, event);
        break;
      }
      // Who is certified is weighed when it next matters: for a run of certificates once.
      if (event.kind() == schemas::KIND_CERTIFICATE && moves_nothing(event)) break;
      settle();
      const bool beyond_limit = exceeds_issue_limit(log, index, event);  // remembers the total
      if (touches_purse(event)) {
        if (!told) findings_.push_back({id, "moves a purse's money without a purse step"});
        break;
      }
      if (moves_nothing(event)) {
        if (lacks_approval(log, index, event)) {
          findings_.push_back({id, "something that needs the yes of others, without it"});
        } else if (counts(log, index)) {
          note_custody(log, index, id, event);
        }
        break;
      }
      const bool broken =
          lacks_approval(log, index, event) || breaks_rule(log, event) || beyond_limit;
      if (broken && !told) findings_.push_back({id, "postings its author has no right to"});
      const bool suspend = broken || !counts(log, index);
      auto transfers = resolve(log, event, nullptr);
      for (auto& transfer : transfers) {
        if (suspend) transfer = suspended(transfer, log, index);
      }
      post(transfers, 1);
      if (!suspend) note_custody(log, index, id, event);
      if (!suspend) note_vouchers(log, index, id, event);
      if (!suspend && event.kind() == schemas::KIND_SALE) note_terms(log, index, id, event);
      for (const auto& transfer : transfers) {
        if (watcher_) watcher_({{log.id, index}}, transfer);
      }
      if (event.kind() == schemas::KIND_SALE) {
        const std::uint64_t amount = entering_minor(event, schemas::STAND);
        if (index <= UINT32_MAX && amount <= UINT32_MAX) {
          log.sale_minor[static_cast<std::uint32_t>(index)] = static_cast<std::uint32_t>(amount);
        } else {
          log.notes().large_sale_minor[index] = amount;
        }
        if (const auto beside = beside_in(event, schemas::OUTSIDE);
            beside.tips + beside.deposits > 0) {
          log.notes().beside[index] = beside;
        }
        if (auto moves = out_of_vouchers(event); !moves.empty()) {
          log.notes().vouchers[index] = std::move(moves);
        }
        log.trade_total_minor += amount;
        const bool voided = voids_.contains({log.id, index});
        if (voided && !mutant(Mutant::void_before_sale_lost)) evaluate_void({log.id, index});
      }
    }
  }
}

// ---- who may move what ------------------------------------------------------------------------

// By the postings alone: a later version's kinds are judged the same way.
bool State::breaks_rule(const Log& log, const schemas::Event& event) const {
  const Certificate& author = *log.author;
  if (breaks_custody(event, author) || breaks_vouchers(event, author, root_.festival)) return true;
  const bool office = is_office(author.role);
  const bool grant = is_grant(event);
  for (const auto& posting : event.posting()) {
    const bool own_from = posting.from_id().empty() || posting.from_id() == author.stand;
    const bool own_to = posting.to_id().empty() || posting.to_id() == author.stand;
    // A tip is its stand's; deposits are given back wherever cups are.
    const bool from_beside = posting.from() == schemas::DEPOSIT ||
                             (posting.from() == schemas::TIP && posting.from_id() == author.stand);
    if (posting.to() == schemas::PURSE) {  // credit comes from outside, or back from the own stand
      const bool issuer = role_credits(author.role) || mutant(Mutant::credit_by_anyone);
      const bool issued = posting.from() == schemas::OUTSIDE && issuer;
      const bool given_back = ((posting.from() == schemas::STAND && own_from) || from_beside) &&
                              grant && !author.stand.empty();
      const bool replaced = posting.from() == schemas::PURSE && is_replacement(event);
      if (!issued && !given_back && !replaced) return true;
    } else if (posting.from() == schemas::TIP || posting.from() == schemas::DEPOSIT) {
      const bool voided = event.kind() == schemas::KIND_CASH_VOID && from_beside;
      const bool returned = event.kind() == schemas::KIND_DEPOSIT_RETURN && !grant &&
                            !event.has_step() && posting.from() == schemas::DEPOSIT;
      const bool in_cash =
          posting.to() == schemas::OUTSIDE && !author.stand.empty() && (voided || returned);
      if (!in_cash && !office) return true;
    }
    if (posting.from() == schemas::PURSE && posting.from_id() == gift_mark &&
        posting.to() != schemas::STAND) {  // neither paid out, nor made a deposit that is
      return true;
    }
    if (posting.from() == schemas::PURSE && posting.to() == schemas::OUTSIDE &&
        !role_credits(author.role) && author.role != schemas::REFUND_OFFICER) {
      return true;
    }
    if (posting.from() == schemas::STAND && !own_from && !office) return true;
    const bool voids =
        event.kind() == schemas::KIND_CASH_VOID || event.kind() == schemas::KIND_GRANT;
    if (posting.from() == schemas::STAND && posting.to() == schemas::OUTSIDE && !voids) return true;
    // The festival pays for meals of purses, and takes back no money but from voids of these.
    const bool crew_pays = posting.from() == schemas::OUTSIDE && posting.from_id() == crew_mark;
    if (crew_pays && (posting.to() != schemas::STAND || !event.has_step() ||
                      event.kind() != schemas::KIND_SALE_PREPARED || !posting.currency().empty())) {
      return true;
    }
    const bool crew_repaid = posting.to() == schemas::OUTSIDE && posting.to_id() == crew_mark;
    if (crew_repaid && (posting.from() != schemas::STAND || event.kind() != schemas::KIND_GRANT)) {
      return true;
    }
    if (posting.to() == schemas::STAND && (!own_to || author.stand.empty())) return true;
    if ((posting.from() == schemas::PURSE || posting.to() == schemas::PURSE) && !event.has_step() &&
        !grant) {
      return true;
    }
  }
  return false;
}

}  // namespace verbena::ledger
