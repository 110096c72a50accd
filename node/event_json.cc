// SPDX-License-Identifier: Apache-2.0
#include "node/event_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/core/merkle.h"
#include "ledger/ledger.h"
#include "node/event_texts.h"

namespace verbena::node {

using ledger::CustodyBook;
using ledger::CustodyFact;
using ledger::Hash;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t read_bytes = 256 << 10;  // at once; the ledger is free in between

// What the books know of an event, and the logs where its bytes may be.
struct Place {
  std::vector<ledger::LogName> logs;
  std::optional<std::uint64_t> index;  // in the only log; empty: to be looked for
  std::string person, holder;
  std::uint32_t sheet = 0;
  std::optional<bool> counts;  // empty: it is no sale
  std::optional<schemas::CountLines> counted;
};

// The books are asked one by one: they have no index by id, and evidence is looked at seldom.
std::optional<Place> place_of(ledger::State& state, const Hash& id) {
  const CustodyBook& book = state.custody();
  if (const auto sealed = book.sealed().find(id); sealed != book.sealed().end()) {
    const ledger::SealedCount& count = sealed->second;
    Place out{{}, {}, count.person, count.holder, count.sheet, {}, {}};
    for (const auto& [number, log] : book.logs()) {
      if (log.name.certificate == count.certificate) out.logs.push_back(log.name);
    }
    if (const auto* lines = book.opened(id)) out.counted = *lines;
    return out;
  }
  for (const auto& shift : book.shifts()) {
    if (shift.opened_id != id && shift.closed_id != id) continue;
    const auto& log = book.logs().at(shift.log);
    const auto index = shift.opened_id == id ? shift.opened : shift.closed;
    return Place{{log.name}, index, shift.person, log.holder, shift.sheet, {}, {}};
  }
  const auto found = std::find_if(book.facts().begin(), book.facts().end(),
                                  [&](const CustodyFact& fact) { return fact.id == id; });
  if (found == book.facts().end()) return std::nullopt;
  const auto& log = book.logs().at(found->log);
  return Place{{log.name}, found->index, book.person(found->person),
               log.holder, found->sheet, state.stands(*found),
               {}};
}

struct Found {
  ledger::LogName log;
  std::uint64_t index = 0;
  schemas::Event event;
};

// A log with branches may hold another event at this index: the id decides.
std::optional<Found> find_event(const ledger::Ledger& ledger, const Place& place, const Hash& id) {
  Found out;
  if (place.index) {
    out.log = place.logs.front();
    out.index = *place.index;
    const auto bytes = ledger.event_bytes(out.log, out.index);
    if (!bytes || ledger::leaf_hash(*bytes) != id) return std::nullopt;
    if (!ledger::parse_event(*bytes, out.event)) return std::nullopt;
    return out;
  }
  for (const auto& log : place.logs) {
    out.log = log;
    out.index = 0;
    for (;;) {
      const auto runs = ledger.read(log, out.index, read_bytes);
      if (!runs || runs->empty()) break;
      for (const auto& run : *runs) {
        for (const auto& bytes : run.events) {
          if (ledger::leaf_hash(bytes) == id && ledger::parse_event(bytes, out.event)) return out;
          ++out.index;
        }
      }
    }
  }
  return std::nullopt;
}

class Teller {
 public:
  Teller(const schemas::Festival* festival, const schemas::Event& event, ToldEvent& out)
      : festival_(festival), event_(event), out_(out) {}

  // False where this kind of event is not about goods or a drawer.
  bool tell(const Place& place) {
    switch (event_.kind()) {
      case schemas::KIND_SALE: return tell_sale(ToldKind::cash_sale);
      case schemas::KIND_SALE_PREPARED: return tell_sale(ToldKind::band_sale);
      case schemas::KIND_CASH_VOID: {
        schemas::CashVoid payload;
        if (payload.ParseFromString(event_.payload())) out_.reason = payload.reason();
        return tell_moved(ToldKind::sale_void);
      }
      case schemas::KIND_GRANT: {
        schemas::Grant payload;
        if (payload.ParseFromString(event_.payload())) out_.reason = payload.reason();
        return tell_moved(ToldKind::sale_void);
      }
      case schemas::KIND_REFUND_PREPARED: return tell_moved(ToldKind::refund);
      case schemas::KIND_TOP_UP_PREPARED: return tell_moved(ToldKind::top_up);
      case schemas::KIND_STOCK: return tell_stock();
      case schemas::KIND_COUNT_SEALED: return tell_count(place);
      case schemas::KIND_SHIFT_OPENED: {
        schemas::ShiftOpened payload;
        if (!payload.ParseFromString(event_.payload())) return false;
        return tell_cash(ToldKind::shift_opened, payload.float_minor());
      }
      case schemas::KIND_SHIFT_CLOSED: {
        schemas::ShiftClosed payload;
        if (!payload.ParseFromString(event_.payload())) return false;
        return tell_cash(ToldKind::shift_closed, payload.counted_minor());
      }
      default: return false;
    }
  }

