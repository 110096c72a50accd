// SPDX-License-Identifier: Apache-2.0
#include "ledger/fiscal_read.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

constexpr std::size_t parts_named_max = 16;  // of one sale, as in the fold

DocumentKind kind_of(const schemas::Event& event) {
  switch (event.kind()) {
    case schemas::KIND_SALE_PREPARED: {
      schemas::Sale sale;
      const bool read = sale.ParseFromString(event.payload());
      return read && sale.item_size() == 0 ? DocumentKind::part : DocumentKind::sale;
    }
    case schemas::KIND_CASH_VOID: return DocumentKind::credit_note;
    case schemas::KIND_DEPOSIT_RETURN: return DocumentKind::deposit_return;
    case schemas::KIND_REFUND_PREPARED: return DocumentKind::refund;
    case schemas::KIND_TOP_UP_PREPARED: return DocumentKind::top_up;
    case schemas::KIND_VOUCHER_ISSUED: return DocumentKind::vouchers;
    case schemas::KIND_GRANT: {
      schemas::Grant grant;
      const bool read = grant.ParseFromString(event.payload());
      return read && grant.source() == schemas::GRANT_VOID ? DocumentKind::credit_note
                                                           : DocumentKind::grant;
    }
    default: return DocumentKind::sale;
  }
}

// The side of a posting as who pays or is paid.
std::string tender_of(schemas::AccountClass side, const std::string& id) {
  switch (side) {
    case schemas::OUTSIDE: return id.empty() ? "cash" : id;
    case schemas::PURSE: return id == gift_mark ? std::string(gift_mark) : "purse";
    case schemas::STAND: return "stand";
    case schemas::FEE: return "fee";
    case schemas::TIP: return "tip";
    case schemas::DEPOSIT: return "deposit";
    case schemas::VOUCHER: return "voucher";
    default: return "advance";
  }
}

Minor TenderAmounts<Minor>::*amount_of(schemas::AccountClass side) {
  switch (side) {
    case schemas::STAND: return &TenderAmounts<Minor>::goods;
    case schemas::TIP: return &TenderAmounts<Minor>::tips;
    case schemas::DEPOSIT: return &TenderAmounts<Minor>::deposits;
    case schemas::FEE: return &TenderAmounts<Minor>::fees;
    default: return nullptr;
  }
}

void add_posting(const schemas::Posting& posting, FiscalDocument& out) {
  const auto amount = static_cast<Minor>(posting.amount_minor());
  const std::string from = tender_of(posting.from(), posting.from_id());
  const std::string to = tender_of(posting.to(), posting.to_id());
  const auto entered = amount_of(posting.to()), left = amount_of(posting.from());
  if (entered != nullptr) out.tenders[from].*entered += amount;
  if (left != nullptr) out.tenders[to].*left -= amount;
  if (entered != nullptr || left != nullptr) return;
  if (posting.from() == posting.to()) return;  // from a lost band to a new one: no tender is paid
  const auto holds_value = [](schemas::AccountClass side) {
    return side == schemas::PURSE || side == schemas::VOUCHER;
  };
  if (holds_value(posting.to())) out.tenders[from].purses += amount;
  if (holds_value(posting.from())) out.tenders[to].purses -= amount;
}

void add_lines(const schemas::Event& event, ReadDocument& out) {
  schemas::Sale sale;
  if (!sale.ParseFromString(event.payload())) return;
  const int lines = std::min({sale.item_size(), sale.quantity_size(), sale.amount_minor_size(),
                              sale.tax_minor_size(), lines_max});
  for (int i = 0; i < lines; ++i) {
    if (sale.amount_minor(i) > amount_minor_max || sale.tax_minor(i) > sale.amount_minor(i)) {
      out.document.lines_unread = true;
      out.document.lines.clear();
      break;
    }
    out.document.lines.push_back({sale.item(i), sale.quantity(i), std::nullopt,
                                  static_cast<Minor>(sale.amount_minor(i)),
                                  static_cast<Minor>(sale.tax_minor(i))});
  }
  for (const auto& part : sale.part()) {
    PursePrefix prefix{};
    if (part.size() != prefix.size() || out.parts.size() == parts_named_max) continue;
    std::copy(part.begin(), part.end(), prefix.begin());
    if (std::find(out.parts.begin(), out.parts.end(), prefix) == out.parts.end()) {
      out.parts.push_back(prefix);
    }
  }
}

