// SPDX-License-Identifier: Apache-2.0
#include "ledger/books.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace verbena::ledger {

namespace {

class Keeper {
 public:
  explicit Keeper(Books& books) : books_(books) { books_.staff.emplace_back(); }

  void open(const LogName& name, const Hash& id, bool branch) {
    log_ = static_cast<std::uint32_t>(books_.logs.size());
    books_.logs.push_back({name, id, books_.state->roster().find(name.certificate), branch});
    span_ = &spans_[id];
    contexts_.clear();
  }

  void note(std::uint64_t index, const Hash& id, const schemas::Event& event) {
    BookedEvent out;
    out.id = id;
    out.log = log_;
    out.index = index;
    out.kind = event.kind();
    out.hlc = event.hlc();
    out.purse = event.step().purse();
    out.counter = event.step().counter();
    note_payload(event, out);
    if (const auto named = contexts_.find(event.context()); named != contexts_.end()) {
      out.staff = named->second;
    }
    if (span_->count++ == 0) *span_ = {static_cast<std::uint32_t>(books_.events.size()), index, 1};
    books_.events.push_back(out);
  }

  const LogName* open_log() const {
    return books_.logs.empty() ? nullptr : &books_.logs[log_].name;
  }

  // Events of branches fold before they are noted, so places are looked up at the end.
  void post(const PostingSource& source, const Transfer& transfer) {
    sources_.push_back(source);
    books_.postings.push_back({no_event, source.purse, transfer});
  }

  Status close() {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i].gap) continue;
      const auto& [log, index] = sources_[i].place;
      const Span span = spans_[log];
      if (index < span.index || index - span.index >= span.count) {
        return Error{Errc::damaged, "books: what a damaged log posts has no event"};
      }
      books_.postings[i].event = span.event + static_cast<std::uint32_t>(index - span.index);
      ++books_.events[books_.postings[i].event].postings;
    }
    std::stable_sort(books_.postings.begin(), books_.postings.end(),
                     [](const auto& a, const auto& b) { return a.event < b.event; });
    for (auto& event : books_.events) {
      event.cause = books_.state->cause({books_.logs[event.log].id, event.index});
    }
    return done();
  }

 private:
  struct Span {  // the events of a log stand together
    std::uint32_t event = 0;
    std::uint64_t index = 0;
    std::uint64_t count = 0;
  };

  void note_payload(const schemas::Event& event, BookedEvent& out) {
    switch (event.kind()) {
      case schemas::KIND_CONTEXT: {
        schemas::Context context;
        if (!context.ParseFromString(event.payload())) break;
        const auto [known, fresh] = staff_numbers_.try_emplace(
            context.staff(), static_cast<std::uint32_t>(books_.staff.size()));
        if (fresh) books_.staff.push_back(context.staff());
        contexts_[out.index + 1] = known->second;
        break;
      }
      case schemas::KIND_SALE:
      case schemas::KIND_SALE_PREPARED: {
        schemas::Sale sale;
        if (!sale.ParseFromString(event.payload())) break;
        const int lines = std::min({sale.item_size(), sale.quantity_size(),
                                    sale.amount_minor_size(), sale.tax_minor_size(), lines_max});
        for (int i = 0; i < lines; ++i) {
          books_.sale_lines.push_back({static_cast<std::uint32_t>(books_.events.size()),
                                       static_cast<std::uint32_t>(i), sale.item(i),
                                       sale.quantity(i), sale.amount_minor(i), sale.tax_minor(i)});
        }
        break;
      }
      case schemas::KIND_DEPOSIT_RETURN:  // to a purse, by the grant it bears
      case schemas::KIND_GRANT: {
        schemas::Grant grant;
        if (!grant.ParseFromString(event.payload())) break;
        out.purse = grant.purse();
        out.refers_to = fixed<32>(grant.source_id()).value_or(Hash{});
        break;
      }
      case schemas::KIND_CASH_VOID: {
        schemas::CashVoid target;
        if (!target.ParseFromString(event.payload())) break;
        out.refers_to = fixed<32>(target.sale()).value_or(Hash{});
        break;
      }
      default: break;
    }
  }

  Books& books_;
  std::uint32_t log_ = 0;
  std::map<std::uint64_t, std::uint32_t> contexts_;  // of the open log: 1 + index -> staff
  std::map<std::string, std::uint32_t> staff_numbers_{{"", 0}};
  std::map<Hash, Span> spans_;
  Span* span_ = nullptr;
  std::vector<PostingSource> sources_;  // of books_.postings
};

