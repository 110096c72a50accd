// SPDX-License-Identifier: Apache-2.0
// The state's purse cells: what goes in, when they are evaluated, and voids of purseless sales.
#include <algorithm>

#include "ledger/core/mutant.h"
#include "ledger/purse/band.h"
#include "ledger/state/state.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t purse_events_expected = 4;  // fewer are rare: a top-up, and what it buys

// Kinds about goods and drawers, which no purse pays for.
bool is_stock_kind(schemas::Kind kind) {
  return kind >= schemas::KIND_STOCK && kind <= schemas::KIND_CASH_DROP;
}

// Purses are charged at these.
bool takes_bands(schemas::Role role) {
  return role == schemas::VENDOR || role == schemas::STAND_LEAD || role == schemas::TOP_UP_DESK ||
         role == schemas::REFUND_OFFICER;
}

bool is_credit_kind(schemas::Kind kind) {
  return kind == schemas::KIND_TOP_UP_PREPARED || kind == schemas::KIND_GRANT;
}

bool within_totals(const schemas::Event& event, std::uint32_t meals) {
  const auto& step = event.step();
  return entering_minor(event, schemas::PURSE) <= step.credited() &&
         leaving_minor(event, schemas::PURSE) <= step.debited() &&
         gift_out(event) <= step.gift_debited() && meals <= step.meals_used() &&
         (beside_in(event, schemas::PURSE).crew == 0 || meals > 0);
}

}  // namespace

// ---- purses ------------------------------------------------------------------------------------

State::Cell& State::cell_of(std::uint64_t purse) {
  Cell& cell = cells_[purse];
  cell.cell.purse = purse;
  return cell;
}

bool State::leaves_unread(const Log& log, std::uint64_t purse) const {
  const bool is_branch = log.id != log.log;  // the reader knows logs alone
  if (!reader_ || is_branch) return false;
  const auto known = cells_.find(purse);
  return known == cells_.end() || !known->second.is_read;
}

void State::leave_unread(std::uint64_t purse, const UnreadEvent& event) {
  if (absent_ == purse) absent_.reset();
  unread_.add(purse, event);
}

// Folds an unread event into its purse. False: it is not about `only`.
bool State::read(const UnreadEvent& at, std::optional<std::uint64_t> only) {
  Log& log = logs_[at.log];
  const Hash id = reader_(log.name, at.index, read_);
  if (read_.kind() == schemas::KIND_EVIDENCE) {
    schemas::Evidence evidence;
    if (!evidence.ParseFromString(read_.payload())) return true;
    const auto slot = decode_slot(evidence.slot());
    if (slot && only && slot->head.purse != *only) return false;
    if (!mutant(Mutant::evidence_left_unread)) see(evidence.slot());
    return true;
  }
  if (only && read_.step().purse() != *only) return false;
  Cell& cell = cell_of(read_.step().purse());
  add(cell, purse_event_of(log, at.index, id, read_, cell), at.confirmed, at.rule_broken);
  return true;
}

void State::read(std::uint64_t purse) {
  const auto known = cells_.find(purse);
  if (!reader_ || (known != cells_.end() && known->second.is_read)) return;
  if (absent_ == purse && known == cells_.end()) return;  // a tap asks several times
  unread_.each(purse, [&](const UnreadEvent& event) { return read(event, purse); });
  const auto cell = cells_.find(purse);
  if (cell != cells_.end()) {
    cell->second.is_read = true;
  } else {
    absent_ = purse;
  }
}

void State::read_some(std::size_t most) {
  unread_.some(most, [&](const UnreadEvent& event) { return read(event, std::nullopt); });
  if (!unread_.empty()) return;
  for (Cell* cell : dirty_cells_) cell->is_read = true;  // whatever was read is among them
}

void State::read_all() {
  read_some(SIZE_MAX);
}

void State::touch(Cell& cell) {
  if (cell.dirty) return;
  cell.dirty = true;
  dirty_cells_.push_back(&cell);
}

std::uint32_t State::meals_in(const schemas::Event& event) {
  const bool is_sale = event.kind() == schemas::KIND_SALE_PREPARED;
  return is_sale && scratch_.ParseFromString(event.payload()) ? scratch_.meals() : 0;
}

