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

struct Found {
  ledger::LogName log;
  std::uint64_t index = 0;
  schemas::Event event;
};

// What the books know of an event.
struct Place {
  std::string person, holder;
  std::uint32_t sheet = 0;
  std::optional<bool> counts;  // empty: the question does not arise
  std::optional<schemas::CountLines> counted;
};

// Where the books name the event's place. They do so for goods and drawers, not for each sale.
std::optional<std::pair<ledger::LogName, std::uint64_t>> named_place(const CustodyBook& book,
                                                                     const Hash& id) {
  for (const auto& event : book.stock_events()) {
    if (event.id == id) return std::pair{book.logs().at(event.log).name, event.index};
  }
  for (const auto& [number, log] : book.logs()) {
    for (const auto& note : log.shift_notes) {
      if (note.id == id) return std::pair{log.name, note.index};
    }
  }
  return std::nullopt;
}

// A log with branches may hold another event at this index: the id decides.
std::optional<Found> event_at(const ledger::Ledger& ledger, const ledger::LogName& log,
                              std::uint64_t index, const Hash& id) {
  Found out{log, index, {}};
  const auto bytes = ledger.event_bytes(log, index);
  if (!bytes || ledger::leaf_hash(*bytes) != id) return std::nullopt;
  if (!ledger::parse_event(*bytes, out.event)) return std::nullopt;
  return out;
}

// Evidence is looked at seldom, so there is no index by id: every log of goods and money is read.
std::optional<Found> search(const ledger::Ledger& ledger, const Hash& id) {
  Found out;
  for (const auto& log : ledger.logs()) {
    if (log.name.log_class == ledger::LogClass::control) continue;
    out.log = log.name;
    out.index = 0;
    for (;;) {
      const auto runs = ledger.read(out.log, out.index, read_bytes);
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

std::optional<Place> place_of(const CustodyBook& book, const Found& found, const Hash& id) {
  const auto named = std::find_if(book.logs().begin(), book.logs().end(), [&](const auto& entry) {
    return entry.second.name == found.log;
  });
  if (named == book.logs().end()) return std::nullopt;
  const auto& [number, log] = *named;
  for (const auto& [name, count] : book.sealed()) {
    if (name.id != id || name.certificate != found.log.certificate) continue;
    Place out{name.person, count.holder, count.sheet, {}, {}};
    if (const auto* lines = book.opened(name)) out.counted = *lines;
    return out;
  }
  Place out{{}, log.holder, book.sheet_at(log, found.index), {}, {}};
  for (const auto& note : log.shift_notes) {
    if (note.id != id) continue;
    out.person = note.person;
    return out;
  }
  bool noted = false;
  log.trail.each([&](const CustodyFact& fact) {
    if (fact.index != found.index) return;
    noted = true;
    out.person = book.person(fact.person);
    out.counts = book.stands(number, fact);
  });
  return noted ? std::optional(std::move(out)) : std::nullopt;
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
  std::optional<std::pair<ledger::LogName, std::uint64_t>> named;
  ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
    named = named_place(state.custody(), id);
  });
  const auto found = named ? event_at(ledger, named->first, named->second, id) : search(ledger, id);
  const auto author = found ? ledger.author(found->log.certificate) : nullptr;
  if (author == nullptr) return std::nullopt;
  std::optional<Place> place;
  ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
    place = place_of(state.custody(), *found, id);
  });
  if (!place) return std::nullopt;
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