 private:
  std::string sku_of(std::uint32_t number) const {
    const auto* item = festival_ ? ledger::find_item(*festival_, number) : nullptr;
    return item ? item->sku() : "#" + std::to_string(number);
  }
  bool tell_cash(ToldKind kind, std::uint64_t amount) {
    out_.kind = kind;
    out_.amount_minor = static_cast<ledger::Minor>(std::min(amount, ledger::amount_minor_max));
    return true;
  }
  bool tell_moved(ToldKind kind) {
    std::uint64_t sum = 0;
    for (const auto& posting : event_.posting()) sum += posting.amount_minor();
    add_moves();
    return tell_cash(kind, sum);
  }
  bool tell_sale(ToldKind kind) {
    schemas::Sale sale;
    if (!sale.ParseFromString(event_.payload())) return false;
    std::uint64_t sum = 0;
    for (int i = 0; i < sale.item_size() && i < sale.quantity_size(); ++i) {
      const std::uint64_t amount = i < sale.amount_minor_size() ? sale.amount_minor(i) : 0;
      out_.lines.push_back(
          {sku_of(sale.item(i)), sale.quantity(i),
           static_cast<ledger::Minor>(std::min(amount, ledger::amount_minor_max))});
    }
    for (const auto& posting : event_.posting()) {
      if (posting.to() == schemas::STAND) sum += posting.amount_minor();
    }
    return tell_cash(kind, sum);
  }
  bool tell_stock() {
    schemas::StockNote note;
    if (!note.ParseFromString(event_.payload())) return false;
    switch (note.action()) {
      case schemas::DELIVER: out_.kind = ToldKind::delivery; break;
      case schemas::DISPATCH: out_.kind = ToldKind::dispatch; break;
      case schemas::RECEIVE: out_.kind = ToldKind::receipt; break;
      case schemas::WASTED: out_.kind = ToldKind::waste; break;
      case schemas::GIVEN: out_.kind = ToldKind::gift; break;
      default: return false;
    }
    if (note.action() == schemas::DISPATCH && event_.move_size() > 0) {
      out_.to = event_.move(0).to_id();
    }
    out_.reference = note.reference();
    out_.reason = note.reason();
    add_moves();
    return true;
  }
  bool tell_count(const Place& place) {
    schemas::SealedCount sealed;
    out_.kind = place.counted ? ToldKind::count : ToldKind::sealed_count;
    if (sealed.ParseFromString(event_.payload())) out_.opening = sealed.of() == schemas::OPENING;
    if (!place.counted) return true;
    for (int i = 0; i < place.counted->item_size(); ++i) {
      out_.lines.push_back({sku_of(place.counted->item(i)), place.counted->counted(i)});
    }
    return true;
  }
  void add_moves() {
    for (const auto& move : event_.move()) {
      for (int i = 0; i < move.item_size() && i < move.quantity_size(); ++i) {
        out_.lines.push_back({sku_of(move.item(i)), move.quantity(i)});
      }
    }
  }

  const schemas::Festival* const festival_;
  const schemas::Event& event_;
  ToldEvent& out_;
};

ordered_json lines_json(const std::vector<ToldLine>& lines) {
  ordered_json out = ordered_json::array();
  for (const auto& line : lines) {
    out.push_back(
        {{"sku", line.sku},
         {"quantity", line.quantity},
         {"amount_minor", line.amount_minor ? ordered_json(*line.amount_minor) : ordered_json()}});
  }
  return out;
}

}  // namespace

std::optional<std::string> event_json(const ledger::Ledger& ledger, const Hash& id,
                                      Language language) {
  std::optional<Place> place;
  ledger.ask([&](ledger::State& state, const ledger::DeviceView&) { place = place_of(state, id); });
  if (!place) return std::nullopt;
  const auto found = find_event(ledger, *place, id);
  const auto author = found ? ledger.author(found->log.certificate) : nullptr;
  if (author == nullptr) return std::nullopt;
  ToldEvent told;
  told.who = place->person;
  told.where = place->holder;
  told.sheet = place->sheet;
  std::string currency;
  unsigned scale = 0;
  bool known = false;
  ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto* festival = state.festival();
    if (festival != nullptr) {
      currency = festival->currency();
      scale = festival->scale();
    }
    known = Teller(festival, found->event, told).tell(*place);
    const auto persons = state.approvers(found->event, {found->log.id(), found->index}, *author);
    told.approved_by.assign(persons.begin(), persons.end());
  });
  if (!known) return std::nullopt;
  ordered_json out;
  out["id"] = ledger::hex(id);
  out["kind"] = event_kind_name(told.kind);
  out["text"] = event_text(told, currency, scale, language);
  out["device"] = author->alias;
  out["stand"] = told.where;
  out["staff"] = told.who;
  out["at_ms"] = found->event.hlc() >> 16;
  out["sheet"] = told.sheet;
  out["counts"] = place->counts ? ordered_json(*place->counts) : ordered_json();
  out["amount_minor"] = told.amount_minor ? ordered_json(*told.amount_minor) : ordered_json();
  out["lines"] = lines_json(told.lines);
  out["reference"] = told.reference;
  out["reason"] = told.reason;
  out["approved_by"] = told.approved_by;
  return out.dump();
}

}  // namespace verbena::node