// What an event with a step tells of its purse; whether it breaks a rule is not in it.
PurseEvent State::purse_event_of(Log& log, std::uint64_t index, const Hash& id,
                                 const schemas::Event& event, Cell& cell) {
  const auto& step = event.step();
  PurseEvent out;
  out.id = id;
  out.log = log.number;
  out.index = index;
  out.counter = step.counter();
  out.credited = step.credited();
  out.debited = step.debited();
  out.gift_debited = step.gift_debited();
  out.meals_used = step.meals_used();
  out.meals = meals_in(event);
  std::memcpy(out.previous.data(), step.previous().data(), out.previous.size());
  out.credit_minor = std::min<std::uint64_t>(entering_minor(event, schemas::PURSE), out.credited);
  out.debit_minor = std::min<std::uint64_t>(leaving_minor(event, schemas::PURSE), out.debited);
  out.gift_minor = gift_out(event);
  out.beside = beside_in(event, schemas::PURSE);
  out.transfers = resolve(log, event, &cell);
  return out;
}

void State::apply_step(Log& log, std::uint64_t index, const Hash& id, const schemas::Event& event) {
  if (!event.has_step()) {
    findings_.push_back({id, "a purse event without a purse step"});
    return;
  }
  const std::uint64_t purse = event.step().purse();
  log.trade_total_minor += entering_minor(event, schemas::STAND);
  const bool beyond_limit = exceeds_issue_limit(log, index, event);  // remembers the total
  const bool credits = entering_minor(event, schemas::PURSE) > 0;
  const bool rule_broken = breaks_rule(log, event) || !within_totals(event, meals_in(event)) ||
                           (credits && !is_credit_kind(event.kind())) || beyond_limit ||
                           is_stock_kind(event.kind()) || lacks_approval(log, index, event);
  if (rule_broken) findings_.push_back({id, "a purse event its author has no right to"});
  LogNotes& notes = whole(log).notes();
  const bool confirmed = notes.confirmed.contains(index);
  if (!confirmed) notes.prepared.emplace(index, purse);
  if (!rule_broken && purse != 0) note_custody(log, index, id, event, purse);
  if (event.kind() == schemas::KIND_SALE_PREPARED && !rule_broken && counts(log, index)) {
    note_terms(log, index, id, event);
  }
  if (leaves_unread(log, purse)) {
    leave_unread(purse, {log.number, index, confirmed, rule_broken});
    return;
  }
  Cell& cell = cell_of(purse);
  add(cell, purse_event_of(log, index, id, event, cell), confirmed, rule_broken);
}

void State::add(Cell& cell, PurseEvent event, bool confirmed, bool rule_broken) {
  event.confirmed = confirmed;
  event.rule_broken = rule_broken;
  if (cell.cell.events.empty()) cell.cell.events.reserve(purse_events_expected);
  cell.cell.events.push_back(std::move(event));
  touch(cell);
}

// Histories of a forked log share what lies below the fork, so a confirmation in any of them counts
// for all: what it confirms may not depend on which history this device holds as the log.
void State::apply_confirmed(Log& log, std::uint64_t index, const schemas::Event& event) {
  schemas::Confirmed confirmed;
  if (!confirmed.ParseFromString(event.payload()) || confirmed.prepared() >= index) return;
  LogNotes& notes = whole(log).notes();
  if (confirmed.prepared() >= log.standing.fork) notes.confirmed.insert(confirmed.prepared());
  const auto [first, last] = notes.prepared.equal_range(confirmed.prepared());
  if (first != last && !mutant(Mutant::unread_unconfirmed)) {
    unread_.confirm(whole(log).number, confirmed.prepared());
  }
  for (auto entry = first; entry != last; ++entry) {
    const auto cell = cells_.find(entry->second);
    if (cell == cells_.end()) continue;
    for (auto& candidate : cell->second.cell.events) {
      candidate.confirmed |=
          logs_[candidate.log].log == log.log && candidate.index == confirmed.prepared();
    }
    touch(cell->second);
  }
  notes.prepared.erase(first, last);
  if (notes.empty()) whole(log).kept_notes.reset();
}

