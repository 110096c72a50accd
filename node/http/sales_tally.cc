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

// What vouchers pay of a sale's goods.
std::uint64_t by_voucher_minor(const schemas::Event& event) {
  std::uint64_t out = 0;
  for (const auto& posting : event.posting()) {
    if (posting.from() == schemas::VOUCHER && posting.to() == schemas::STAND) {
      out += posting.amount_minor();
    }
  }
  return out;
}

}  // namespace

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
  const Sale sale{ledger::entering_minor(event, schemas::STAND), by_voucher_minor(event),
                  event.hlc()};
  switch (event.kind()) {
    case schemas::KIND_SALE: sold(author, sale.voucher_minor > 0 ? "voucher" : "cash", sale); break;
    case schemas::KIND_SALE_PREPARED:
      cursor.prepared[index] = sale;
      if (cursor.prepared.size() > prepared_max) cursor.prepared.erase(cursor.prepared.begin());
      break;
    case schemas::KIND_SALE_CONFIRMED: {
      schemas::Confirmed confirmed;
      if (!confirmed.ParseFromString(event.payload())) break;
      const auto found = cursor.prepared.find(confirmed.prepared());
      if (found == cursor.prepared.end()) break;
      sold(author, "purse", found->second);
      cursor.prepared.erase(found);
      break;
    }
    default: break;
  }
}

void SalesTally::sold(const ledger::Certificate& author, const std::string& tender,
                      const Sale& sale) {
  const std::uint64_t ms = std::min(wall_ms(sale.hlc), now_ms_);  // a clock ahead moves no window
  minutes_[ms / ms_per_minute].add(sale.amount_minor);
  if (minutes_.size() > minutes_kept_max) minutes_.erase(minutes_.begin());
  const bool mixed = sale.voucher_minor > 0 && sale.amount_minor > sale.voucher_minor;
  tenders_[tender].add(mixed ? sale.voucher_minor : sale.amount_minor);
  if (mixed) tenders_["cash"].amount_minor += sale.amount_minor - sale.voucher_minor;
  StandTally& stand = stands_[author.stand];
  stand.sold.add(sale.amount_minor);
  stand.last_sale_ms = std::max(stand.last_sale_ms, ms);
}

}  // namespace verbena::node::http
