// SPDX-License-Identifier: Apache-2.0
#include "ledger/fiscal_book.h"

#include <algorithm>

#include "ledger/fiscal_read.h"

namespace verbena::ledger {

namespace {

constexpr std::string_view suspense_path = "suspense/";

// What the fold made of each event: how it is posted, and by what cause not.
class Posted {
 public:
  explicit Posted(const Books& books) : causes_(books.events.size()) {
    for (const auto& posting : books.postings) {
      if (posting.event == no_event) continue;
      const std::string& path = books.state->accounts().at(posting.transfer.to).path;
      if (!path.starts_with(suspense_path)) continue;
      const std::string rest = path.substr(suspense_path.size());
      causes_[posting.event] = rest.substr(0, rest.find('/'));
    }
    for (std::uint32_t i = 0; i < books.events.size(); ++i) {
      const BookedEvent& event = books.events[i];
      if (event.postings == 0 || !causes_[i].empty()) continue;
      ids_.insert(event.id);
      if (event.counter > 0) steps_.insert({event.purse, event.counter});
    }
  }

  const std::string& cause(std::uint32_t event) const { return causes_[event]; }
  bool id(const Hash& id) const { return ids_.contains(id); }
  bool step(std::uint64_t purse, std::uint32_t counter) const {
    return steps_.contains({purse, counter});
  }

 private:
  std::vector<std::string> causes_;                          // by event; empty: none
  std::set<Hash> ids_;                                       // of events that count
  std::set<std::pair<std::uint64_t, std::uint32_t>> steps_;  // of these
};

bool is_prepared(schemas::Kind kind) {
  return kind == schemas::KIND_SALE_PREPARED || kind == schemas::KIND_REFUND_PREPARED ||
         kind == schemas::KIND_TOP_UP_PREPARED;
}

class Resolver {
 public:
  Resolver(Books& books, ReadLogs& read) : books_(books), read_(read), posted_(books) {}

  void resolve() {
    for (auto& entry : read_.documents) judge(entry);
    for (std::size_t i = 0; i < read_.documents.size(); ++i) {
      const ReadDocument& entry = read_.documents[i];
      if (entry.document.state != NumberState::counts) continue;
      by_id_.try_emplace(entry.document.id, i);
      const BookedEvent& booked = books_.events[entry.event];
      by_place_.try_emplace({books_.logs[booked.log].id, booked.index}, i);
      if (entry.document.kind == DocumentKind::part) {
        parts_.try_emplace(purse_prefix(entry.document.id), i);
      }
    }
    for (auto& entry : read_.documents) {
      if (entry.document.kind == DocumentKind::sale) rate(entry);
    }
    for (auto& entry : read_.documents) {
      if (entry.document.kind == DocumentKind::credit_note) take_back(entry);
    }
  }

  // Settings that were approved -> when others that replace them were published.
  std::map<Hash, std::uint64_t> replaced_at_ms() {
    std::map<Hash, std::uint64_t> out;
    for (const auto& [hash, at_ms] : read_.settings_at_ms) {
      const schemas::Festival* settings = approved(hash);
      const auto old = settings ? fixed<32>(settings->replaces()) : std::nullopt;
      if (!old || *old == hash) continue;
      const auto [known, fresh] = out.try_emplace(*old, at_ms);
      if (!fresh) known->second = std::min(known->second, at_ms);
    }
    return out;
  }

 private:
  const schemas::Festival* approved(const Hash& hash) {
    const auto [known, fresh] = approved_.try_emplace(hash);
    if (fresh) known->second = read_.settings.find(hash, books_.state->roster());
    return known->second;
  }

  void judge(ReadDocument& entry) {
    const BookedEvent& booked = books_.events[entry.event];
    FiscalDocument& out = entry.document;
    if (booked.cause != Cause::none) out.cause = cause_name(booked.cause);
    if (!posted_.cause(entry.event).empty()) {
      out.state = NumberState::suspended;
      out.cause = posted_.cause(entry.event);
    } else if (booked.postings > 0 || gives_meals_alone(booked)) {
      out.state = NumberState::counts;
    } else if (is_prepared(booked.kind) && booked.counter > 0 && !posted_.id(booked.id)) {
      out.state =
          posted_.step(booked.purse, booked.counter) ? NumberState::aborted : NumberState::pending;
    }
  }

  // A grant of meals posts nothing and counts.
  bool gives_meals_alone(const BookedEvent& booked) {
    if (booked.kind != schemas::KIND_GRANT || !books_.state->purse_known(booked.purse) ||
        booked.cause != Cause::none) {
      return false;
    }
    const auto& ids = books_.state->purse(booked.purse).grant_ids;
    return !posted_.id(booked.id) && std::find(ids.begin(), ids.end(), booked.id) != ids.end();
  }