void State::apply_grant(Log& log, std::uint64_t index, const Hash& id,
                        const schemas::Event& event) {
  schemas::Grant grant;
  if (!grant.ParseFromString(event.payload())) {
    findings_.push_back({id, "a grant that cannot be read"});
    return;
  }
  PurseGrant out;
  out.id = id;
  out.log = log.number;
  out.index = index;
  out.source = grant.source();
  out.source_id = grant.source_id();
  out.line = grant.line();
  out.amount_minor = entering_minor(event, schemas::PURSE);
  out.gift_minor = gift_in(event);
  out.meals = grant.meals();
  out.taken = beside_out(event);
  out.replaced = replaced_purse(grant, event);
  const bool is_void = grant.source() == schemas::GRANT_VOID;
  const bool is_return = grant.source() == schemas::GRANT_DEPOSIT;
  const bool is_gift = grant.source() == schemas::GRANT_GIFT;
  const bool replaces = grant.source() == schemas::GRANT_REPLACEMENT;
  const bool may_give = replaces ? is_office(log.author->role)
                                 : is_void || is_return || role_credits(log.author->role);
  // First: approvals that count here are used up, whatever else is wrong.
  out.rule_broken = lacks_approval(log, index, event) || breaks_rule(log, event) || !may_give ||
                    (out.amount_minor == 0 && out.meals == 0) || (replaces && out.replaced == 0) ||
                    out.meals > meals_max || (out.meals > 0 && !is_gift && !is_void && !replaces) ||
                    (!is_void && !is_return && out.taken.tips + out.taken.deposits > 0) ||
                    (!is_void && out.taken.cash + out.taken.crew > 0) ||
                    (is_gift && out.gift_minor != out.amount_minor) ||
                    is_return != (event.kind() == schemas::KIND_DEPOSIT_RETURN) ||
                    (is_return && (out.taken.deposits != out.amount_minor || out.gift_minor > 0)) ||
                    (is_void && (grant.line() != 0 || exceeds_void_limit(log, index, event)));
  if (out.rule_broken) findings_.push_back({id, "a grant its author has no right to"});
  Cell& cell = cell_of(grant.purse());
  Cell* giver = out.replaced != 0 ? &cell_of(out.replaced) : nullptr;
  out.transfers = resolve(log, event, &cell, giver);
  if (!out.rule_broken && grant.purse() != 0) {
    note_custody(log, index, id, event, grant.purse());
  }
  if (giver != nullptr) {
    auto& given = giver->cell.replacements;
    if (!out.rule_broken) {
      given.push_back({log.number, index, id, out.line, out.amount_minor, out.gift_minor, out.meals,
                       grant.purse()});
    }
    touch(*giver);
    for (const auto& one : given) touch(cell_of(one.to));  // another one may count now
  }
  cell.cell.grants.push_back(std::move(out));
  touch(cell);
}

void State::apply_evidence(const Log& log, std::uint64_t index, const schemas::Event& event) {
  schemas::Evidence evidence;
  if (!evidence.ParseFromString(event.payload())) return;
  const auto slot = decode_slot(evidence.slot());
  if (slot && slot->head.counter > 0 && leaves_unread(log, slot->head.purse)) {
    leave_unread(slot->head.purse, {log.number, index});
    return;
  }
  see(evidence.slot());
}

// A band slot counts under the seal of the device it names as writer, once that device is known.
void State::see(const Bytes& bytes) {
  const auto slot = decode_slot(bytes);
  if (!slot) return;
  const PurseHead& head = slot->head;
  const Certificate* writer = nullptr;
  for (const auto& certificate : roster_.numbered(head.writer)) {
    if (roster_.certified(certificate->hash) &&
        verify_slot(bytes, root_.festival, certificate->key)) {
      writer = certificate.get();
    }
  }
  if (writer == nullptr) {
    if (waiting_evidence_.size() < waiting_evidence_max) waiting_evidence_.insert(bytes);
    return;
  }
  if (head.counter > 0) {
    Cell& cell = cell_of(head.purse);
    cell.cell.sightings.insert(
        {head.counter, head.credited, head.debited, head.hash, writer->alias});
    touch(cell);
  }
  for (const auto& entry : slot->ring) {
    if (entry.device != head.writer || entry.size == 0) continue;
    DeviceClaim& claim = claims_[{writer->hash, entry.incarnation}];
    claim = std::max(claim, DeviceClaim{entry.size, entry.total});
  }
}

