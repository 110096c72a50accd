// SPDX-License-Identifier: Apache-2.0
#include "ledger/fiscal_day.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

void add(const FiscalDocument& document, VatSums& sums) {
  ++sums.count;
  sums.gross_minor += document.gross_minor();
  sums.tax_minor += document.tax_minor();
}

void note_number(const FiscalDocument& document, std::map<std::uint32_t, SeriesDay>& all) {
  SeriesDay& day = all[document.series];
  day.series = document.series;
  if (document.number > 0) {
    day.first = day.first == 0 ? document.number : std::min(day.first, document.number);
    day.last = std::max(day.last, document.number);
    ++day.numbers;
  }
  if (document.state == NumberState::counts) add(document, day.counted);
}

void note_counted(const FiscalDocument& document, FiscalDay& day) {
  add(document, day.total);
  add(document, day.kinds[document.kind]);
  for (const auto& line : document.lines) {
    VatSums& rate = day.rates[line.rate_basis_points];
    ++rate.count;
    rate.gross_minor += line.gross_minor;
    rate.tax_minor += line.tax_minor;
  }
  for (const auto& [tender, amounts] : document.tenders) {
    add_tender(day.tenders[tender], amounts);
  }
  if (document.kind == DocumentKind::part || document.voids_part) {
    day.parts_minor += document.goods_minor();
  }
  day.from_parts_minor += document.from_parts_minor;
  day.difference_minor += document.difference_minor();
}

}  // namespace

std::vector<FiscalDay> fiscal_days(const FiscalBook& book, const FiscalScope& scope,
                                   const std::function<std::int64_t(std::uint64_t)>& day_of) {
  std::map<std::int64_t, FiscalDay> days;
  for (std::size_t i = 0; i < book.documents.size(); ++i) {
    const FiscalDocument& document = book.documents[i];
    const Certificate& author = *book.series[document.series].log.author;
    if (scope.has(author.alias, author.stand)) {
      days[day_of(document.at_ms)].documents.push_back(i);
    }
  }
  for (const auto& drop : book.drops) {
    if (scope.has(drop.device, drop.stand)) days[day_of(drop.at_ms)].drops.push_back(drop);
  }
  std::vector<FiscalDay> out;
  VatSums sales, credit_notes;
  for (auto& [number, day] : days) {
    day.day = number;
    day.number = out.size() + 1;
    std::map<std::uint32_t, SeriesDay> series;
    for (const auto at : day.documents) {
      const FiscalDocument& document = book.documents[at];
      note_number(document, series);
      if (document.state != NumberState::counts) continue;
      note_counted(document, day);
      if (document.kind == DocumentKind::credit_note) add(document, credit_notes);
      if (document.kind == DocumentKind::sale) add(document, sales);
    }
    for (const auto& [at, one] : series) day.series.push_back(one);
    std::sort(day.series.begin(), day.series.end(), [&](const auto& a, const auto& b) {
      return std::tie(book.series[a.series].name, a.series) <
             std::tie(book.series[b.series].name, b.series);
    });
    day.sales_until_now = sales;
    day.credit_notes_until_now = credit_notes;
    out.push_back(std::move(day));
  }
  return out;
}

}  // namespace verbena::ledger