  void rate(ReadDocument& entry) {
    FiscalDocument& out = entry.document;
    if (const auto* settings = approved(entry.rules)) set_rates(*settings, out);
    const std::string& stand = stand_of(out);
    for (const auto& prefix : entry.parts) {
      const auto part = parts_.find(prefix);
      if (part == parts_.end()) continue;
      const FiscalDocument& paid = read_.documents[part->second].document;
      if (stand_of(paid) == stand) out.from_parts_minor += paid.goods_minor();
    }
  }

  const std::string& stand_of(const FiscalDocument& document) const {
    return read_.series[document.series].log.author->stand;
  }

  // A whole sale comes back line by line, with the tax that each line bore.
  void take_back(ReadDocument& entry) {
    FiscalDocument& out = entry.document;
    std::optional<std::size_t> found;
    if (entry.target) {
      if (const auto at = by_place_.find(*entry.target); at != by_place_.end()) found = at->second;
    } else if (const auto at = by_id_.find(out.refers_to); at != by_id_.end()) {
      found = at->second;
    }
    if (!found) return;
    FiscalDocument& sale = read_.documents[*found].document;
    if (sale.kind != DocumentKind::sale && sale.kind != DocumentKind::part) return;
    out.refers_to = sale.id;
    out.before_sale = out.at_ms < sale.at_ms;
    sale.voided |= out.state == NumberState::counts;
    if (out.goods_minor() != -sale.goods_minor()) {
      out.partly_void = true;
      return;
    }
    for (auto line : sale.lines) {
      line.quantity = -line.quantity;
      line.gross_minor = -line.gross_minor;
      line.tax_minor = -line.tax_minor;
      out.lines.push_back(line);
    }
    out.from_parts_minor = -sale.from_parts_minor;
    out.tax_differs = sale.tax_differs;
    out.voids_part = sale.kind == DocumentKind::part;
  }

  Books& books_;
  ReadLogs& read_;
  Posted posted_;
  std::map<Hash, const schemas::Festival*> approved_;
  std::map<Hash, std::size_t> by_id_;  // of what counts
  std::map<EventPlace, std::size_t> by_place_;
  std::map<PursePrefix, std::size_t> parts_;
};

void note_drops(Books& books, std::vector<FiscalDrop>& out) {
  const CustodyBook custody = books.state->custody_snapshot();
  for (const auto& [number, log] : custody.logs()) {
    for (const auto& note : log.shift_notes) {
      if (note.kind != schemas::KIND_CASH_DROP || note.amount_minor > amount_minor_max) continue;
      const auto author = books.state->roster().find(log.name.certificate);
      out.push_back({log.alias, author ? author->stand : std::string(),
                     static_cast<std::uint64_t>(note.at_s) * 1'000,
                     static_cast<Minor>(note.amount_minor)});
    }
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a.at_ms, a.device, a.amount_minor) <
           std::tie(b.at_ms, b.device, b.amount_minor);
  });
}

void finish_series(const Books& books, std::vector<FiscalSeries>& series,
                   const std::vector<FiscalDocument>& documents) {
  std::map<std::string, std::set<Hash>> named;
  for (const auto& one : series) named[one.name].insert(one.log.name.id());
  for (auto& one : series) {
    one.ambiguous = named.at(one.name).size() > 1;
    one.events_known = one.events;
    const LogName& log = one.log.name;
    if (one.log.branch || log.log_class != LogClass::trade) continue;
    const auto life = static_cast<std::uint16_t>(log.incarnation >> 48);
    const auto claim = books.state->claims().find({log.certificate, life});
    if (claim != books.state->claims().end()) {
      one.events_known = std::max<std::uint64_t>(one.events, claim->second.size);
    }
  }
  for (const auto& document : documents) {
    FiscalSeries& one = series[document.series];
    const auto fork = books.state->roster().fork_index(one.log.name.id());
    if (fork && document.number > 0 && document.index >= *fork && one.contested_from == 0) {
      one.contested_from = document.number;
    }
  }
}

}  // namespace

Result<FiscalBook> keep_fiscal_book(const EventStore& store, const Certificate& root) {
  auto books = keep_books(store, root);
  if (!books) return books.error();
  auto read = read_fiscal_logs(store, root, *books);
  if (!read) return read.error();
  Resolver resolver(*books, *read);
  resolver.resolve();
  FiscalBook out;
  out.outages = outages_of(*read, resolver.replaced_at_ms());
  out.currency = books->currency;
  out.scale = books->scale;
  if (const auto* settings = books->state->festival()) {
    out.festival = settings->id();
    out.time_zone = settings->time_zone();
    out.day_starts_minute = settings->day_starts_minute();
    for (const auto& item : settings->item()) out.skus.try_emplace(item.number(), item.sku());
  }
  out.documents.reserve(read->documents.size());
  for (auto& entry : read->documents) out.documents.push_back(std::move(entry.document));
  out.series = std::move(read->series);
  finish_series(*books, out.series, out.documents);
  note_drops(*books, out.drops);
  out.staff = std::move(books->staff);
  return out;
}

}  // namespace verbena::ledger