// Only a hub has the key that tells a true proof of presence from a false one. An auditor who has
// it too reports a wrong verdict as a fault.
void State::note_verdict(const Hash& log, std::uint64_t index, const Certificate& author,
                         const schemas::Event& event) {
  schemas::PresenceVerdict verdict;
  if (author.role != schemas::HUB || !verdict.ParseFromString(event.payload())) return;
  const auto target = fixed<32>(verdict.log());
  if (!target) return;
  const auto known = log_index_.find(*target);
  for (const auto false_index : verdict.false_index()) {
    if (false_index >= verdict.size()) continue;
    auto& told = phantoms_[{*target, false_index}];
    const EventPlace place{log, index};
    if (std::find(told.begin(), told.end(), place) != told.end()) continue;
    told.push_back(place);
    stale_ |= known != log_index_.end() && false_index < logs_[known->second].size;
  }
}

bool State::is_phantom(const Log& log, std::uint64_t index) const {
  const auto found = phantoms_.find({log.log, index});
  return found != phantoms_.end() &&
         std::any_of(found->second.begin(), found->second.end(), [&](const EventPlace& place) {
           return place.index < roster_.standing(place.log).cut;
         });
}

CellContext State::context() {
  return {
      [this](std::uint32_t log, std::uint64_t index) { return counts(logs_[log], index); },
      [this](std::uint32_t log) -> const Certificate& { return *logs_[log].author; },
      [this](std::uint32_t log) -> const Hash& { return logs_[log].log; },
      [this](const Transfer& transfer, std::uint32_t log, std::uint64_t index) {
        return suspended(transfer, logs_[log], index);
      },
      [this](std::uint64_t purse, const std::string& charged, bool credit, std::uint64_t amount) {
        const AccountId own = accounts_.account(currency(), "purse/" + hex_u64(purse));
        const AccountId gap = accounts_.account(
            currency(), "suspense/gap/" + (charged.empty() ? hex_u64(purse) : charged));
        const auto minor = static_cast<std::int64_t>(amount);
        return credit ? Transfer{gap, own, minor} : Transfer{own, gap, minor};
      },
      [this](const PurseGrant& grant) { return replaces(grant); },
  };
}

// Decided where the old purse is: of all that were to take its place one does.
bool State::replaces(const PurseGrant& grant) {
  const auto old = cells_.find(grant.replaced);
  if (mutant(Mutant::replaced_by_each)) return true;
  if (old == cells_.end()) return false;
  const auto winners = old->second.cell.replaced(context());
  const auto winner = winners.find(grant.line);
  return winner != winners.end() && winner->second->log == grant.log &&
         winner->second->index == grant.index;
}

void State::evaluate(Cell& cell) {
  if (!cell.is_read) read(cell.cell.purse);
  if (!cell.dirty) return;
  cell.dirty = false;
  PurseView fresh = cell.cell.evaluate(context());
  if (fresh.transfers != cell.view.transfers) {
    post(cell.view.transfers, -1);
    post(fresh.transfers, 1);
  }
  if (fresh.posted_places != cell.view.posted_places) {
    for (const auto& [log, index] : cell.view.posted_places) custody_.set_posted(log, index, false);
    for (const auto& [log, index] : fresh.posted_places) custody_.set_posted(log, index, true);
  }
  cell.view = std::move(fresh);
  changed_cells_.push_back(&cell);
}

void State::evaluate_dirty() {
  settle();
  read_all();
  const auto dirty = std::move(dirty_cells_);
  dirty_cells_.clear();
  for (Cell* cell : dirty) evaluate(*cell);
}

