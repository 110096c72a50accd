// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/custody.h"

#include <algorithm>

#include "ledger/core/crypto.h"
#include "ledger/core/money.h"
#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

// Amounts in the festival's currency whose account is not the author's to move are no fact.
bool is_money(const MoneyLeg& leg) {
  const auto any = [&](schemas::AccountClass kind) { return leg.from == kind || leg.to == kind; };
  const bool cash = (leg.from == schemas::OUTSIDE && leg.from_tender == cash_tender) ||
                    (leg.to == schemas::OUTSIDE && leg.to_tender == cash_tender);
  return cash || any(schemas::STAND) || any(schemas::FEE) || any(schemas::TIP) ||
         any(schemas::DEPOSIT);
}

// Bytes of a hash; zeros where they are none.
Hash hash_of(std::string_view bytes) {
  return fixed<32>(bytes).value_or(Hash{});
}

std::int64_t seconds_of(std::uint64_t hlc) {
  return static_cast<std::int64_t>((hlc >> 16) / 1'000);
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
        (is(schemas::HOLDER, schemas::HOLDER) && mutant(Mutant::arrives_by_sender)) ||
        (is(schemas::TRANSIT, schemas::HOLDER) && action == schemas::RECEIVE && own_to &&
         (own_from || mutant(Mutant::received_by_another))) ||
        (is(schemas::HOLDER, schemas::WASTE) && action == schemas::WASTED && own_from && own_to) ||
        (is(schemas::HOLDER, schemas::GRATIS) && action == schemas::GIVEN && own_from && own_to);
    if (!allowed) return true;
  }
  return false;
}

std::uint32_t CustodyBook::Names::number_of(const std::string& name) {
  const auto [it, fresh] = numbers.try_emplace(name, static_cast<std::uint32_t>(names.size()));
  if (fresh) names.push_back(name);
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
        log.sheet = log.first_sheet = std::clamp(opened.sheet(), 1u, sheets_max);
        if (const auto shift = fixed<32>(opened.shift_log())) {
          log.goes_on = EventPlace{*shift, opened.shift_index()};
        }
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
    case schemas::KIND_CASH_DROP: note_shift(log, place, id, event, person); return;
    default: note_fact(number, log, place, id, event, purse, person);
  }
}

MoneyLeg CustodyBook::leg_of(const schemas::Posting& posting) {
  const auto tender = [&](schemas::AccountClass kind, const std::string& id) {
    return kind != schemas::OUTSIDE || id.empty() ? cash_tender : tenders_.number_of(id);
  };
  return {posting.from(), posting.to(), tender(posting.from(), posting.from_id()),
          tender(posting.to(), posting.to_id()), posting.amount_minor()};
}

void CustodyBook::note_fact(std::uint32_t number, CustodyLog& log, const EventPlace& place,
                            const Hash& id, const schemas::Event& event, std::uint64_t purse,
                            const std::string& person) {
  CustodyFact fact;
  fact.index = place.index;
  fact.if_posted = purse != 0;
  fact.at_s = seconds_of(event.hlc());
  for (const auto& move : event.move()) {
    for (int i = 0; i < move.item_size() && i < move.quantity_size(); ++i) {
      fact.lines.push_back({move.item(i), move.from(), move.to(), move.quantity(i)});
    }
  }
  for (const auto& posting : event.posting()) {
    if (!posting.currency().empty()) continue;  // no drawer and no sale is in another
    const MoneyLeg leg = leg_of(posting);
    if (is_money(leg)) fact.legs.push_back(leg);
  }
  note_void(number, event, fact);
  if (fact.lines.empty() && fact.legs.empty()) return;
  fact.person = persons_.number_of(person);
  if (event.kind() == schemas::KIND_STOCK && !fact.lines.empty()) {
    note_stock({id, number, place.index, person, fact.at_s, {}, fact.lines}, log, event);
  }
  if (fact.is_on_sheet()) log.fact_sheet = log.sheet;
  log.trail.append(fact);
}

void CustodyBook::note_void(std::uint32_t number, const schemas::Event& event, CustodyFact& fact) {
  VoidTarget target;
  schemas::CashVoid taken_back;
  schemas::Grant grant;
  if (event.kind() == schemas::KIND_CASH_VOID && taken_back.ParseFromString(event.payload())) {
    target.cash = EventPlace{hash_of(taken_back.log()), taken_back.index()};
    fact.if_posted = true;
  } else if (event.kind() == schemas::KIND_GRANT && grant.ParseFromString(event.payload()) &&
             grant.source() == schemas::GRANT_VOID) {
    target.sale = hash_of(grant.source_id());
    target.purse = grant.purse();
  } else {
    return;
  }
  fact.is_void = true;
  voids_[{number, fact.index}] = target;
}