class Reader {
 public:
  Reader(const Certificate& root, const Books& books) : root_(root), books_(books) {
    for (std::uint32_t i = 0; i < books.events.size(); ++i) {
      first_.try_emplace(books.events[i].log, i);
    }
  }

  // Of an open log, at the place of this event of the books.
  void begin(std::uint32_t log) {
    const BookedLog& booked = books_.logs[log];
    series_ = static_cast<std::uint32_t>(out.series.size());
    FiscalSeries series;
    series.log = booked;
    series.name = series_name(booked.author->alias, booked.name.log_class, booked.name.id());
    out.series.push_back(std::move(series));
    number_ = 0;
    contexts_.clear();
    known_.clear();
    last_ms_ = 0;
    auto& life = out.lives[{booked.name.certificate, booked.name.incarnation}];
    life.device = booked.author;
    life.incarnation = booked.name.incarnation;
    life_ = &life;
  }

  void read(std::uint32_t number, const schemas::Event& event) {
    const BookedEvent& booked = books_.events[number];
    const BookedLog& log = books_.logs[booked.log];
    const std::uint64_t at_ms = event.hlc() >> 16;
    ++out.series[series_].events;
    if (!log.branch) life_->at_ms.push_back(at_ms);
    if (log.name.log_class == LogClass::control) note_control(log, booked, event, at_ms);
    if (event.kind() == schemas::KIND_CONTEXT) {
      schemas::Context context;
      if (context.ParseFromString(event.payload())) {
        contexts_[booked.index + 1] = fixed<32>(context.festival_hash()).value_or(Hash{});
      }
    }
    if (event.kind() == schemas::KIND_SEEN && !log.branch) note_seen(event, log, at_ms);
    if (event.kind() != schemas::KIND_OPENED && event.kind() != schemas::KIND_SEEN) {
      last_ms_ = at_ms;  // what a commit adds of its own is no older than what it is for
    }
    if (takes_number(event.kind(), log.name.log_class)) note_document(number, event);
  }

  std::uint32_t first_event(std::uint32_t log) const {
    const auto found = first_.find(log);
    return found == first_.end() ? no_event : found->second;
  }

  ReadLogs out;

 private:
  void note_control(const BookedLog& log, const BookedEvent& booked, const schemas::Event& event,
                    std::uint64_t at_ms) {
    if (event.kind() == schemas::KIND_FESTIVAL) {
      schemas::SignedFestival change;
      if (!change.ParseFromString(event.payload())) return;
      out.settings.note(change, root_.festival, log.name.certificate == root_.hash);
      const auto [first, fresh] =
          out.settings_at_ms.try_emplace(sha256({change.festival()}), at_ms);
      if (!fresh) first->second = std::min(first->second, at_ms);
    }
    if (event.kind() == schemas::KIND_REVOCATION || event.kind() == schemas::KIND_FORK_PROOF ||
        event.kind() == schemas::KIND_PURSE_BLOCK) {  // what every device names once it knows it
      if (!log.branch) alerts_[log.id][booked.index] = at_ms;
    }
  }

  // Control logs are read before all others.
  void note_seen(const schemas::Event& event, const BookedLog& log, std::uint64_t at_ms) {
    schemas::Seen seen;
    if (!seen.ParseFromString(event.payload())) return;
    for (const auto& position : seen.known()) {
      const auto named = fixed<32>(position.log());
      const auto told = named ? alerts_.find(*named) : alerts_.end();
      if (told == alerts_.end()) continue;
      std::uint64_t& known = known_[*named];
      const auto news = told->second.lower_bound(known);
      if (news == told->second.end() || news->first >= position.size()) continue;
      known = position.size();
      const auto& [alias, stand] = std::tie(log.author->alias, log.author->stand);
      if (last_ms_ >= news->second + behind_ms_min) {
        out.behind.push_back({OutageKind::behind, alias, stand, news->second, last_ms_});
      }
      const auto newest = std::prev(told->second.lower_bound(position.size()));
      if (newest->second >= at_ms + clock_ms_min) {
        out.behind.push_back({OutageKind::clock, alias, stand, at_ms, newest->second});
      }
    }
  }