bool State::evaluate_some(std::size_t most) {
  settle();
  read_some(most);
  if (!unread_.empty()) return false;
  for (std::size_t i = 0; i < most && !dirty_cells_.empty(); ++i) {
    Cell& cell = *dirty_cells_.back();
    dirty_cells_.pop_back();
    evaluate(cell);
  }
  return dirty_cells_.empty();
}

const std::map<std::pair<Hash, std::uint16_t>, DeviceClaim>& State::claims() {
  settle();
  read_all();
  return claims_;
}

std::optional<std::pair<std::uint32_t, std::uint64_t>> State::posted_place(std::uint64_t purse_id,
                                                                           const Hash& id) {
  const PurseView& view = purse(purse_id);
  const auto found = cells_.find(purse_id);
  if (found == cells_.end()) return std::nullopt;
  for (const auto& event : found->second.cell.events) {
    const std::pair place{event.log, event.index};
    if (event.id == id && view.posted_places.contains(place)) return place;
  }
  return std::nullopt;
}

const PurseView& State::purse(std::uint64_t purse) {
  settle();
  static const PurseView unknown;
  if (!purse_known(purse)) return unknown;
  Cell& cell = cells_.at(purse);
  evaluate(cell);
  return cell.view;
}

bool State::purse_known(std::uint64_t purse) {
  read(purse);
  return cells_.contains(purse);
}

__int128 State::purse_balance_minor(std::uint64_t purse) {
  evaluate_dirty();
  const auto found = cells_.find(purse);
  if (found == cells_.end()) return 0;
  if (found->second.account) return accounts_.at(*found->second.account).balance;
  return accounts_.balance(currency(), "purse/" + hex_u64(purse));  // of a gap alone
}

std::vector<std::uint64_t> State::purses() {
  settle();
  read_all();
  std::vector<std::uint64_t> out;
  for (const auto& [purse, cell] : cells_) {
    if (!cell.cell.empty()) out.push_back(purse);
  }
  std::sort(out.begin(), out.end());
  return out;
}

const PurseEvent* State::purse_event(std::uint64_t purse, const Hash& id) {
  settle();
  if (!purse_known(purse)) return nullptr;
  for (const auto& event : cells_.at(purse).cell.events) {
    if (event.id == id) return &event;
  }
  return nullptr;
}

bool State::blocked(std::uint64_t purse) const {
  const auto found = cells_.find(purse);
  return found != cells_.end() && !found->second.cell.blocks.empty();
}

std::set<std::string> State::unaware_of_block(std::uint64_t purse) {
  settle();
  static const std::vector<EventPlace> none;
  const auto found = cells_.find(purse);
  const auto& blocks = found == cells_.end() ? none : found->second.cell.blocks;
  std::map<PublicKey, std::string> heard_of;  // an alias may be two devices'
  std::set<PublicKey> aware;
  for (const auto& log : logs_) {
    if (!takes_bands(log.author->role) || !roster_.certified(log.author->hash) ||
        roster_.revoked(log.author->key)) {
      continue;
    }
    heard_of[log.author->key] = log.author->alias;
    if (std::any_of(blocks.begin(), blocks.end(),
                    [&](const EventPlace& block) { return roster_.has_seen(log.log, block); })) {
      aware.insert(log.author->key);
    }
  }
  std::set<std::string> out;
  for (const auto& [key, alias] : heard_of) {
    if (!aware.contains(key)) out.insert(alias);
  }
  return out;
}

bool State::granted(std::uint64_t purse_id, schemas::GrantSource source,
                    std::string_view source_id) {
  const PurseView& known = purse(purse_id);
  const auto found = cells_.find(purse_id);
  if (found == cells_.end()) return false;
  const auto& grants = found->second.cell.grants;
  return std::any_of(grants.begin(), grants.end(), [&](const PurseGrant& grant) {
    return grant.source == source && grant.source_id == source_id &&
           known.posted_ids.contains(grant.id);
  });
}

// ---- voids of purseless sales ------------------------------------------------------------------