// Other histories of forked logs: the replay folds them after all logs.
Status note_branches(const EventStore& store, const Replay& replayed, Keeper& keeper) {
  auto stored = read_branches(store);
  if (!stored) return stored.error();
  std::map<LogName, std::size_t> seen;
  schemas::Event event;
  for (const auto& branch : *stored) {
    const auto placed = replayed.branches.find(branch.log);
    const std::size_t number = seen[branch.log]++;
    if (placed == replayed.branches.end() || number >= placed->second.size()) continue;
    const Branch& history = placed->second[number];
    keeper.open(branch.log, history.id(branch.log.id()), true);
    for (const auto& run : branch.runs) {
      for (std::size_t i = 0; i < run.events.size(); ++i) {
        if (!parse_event(run.events[i], event)) event.Clear();
        keeper.note(run.first + i, history.leaves.at(run.first + i), event);
      }
    }
  }
  return done();
}

bool adds_up(const Books& books) {
  const auto& accounts = books.state->accounts().all();
  std::vector<__int128> sums(accounts.size());
  for (const auto& posting : books.postings) {
    sums[posting.transfer.from] -= posting.transfer.amount;
    sums[posting.transfer.to] += posting.transfer.amount;
  }
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    if (sums[i] != accounts[i].balance) return false;
  }
  return true;
}

}  // namespace

Result<Books> keep_books(const EventStore& store, const Certificate& root) {
  Books books;
  books.state = std::make_unique<State>(root);
  Keeper keeper(books);
  books.state->watch([&](const PostingSource& source, const Transfer& transfer) {
    keeper.post(source, transfer);
  });
  auto replayed = replay(
      store, {}, *books.state,
      [&](const LogName& log, std::uint64_t index, const Hash& id, const schemas::Event& event) {
        if (const auto* open = keeper.open_log(); open == nullptr || *open != log) {
          keeper.open(log, log.id(), false);
        }
        keeper.note(index, id, event);
      });
  books.state->watch({});
  if (!replayed) return replayed.error();
  if (auto status = note_branches(store, *replayed, keeper); !status) return status.error();
  books.state->visit_cells([&](const PostingSource& source, const Transfer& transfer) {
    keeper.post(source, transfer);
  });
  if (auto status = keeper.close(); !status) return status.error();
  if (!adds_up(books)) {
    return Error{Errc::internal, "books: the entries do not sum to the state's balances"};
  }
  if (const auto* settings = books.state->festival()) {
    books.currency = settings->currency();
    books.scale = settings->scale();
  }
  if (books.scale > books_scale_max) {
    return Error{Errc::bad_input, "books: the currency's scale is out of range"};
  }
  return books;
}

std::optional<std::uint32_t> item_of_unit(std::string_view unit) {
  if (!unit.starts_with('#')) return std::nullopt;
  std::uint32_t item = 0;
  const auto [end, error] = std::from_chars(unit.data() + 1, unit.data() + unit.size(), item);
  if (error != std::errc{} || unit.substr(1) != std::to_string(item)) return std::nullopt;
  return item;
}

std::string kind_name(schemas::Kind kind) {
  std::string name = schemas::Kind_Name(kind);
  if (!name.starts_with("KIND_")) return "kind-" + std::to_string(static_cast<int>(kind));
  name.erase(0, 5);
  for (char& c : name) c = c == '_' ? '-' : static_cast<char>(c - 'A' + 'a');
  return name;
}

std::string utc_text(std::uint64_t hlc) {
  constexpr std::uint64_t seconds_max = 253'402'300'799;  // the end of 9999
  const std::uint64_t seconds = std::min((hlc >> 16) / 1000, seconds_max);
  const std::chrono::year_month_day day{
      std::chrono::sys_days{std::chrono::days{static_cast<int>(seconds / 86'400)}}};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02uZ", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                static_cast<unsigned>(seconds / 3600 % 24),
                static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60));
  return text;
}

}  // namespace verbena::ledger
