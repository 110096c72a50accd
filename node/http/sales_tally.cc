// SPDX-License-Identifier: Apache-2.0
#include "node/http/sales_tally.h"

#include <algorithm>

#include "ledger/rules.h"

namespace verbena::node::http {

namespace {

constexpr std::uint64_t ms_per_minute = 60'000;

std::uint64_t wall_ms(std::uint64_t hlc) {
  return hlc >> 16;
}

}  // namespace

std::int64_t CountTally::moved_since() const {
  std::int64_t out = 0;
  for (auto it = moved.upper_bound(hlc); it != moved.end(); ++it) out += it->second;
  return out;
}

void SalesTally::pull(ledger::Ledger& ledger, std::uint64_t now_ms) {
  now_ms_ = now_ms;
  const std::uint64_t now = ledger.news();
  for (const auto& log : ledger.logs(news_)) {
    if (log.name.log_class != ledger::LogClass::trade) continue;
    const auto author = ledger.author(log.name.certificate);
    if (author == nullptr) continue;
    Cursor& cursor = cursors_[log.name];
    while (cursor.size < log.head.size) {
      auto runs = ledger.read(log.name, cursor.size, pull_bytes_max);
      if (!runs || runs->empty()) break;
      for (const auto& run : *runs) {
        for (const auto& bytes : run.events) {
          schemas::Event event;
          if (ledger::parse_event(bytes, event)) take(cursor, cursor.size, *author, event);
          ++cursor.size;
        }
      }
    }
  }
  news_ = now;
}

void SalesTally::take(Cursor& cursor, std::uint64_t index, const ledger::Certificate& author,
                      const schemas::Event& event) {
  Sale sale{0, event.hlc(), event};
  for (const auto& posting : event.posting()) {
    if (posting.to() == schemas::STAND) sale.amount_minor += posting.amount_minor();
  }
  switch (event.kind()) {
    case schemas::KIND_SALE:
      sold(author, "cash", sale);
      move(author, event);
      break;
    case schemas::KIND_SALE_PREPARED:
      cursor.prepared[index] = std::move(sale);
      if (cursor.prepared.size() > prepared_max) cursor.prepared.erase(cursor.prepared.begin());
      break;
    case schemas::KIND_SALE_CONFIRMED: {
      schemas::Confirmed confirmed;
      if (!confirmed.ParseFromString(event.payload())) break;
      const auto found = cursor.prepared.find(confirmed.prepared());
      if (found == cursor.prepared.end()) break;
      sold(author, "purse", found->second);
      move(author, found->second.event);
      cursor.prepared.erase(found);
      break;
    }
    case schemas::KIND_STOCK:
      move(author, event);
      note_count(author, event);
      break;
    default: move(author, event);
  }
}

void SalesTally::sold(const ledger::Certificate& author, const std::string& tender,
                      const Sale& sale) {
  const std::uint64_t ms = std::min(wall_ms(sale.hlc), now_ms_);  // a clock ahead moves no window
  minutes_[ms / ms_per_minute].add(sale.amount_minor);
  if (minutes_.size() > minutes_kept_max) minutes_.erase(minutes_.begin());
  tenders_[tender].add(sale.amount_minor);
  StandTally& stand = stands_[author.stand];
  stand.sold.add(sale.amount_minor);
  stand.last_sale_ms = std::max(stand.last_sale_ms, ms);
}

void SalesTally::move(const ledger::Certificate& author, const schemas::Event& event) {
  for (const auto& moved : event.move()) {
    const std::string& own = ledger::holder_of(author);
    for (int i = 0; i < moved.item_size() && i < moved.quantity_size(); ++i) {
      const auto units = static_cast<std::int64_t>(moved.quantity(i));
      if (moved.from() == schemas::HOLDER) {
        const auto& holder = moved.from_id().empty() ? own : moved.from_id();
        note_move({holder, moved.item(i)}, event.hlc(), -units);
      }
      if (moved.to() == schemas::HOLDER) {
        const auto& holder = moved.to_id().empty() ? own : moved.to_id();
        note_move({holder, moved.item(i)}, event.hlc(), units);
      }
    }
  }
}

void SalesTally::note_move(const Key& key, std::uint64_t hlc, std::int64_t units) {
  CountTally& count = counts_[key];
  if (hlc <= count.hlc) return;  // the count has seen it
  count.moved[hlc] += units;
  if (count.moved.size() > moves_max) count.moved.erase(count.moved.begin());
}

void SalesTally::note_count(const ledger::Certificate& author, const schemas::Event& event) {
  schemas::StockNote note;
  if (!note.ParseFromString(event.payload()) || note.action() != schemas::COUNT) return;
  const std::string& holder = note.holder().empty() ? ledger::holder_of(author) : note.holder();
  for (int i = 0; i < note.item_size() && i < note.counted_size(); ++i) {
    CountTally& count = counts_[{holder, note.item(i)}];
    if (event.hlc() <= count.hlc) continue;
    count.counted = note.counted(i);
    count.hlc = event.hlc();
    count.moved.erase(count.moved.begin(), count.moved.upper_bound(event.hlc()));
  }
}

const CountTally* SalesTally::count(const std::string& holder, std::uint32_t item) const {
  const auto found = counts_.find({holder, item});
  return found == counts_.end() || found->second.hlc == 0 ? nullptr : &found->second;
}

}  // namespace verbena::node::http
