// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/custody.h"

#include <algorithm>

#include "ledger/core/crypto.h"
#include "ledger/core/money.h"

namespace verbena::ledger {

namespace {

bool is_cash(schemas::AccountClass kind, const std::string& id) {
  return kind == schemas::OUTSIDE && (id.empty() || id == "cash");
}

}  // namespace

const std::string& holder_of(const Certificate& device) {
  return device.stand.empty() ? device.alias : device.stand;
}

// A sealed count that somebody copied opens for its own device and person only.
Hash count_key_hash(std::string_view key, const Hash& certificate, std::string_view person) {
  return sha256({"verbena-count-key-v1", key, view(certificate), person});
}

bool breaks_custody(const schemas::Event& event, const Certificate& author) {
  const std::string& holder = holder_of(author);
  schemas::StockNote note;
  const bool is_stock = event.kind() == schemas::KIND_STOCK && event.move_size() == 1 &&
                        note.ParseFromString(event.payload());
  const auto action = is_stock ? note.action() : schemas::STOCK_ACTION_UNSPECIFIED;
  const bool sells =
      event.kind() == schemas::KIND_SALE || event.kind() == schemas::KIND_SALE_PREPARED;
  const bool voids = event.kind() == schemas::KIND_CASH_VOID ||
                     event.kind() == schemas::KIND_GRANT ||
                     event.kind() == schemas::KIND_DEPOSIT_RETURN;  // cups that come back
  for (const auto& move : event.move()) {
    const bool own_from = move.from_id().empty() || move.from_id() == holder;
    const bool own_to = move.to_id().empty() || move.to_id() == holder;
    const auto is = [&](schemas::StockClass from, schemas::StockClass to) {
      return move.from() == from && move.to() == to;
    };
    const bool allowed =
        (is(schemas::HOLDER, schemas::SOLD) && sells && own_from && own_to) ||
        (is(schemas::SOLD, schemas::HOLDER) && voids && own_from && own_to) ||
        (is(schemas::SUPPLIER, schemas::HOLDER) && action == schemas::DELIVER && own_to &&
         author.role == schemas::STORE) ||
        (is(schemas::HOLDER, schemas::TRANSIT) && action == schemas::DISPATCH && own_from) ||
        (is(schemas::TRANSIT, schemas::HOLDER) && action == schemas::RECEIVE && own_from &&
         own_to) ||
        (is(schemas::HOLDER, schemas::WASTE) && action == schemas::WASTED && own_from && own_to) ||
        (is(schemas::HOLDER, schemas::GRATIS) && action == schemas::GIVEN && own_from && own_to);
    if (!allowed) return true;
  }
  return false;
}

std::uint32_t CustodyBook::number_of(const std::string& person) {
  const auto [it, fresh] =
      person_numbers_.try_emplace(person, static_cast<std::uint32_t>(persons_.size()));
  if (fresh) persons_.push_back(person);
  return it->second;
}

void CustodyBook::note(std::uint32_t number, const CustodyLog& author, const EventPlace& place,
                       const Hash& id, const schemas::Event& event, std::uint64_t purse,
                       const std::string& person) {
  CustodyLog& log = logs_.try_emplace(number, author).first->second;
  switch (event.kind()) {
    case schemas::KIND_OPENED: {
      schemas::Opened opened;
      if (place.index == 0 && opened.ParseFromString(event.payload())) {
        log.sheet = std::clamp(opened.sheet(), 1u, sheets_max);
      }
      return;
    }
    case schemas::KIND_SHEET_CLOSED: {
      schemas::SheetClosed closed;
      if (!closed.ParseFromString(event.payload()) || closed.sheet() < log.sheet ||
          closed.sheet() > log.sheet + sheets_skipped_max) {
        return;
      }
      log.boundaries.emplace(closed.sheet(), place.index);
      log.sheet = closed.sheet() + 1;
      return;
    }
    case schemas::KIND_COUNT_SEALED: note_sealed(log, id, event, person); return;
    case schemas::KIND_COUNT_OPENED: note_opened(event); return;
    case schemas::KIND_SHIFT_OPENED:
    case schemas::KIND_SHIFT_CLOSED:
    case schemas::KIND_CASH_DROP: note_shift(number, log, place, id, event, person); return;
    default: break;
  }
  CustodyFact fact;
  fact.id = id;
  fact.log = number;
  fact.index = place.index;
  fact.purse = purse;
  fact.kind = event.kind();
  fact.sheet = log.sheet;
  fact.person = number_of(person);
  fact.hlc = event.hlc();
  fact.first_line = static_cast<std::uint32_t>(lines_.size());
  for (const auto& move : event.move()) {
    for (int i = 0; i < move.item_size() && i < move.quantity_size(); ++i) {
      lines_.push_back({move.item(i), move.from(), move.to(), move.quantity(i)});
      ++fact.lines;
    }
  }
  for (const auto& posting : event.posting()) {
    if (!posting.currency().empty()) continue;  // no drawer and no sale is in another
    const auto amount = static_cast<std::int64_t>(posting.amount_minor());
    const bool outside = posting.from() == schemas::OUTSIDE || posting.to() == schemas::OUTSIDE;
    const bool by_purse = posting.from() == schemas::PURSE || posting.to() == schemas::PURSE;
    if (is_cash(posting.from(), posting.from_id())) fact.cash_minor += amount;
    if (is_cash(posting.to(), posting.to_id())) fact.cash_minor -= amount;
    if (posting.to() == schemas::TIP && posting.to_id() == log.holder) fact.tips_minor += amount;
    if (posting.from() == schemas::TIP && posting.from_id() == log.holder) {
      fact.tips_minor -= amount;
    }
    if (posting.to() == schemas::DEPOSIT) fact.deposits_minor += amount;
    if (posting.from() == schemas::DEPOSIT) fact.deposits_minor -= amount;
    if (!outside && !by_purse) continue;
    if (posting.to() == schemas::STAND) fact.sales_minor += posting.amount_minor();
    if (posting.from() == schemas::STAND) fact.voided_minor += posting.amount_minor();
  }
  if (event.kind() == schemas::KIND_CASH_VOID) {
    schemas::CashVoid target;
    if (!target.ParseFromString(event.payload())) return;
    fact.is_void = true;
    voids_[id] = {fixed<32>(target.sale()).value_or(Hash{}),
                  EventPlace{fixed<32>(target.log()).value_or(Hash{}), target.index()}};
  }
  if (event.kind() == schemas::KIND_GRANT) {
    schemas::Grant grant;
    fact.is_void = grant.ParseFromString(event.payload()) && grant.source() == schemas::GRANT_VOID;
    if (fact.is_void) voids_[id] = {fixed<32>(grant.source_id()).value_or(Hash{}), std::nullopt};
  }
  if (event.kind() == schemas::KIND_STOCK && fact.lines > 0) note_stock(fact, log, event);
  if (fact.lines > 0 || fact.cash_minor != 0 || fact.sales_minor != 0 || fact.voided_minor != 0) {
    facts_.push_back(std::move(fact));
  }
}

void CustodyBook::note_stock(CustodyFact& fact, const CustodyLog& log,
                             const schemas::Event& event) {
  schemas::StockNote note;
  if (!note.ParseFromString(event.payload()) || event.move_size() == 0) return;
  if (note.action() == schemas::DISPATCH) {
    Dispatch& kept = dispatches_[fact.id];
    const bool is_first =
        kept.from.empty() || log.id < logs_.at(facts_[kept.fact].log).id;  // of copies: the lowest
    if (is_first) kept = {facts_.size(), log.holder, event.move(0).to_id(), note.reference()};
  }
  if (const auto answered = fixed<32>(note.dispatch());
      note.action() == schemas::RECEIVE && answered) {
    answers_.emplace(*answered, facts_.size());
  }
}

void CustodyBook::note_sealed(const CustodyLog& log, const Hash& id, const schemas::Event& event,
                              const std::string& person) {
  schemas::SealedCount count;
  if (!count.ParseFromString(event.payload())) return;
  const auto key_hash = fixed<32>(count.key_hash());
  const bool may_count = count.holder() == log.holder || log.role == schemas::SUPERVISOR;
  const bool of_known = count.of() == schemas::OPENING || count.of() == schemas::CLOSING;
  if (!key_hash || !may_count || !of_known || count.sheet() == 0) return;
  SealedCount out{id,         log.name.certificate, person,    count.holder(), count.sheet(),
                  count.of(), count.attempt(),      *key_hash, count.box(),    count.salt()};
  const auto [kept, fresh] = sealed_.try_emplace(id, out);
  if (!fresh && out.certificate < kept->second.certificate) kept->second = std::move(out);
  open_box(id);
}

void CustodyBook::note_opened(const schemas::Event& event) {
  schemas::OpenedCount opened;
  if (!opened.ParseFromString(event.payload())) return;
  const auto sealed = fixed<32>(opened.sealed());
  if (!sealed || opened.key().size() != box_key_bytes) return;
  keys_[*sealed].insert(opened.key());
  open_box(*sealed);
}

// The count and its key come in any order where they are in logs of two lives.
void CustodyBook::open_box(const Hash& id) {
  const auto sealed = sealed_.find(id);
  const auto keys = keys_.find(id);
  if (sealed == sealed_.end() || keys == keys_.end() || opened_.contains(id)) return;
  for (const auto& key : keys->second) {
    if (count_key_hash(key, sealed->second.certificate, sealed->second.person) !=
        sealed->second.key_hash) {
      continue;
    }
    schemas::CountLines lines;
    const auto plain = open_sealed_box(sealed->second.box, key);
    if (plain && lines.ParseFromString(*plain) && lines.item_size() == lines.counted_size() &&
        std::set<std::uint32_t>(lines.item().begin(), lines.item().end()).size() ==
            static_cast<std::size_t>(lines.item_size())) {
      opened_[id] = std::move(lines);
    }
  }
}

const schemas::CountLines* CustodyBook::opened(const Hash& sealed) const {
  const auto found = opened_.find(sealed);
  return found == opened_.end() ? nullptr : &found->second;
}

void CustodyBook::note_shift(std::uint32_t number, const CustodyLog& log, const EventPlace& place,
                             const Hash& id, const schemas::Event& event,
                             const std::string& person) {
  const auto open = open_shifts_.find(number);
  schemas::ShiftOpened opened;
  schemas::ShiftClosed closed;
  schemas::CashDrop drop;
  if (event.kind() == schemas::KIND_SHIFT_OPENED && opened.ParseFromString(event.payload()) &&
      opened.float_minor() <= amount_minor_max) {
    Shift shift;
    shift.log = number;
    shift.opened = place.index;
    shift.opened_id = id;
    shift.value_opened = opened.value_size();
    shift.sheet = log.sheet;
    shift.person = person;
    shift.float_minor = opened.float_minor();
    if (open != open_shifts_.end()) shifts_[open->second].replaced = true;
    open_shifts_[number] = shifts_.size();
    shifts_.push_back(std::move(shift));
  } else if (event.kind() == schemas::KIND_SHIFT_CLOSED && open != open_shifts_.end() &&
             closed.ParseFromString(event.payload())) {
    Shift& shift = shifts_[open->second];
    if (shift.opened != closed.opened() || closed.counted_minor() > amount_minor_max) return;
    shift.closed = place.index;
    shift.closed_id = id;
    shift.value_closed = closed.value_size();
    shift.counted_minor = closed.counted_minor();
    open_shifts_.erase(open);
  } else if (event.kind() == schemas::KIND_CASH_DROP && open != open_shifts_.end() &&
             drop.ParseFromString(event.payload()) && drop.amount_minor() <= amount_minor_max) {
    shifts_[open->second].dropped_minor += drop.amount_minor();
  }
}

void CustodyBook::note_foreign_boundary(const Hash& id, const schemas::SheetClosed& closed) {
  if (const auto log = fixed<32>(closed.log())) {
    foreign_.insert({id, closed.sheet(), *log, closed.size()});
  }
}

std::uint32_t CustodyBook::sheet_after(const CustodyLog& log) const {
  std::uint32_t out = log.sheet;
  for (const auto& boundary : foreign_) {
    if (boundary.log == log.id) out = std::max(out, boundary.sheet + 1);
  }
  return out;
}

std::uint32_t CustodyBook::current_sheet(const std::string& holder) const {
  std::uint32_t out = 1;
  for (const auto& [number, log] : logs_) {
    if (log.holder == holder && log.name.log_class == LogClass::trade) {
      out = std::max(out, sheet_after(log));
    }
  }
  return out;
}

std::uint32_t CustodyBook::sheet_of(const Hash& certificate, const std::string& holder) const {
  std::uint32_t out = 0;
  for (const auto& [number, log] : logs_) {
    if (log.name.certificate == certificate && log.name.log_class == LogClass::trade) {
      out = std::max(out, sheet_after(log));
    }
  }
  return out == 0 ? current_sheet(holder) : out;
}

}  // namespace verbena::ledger