void State::apply_cash_void(Log& log, std::uint64_t index, const Hash& id,
                            const schemas::Event& event) {
  schemas::CashVoid target;
  const bool readable = target.ParseFromString(event.payload());
  const auto sale_log = readable ? fixed<32>(target.log()) : std::nullopt;
  if (!sale_log) {
    findings_.push_back({id, "a void that names no sale"});
    return;
  }
  const bool broken = breaks_rule(log, event) || lacks_approval(log, index, event) ||
                      exceeds_void_limit(log, index, event);
  if (broken) findings_.push_back({id, "a void its author has no right to"});
  VoidCandidate candidate{id,     log.number, index, 0, beside_out(event), into_vouchers(event),
                          broken, {}};
  candidate.amount_minor = leaving_minor(event, schemas::STAND);
  candidate.taken.cash = 0;  // the amount says it
  candidate.transfers = resolve(log, event, nullptr);
  if (!broken) note_custody(log, index, id, event);
  const SalePlace place{*sale_log, target.index()};
  voids_[place].candidates.push_back(std::move(candidate));
  evaluate_void(place);
}

void State::evaluate_void(const SalePlace& sale) {
  VoidCell& cell = voids_.at(sale);
  if (!mutant(Mutant::void_kept_twice)) post(cell.posted, -1);
  cell.posted.clear();
  if (cell.winner != Hash{}) {
    custody_.set_posted(cell.winner_place.first, cell.winner_place.second, false);
  }
  cell.winner = Hash{};
  changed_voids_.insert(sale);
  const std::uint64_t amount = sale_amount_minor(sale.first, sale.second);
  if (amount == 0) return;
  const Log& sale_log = logs_[log_index_.at(sale.first)];
  if (!counts(sale_log, sale.second)) return;
  const VoidCandidate* best = nullptr;
  const LogNotes& notes = sale_log.notes();
  const auto found = notes.beside.find(sale.second);
  const BesideMinor beside = found == notes.beside.end() ? BesideMinor{} : found->second;
  static const VoucherMoves no_vouchers;
  const auto by_voucher = notes.vouchers.find(sale.second);
  const VoucherMoves& spent = by_voucher == notes.vouchers.end() ? no_vouchers : by_voucher->second;
  const auto rank = [&](const VoidCandidate& candidate) {  // equal bytes: the lowest place
    return std::make_tuple(candidate.amount_minor, candidate.id, logs_[candidate.log].log,
                           candidate.index);
  };
  for (const auto& candidate : cell.candidates) {
    const Log& log = logs_[candidate.log];
    if (candidate.rule_broken || candidate.amount_minor == 0 || candidate.amount_minor > amount ||
        !beside.covers(candidate.taken) || candidate.vouchers != spent ||
        !counts(log, candidate.index) || log.author->stand != sale_log.author->stand) {
      continue;
    }
    const bool better = best == nullptr || rank(candidate) < rank(*best);
    if (mutant(Mutant::void_first_wins) ? best == nullptr : better) {
      best = &candidate;
    }
  }
  if (best == nullptr) return;
  cell.winner = best->id;
  cell.winner_place = {best->log, best->index};
  cell.posted = best->transfers;
  custody_.set_posted(best->log, best->index, true);
  post(cell.posted, 1);
}

std::uint64_t State::sale_amount_minor(const Hash& log, std::uint64_t index) const {
  const auto found = log_index_.find(log);
  if (found == log_index_.end()) return 0;
  const Log& author = logs_[found->second];
  if (index <= UINT32_MAX) {
    const auto sale = author.sale_minor.find(static_cast<std::uint32_t>(index));
    if (sale != author.sale_minor.end()) return sale->second;
  }
  const auto& large = author.notes().large_sale_minor;
  const auto sale = large.find(index);
  return sale == large.end() ? 0 : sale->second;
}

bool State::cash_voided(const Hash& log, std::uint64_t index) {
  const auto found = voids_.find({log, index});
  return found != voids_.end() && found->second.winner != Hash{};
}

__int128 State::trade_total_minor(const Hash& log) const {
  const auto found = log_index_.find(log);
  return found == log_index_.end() ? 0 : logs_[found->second].trade_total_minor;
}

}  // namespace verbena::ledger