void CustodyBook::set_posted(std::uint32_t log, std::uint64_t index, bool posted) {
  if (posted_.size() <= log) posted_.resize(log + 1);
  auto& bits = posted_[log];
  if (bits.size() <= index) {
    if (!posted) return;
    if (bits.capacity() <= index) bits.reserve(2 * (index + 64));
    bits.resize(index + 1);
  }
  bits[index] = posted;
}

CustodyBook CustodyBook::snapshot() {
  counts_shared_ = true;
  return *this;
}

CustodyBook::Counts& CustodyBook::changed_counts() {
  if (counts_shared_) counts_ = std::make_shared<Counts>(*counts_);
  counts_shared_ = false;
  return *counts_;
}

void CustodyBook::note_stock(StockEvent noted, const CustodyLog& log, const schemas::Event& event) {
  schemas::StockNote note;
  if (!note.ParseFromString(event.payload()) || event.move_size() == 0) return;
  noted.action = note.action();
  const std::size_t number = stock_events_.size();
  const Hash id = noted.id;
  stock_events_.push_back(std::move(noted));
  if (note.action() == schemas::DISPATCH) {
    Dispatch& kept = dispatches_[id];
    const bool is_first =
        kept.from.empty() ||
        log.id < logs_.at(stock_events_[kept.event].log).id;  // of copies: the lowest
    if (is_first) {
      kept = {number, log.holder, event.move(0).to_id(), note.reference(),
              std::max(1u, note.to_sheet())};
    }
  }
  if (const auto answered = fixed<32>(note.dispatch());
      note.action() == schemas::RECEIVE && answered) {
    answers_.emplace(*answered, number);
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
  changed_counts().sealed.try_emplace(
      {id, log.name.certificate, person},
      SealedCount{count.holder(), count.sheet(), count.of(), count.attempt(), *key_hash,
                  count.box(), count.salt()});
  open_box(id);
}

void CustodyBook::note_opened(const schemas::Event& event) {
  schemas::OpenedCount opened;
  if (!opened.ParseFromString(event.payload())) return;
  const auto sealed = fixed<32>(opened.sealed());
  if (!sealed || opened.key().size() != box_key_bytes) return;
  changed_counts().keys[*sealed].insert(opened.key());
  open_box(*sealed);
}

// The count and its key come in any order where they are in logs of two lives.
void CustodyBook::open_box(const Hash& id) {
  Counts& counts = changed_counts();
  const auto keys = counts.keys.find(id);
  if (keys == counts.keys.end()) return;
  for (auto it = counts.sealed.lower_bound({id, {}, {}});
       it != counts.sealed.end() && it->first.id == id; ++it) {
    const auto& [name, sealed] = *it;
    if (counts.opened.contains(name)) continue;
    for (const auto& key : keys->second) {
      if (count_key_hash(key, name.certificate, name.person) != sealed.key_hash) continue;
      schemas::CountLines lines;
      const auto plain = open_sealed_box(sealed.box, key);
      if (plain && lines.ParseFromString(*plain) && lines.item_size() == lines.counted_size() &&
          std::set<std::uint32_t>(lines.item().begin(), lines.item().end()).size() ==
              static_cast<std::size_t>(lines.item_size())) {
        counts.opened[name] = std::move(lines);
      }
    }
  }
}

const schemas::CountLines* CustodyBook::opened(const SealedName& sealed) const {
  const auto found = counts_->opened.find(sealed);
  return found == counts_->opened.end() ? nullptr : &found->second;
}

void CustodyBook::note_foreign_boundary(const Hash& log, std::uint32_t sheet, std::uint64_t size) {
  auto& set = foreign_[log][sheet];
  set = std::max(set, size);
}

std::uint32_t CustodyBook::sheet_at(const CustodyLog& log, std::uint64_t index) const {
  std::uint32_t sheet = log.first_sheet;
  for (const auto& [closed, at] : log.boundaries) {
    if (at >= index) break;
    sheet = closed + 1;
  }
  const auto set = foreign_.find(log.id);
  if (set == foreign_.end()) return sheet;
  for (const auto& [closed, size] : set->second) {  // ascending sheets
    if (closed == sheet && !log.boundaries.contains(closed) && index >= size) ++sheet;
  }
  return sheet;
}

std::uint32_t CustodyBook::sheet_after(const CustodyLog& log) const {
  const auto set = foreign_.find(log.id);
  if (set == foreign_.end() || set->second.empty()) return log.sheet;
  const std::uint32_t last = set->second.rbegin()->first;
  return std::max(log.sheet, last == UINT32_MAX ? last : last + 1);
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

std::size_t CustodyBook::trail_bytes() const {
  std::size_t out = 0;
  for (const auto& [number, log] : logs_) out += log.trail.bytes();
  return out;
}

}  // namespace verbena::ledger