  void note_document(std::uint32_t number, const schemas::Event& event) {
    const BookedEvent& booked = books_.events[number];
    ReadDocument read = read_document(event, books_.currency);
    read.event = number;
    FiscalDocument& document = read.document;
    document.series = series_;
    document.id = booked.id;
    document.index = booked.index;
    document.staff = booked.staff;
    document.refers_to = booked.refers_to;
    if (!books_.logs[booked.log].branch) {
      document.number = ++number_;
      out.series[series_].documents = number_;
    }
    if (const auto named = contexts_.find(event.context()); named != contexts_.end()) {
      read.rules = named->second;
    }
    if (schemas::CashVoid target;
        event.kind() == schemas::KIND_CASH_VOID && target.ParseFromString(event.payload())) {
      read.target = EventPlace{fixed<32>(target.log()).value_or(Hash{}), target.index()};
    }
    out.documents.push_back(std::move(read));
  }

  const Certificate& root_;
  const Books& books_;
  std::map<std::uint32_t, std::uint32_t> first_;                   // log -> its first event
  std::map<Hash, std::map<std::uint64_t, std::uint64_t>> alerts_;  // control log: index -> time
  // Of the open log:
  std::uint32_t series_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t last_ms_ = 0;               // of its newest event that was not added to a commit
  std::map<std::uint64_t, Hash> contexts_;  // 1 + index -> settings
  std::map<Hash, std::uint64_t> known_;     // control log -> size it named
  LifeTimes* life_ = nullptr;
};

Status read_branches_again(const EventStore& store, const Books& books, Reader& reader) {
  auto stored = read_branches(store);
  if (!stored) return stored.error();
  std::set<std::uint32_t> used;
  schemas::Event event;
  for (const auto& branch : *stored) {
    if (branch.runs.empty() || branch.runs.front().events.empty()) continue;
    const Hash first = leaf_hash(branch.runs.front().events.front());
    for (std::uint32_t log = 0; log < books.logs.size(); ++log) {
      if (!books.logs[log].branch || books.logs[log].name != branch.log || used.contains(log)) {
        continue;
      }
      std::uint32_t at = reader.first_event(log);
      if (at == no_event || books.events[at].id != first) continue;
      used.insert(log);
      reader.begin(log);
      for (const auto& run : branch.runs) {
        for (const auto& bytes : run.events) {
          if (at >= books.events.size() || books.events[at].log != log) break;
          if (!parse_event(bytes, event)) event.Clear();
          reader.read(at++, event);
        }
      }
      break;
    }
  }
  return done();
}

}  // namespace

ReadDocument read_document(const schemas::Event& event, const std::string& currency) {
  ReadDocument out;
  out.document.kind = kind_of(event);
  out.document.at_ms = event.hlc() >> 16;
  for (const auto& posting : event.posting()) {
    if (posting.currency().empty() || posting.currency() == currency) {
      add_posting(posting, out.document);
    } else {
      out.document.other_currency = true;
    }
  }
  if (out.document.kind == DocumentKind::sale) add_lines(event, out);
  return out;
}

void set_rates(const schemas::Festival& settings, FiscalDocument& document) {
  for (auto& line : document.lines) {
    const schemas::Item* item = find_item(settings, line.item);
    if (item == nullptr) continue;
    line.rate_basis_points = item->tax_basis_points();
    const auto gross = static_cast<std::uint64_t>(line.gross_minor);
    document.tax_differs |=
        line.tax_minor != static_cast<Minor>(contained_tax_minor(gross, item->tax_basis_points()));
  }
}

Result<ReadLogs> read_fiscal_logs(const EventStore& store, const Certificate& root,
                                  const Books& books) {
  Reader reader(root, books);
  schemas::Event event;
  for (std::uint32_t log = 0; log < books.logs.size(); ++log) {
    if (books.logs[log].branch) continue;
    std::uint32_t at = reader.first_event(log);
    if (at == no_event) continue;
    std::uint64_t count = 0;  // what was folded: of a damaged log the sound beginning
    while (at + count < books.events.size() && books.events[at + count].log == log) ++count;
    reader.begin(log);
    auto status =
        store.read(books.logs[log].name, 0, count, [&](std::uint64_t, std::string_view bytes) {
          if (!parse_event(bytes, event)) event.Clear();
          reader.read(at++, event);
          return done();
        });
    if (!status) return status.error();
  }
  if (auto status = read_branches_again(store, books, reader); !status) return status.error();
  return std::move(reader.out);
}

}  // namespace verbena::ledger
