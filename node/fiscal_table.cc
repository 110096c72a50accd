// SPDX-License-Identifier: Apache-2.0
#include "node/fiscal_table.h"

#include <algorithm>

#include "ledger/core/crypto.h"

namespace verbena::node {

using ledger::DocumentKind;
using ledger::Errc;
using ledger::Error;
using ledger::FiscalBook;
using ledger::FiscalDocument;
using ledger::Minor;
using ledger::Result;
using ledger::WideMinor;

namespace {

constexpr const char* z_version = "verbena-z-1";

// A field that a spreadsheet neither splits nor runs.
std::string cell(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  const bool number =
      text.size() > 1 && text[0] == '-' &&
      std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!text.empty() && !number && std::string_view("=+-@").find(text[0]) != std::string::npos) {
    text.insert(text.begin(), '\'');
  }
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string line(const std::vector<std::string>& cells) {
  std::string out;
  for (const auto& one : cells) out += (&one == &cells.front() ? "" : ",") + cell(one);
  return out + "\r\n";
}

std::string whole(WideMinor value) {
  return ledger::format_decimal(value, 0);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ";") + word;
  return out;
}

std::string time_text(std::uint64_t at_ms) {
  return ledger::utc_text(at_ms << 16);
}

class Writer {
 public:
  Writer(const ZChain& chain, const ZReport& report) : chain_(chain), report_(report) {}

  std::string write() {
    out_ = line({"section", "name", "first", "last", "count", "amount_minor", "tax_minor",
                 "net_minor", "note"});
    head();
    series();
    sums();
    numbers();
    for (const auto& drop : report_.day.drops) {
      row("cash-drop", drop.device, time_text(drop.at_ms), "", "", whole(drop.amount_minor));
    }
    for (const auto& outage : report_.outages) {
      row("outage", outage.device, time_text(outage.from_ms), time_text(outage.until_ms), "", "",
          "", "", ledger::outage_kind_name(outage.kind));
    }
    return std::move(out_);
  }

 private:
  void row(const std::string& section, const std::string& name, const std::string& first = {},
           const std::string& last = {}, const std::string& count = {},
           const std::string& amount = {}, const std::string& tax = {}, const std::string& net = {},
           const std::string& note = {}) {
    out_ += line({section, name, first, last, count, amount, tax, net, note});
  }

  void vat(const std::string& section, const std::string& name, const ledger::VatSums& sums) {
    row(section, name, "", "", std::to_string(sums.count), whole(sums.gross_minor),
        whole(sums.tax_minor), whole(sums.net_minor()));
  }

  void head() {
    const FiscalBook& book = chain_.book;
    const auto& day = report_.day;
    row("report", z_version);
    row("festival", book.festival);
    row("currency", book.currency, "", "", std::to_string(book.scale));
    row("day", day_text(day.day), time_text(chain_.days.start_ms(day.day)),
        time_text(chain_.days.start_ms(day.day + 1)), "", "", "", "", chain_.days.text());
    if (!chain_.scope.stand.empty()) row("stand", chain_.scope.stand);
    if (!chain_.scope.device.empty()) row("device", chain_.scope.device);
    row("z", "", "", "", std::to_string(day.number));
    row("previous", report_.previous);
  }

  void series() {
    for (const auto& one : report_.day.series) {
      const auto& series = chain_.book.series[one.series];
      const bool own = one.first > 0;
      row("series", series.name, own ? std::to_string(one.first) : "",
          own ? std::to_string(one.last) : "", std::to_string(one.numbers),
          whole(one.counted.gross_minor), whole(one.counted.tax_minor),
          whole(one.counted.net_minor()), joined(remarks_of(series, one)));
    }
  }

  void sums() {
    const auto& day = report_.day;
    for (const auto& [kind, sums] : day.kinds) vat("kind", document_kind_name(kind), sums);
    for (const auto& [rate, sums] : day.rates) vat("rate", rate_text(rate), sums);
    vat("total", "", day.total);
    for (const auto& [tender, amounts] : day.tenders) {
      const std::pair<const char*, WideMinor> all[] = {{"goods", amounts.goods},
                                                       {"tips", amounts.tips},
                                                       {"deposits", amounts.deposits},
                                                       {"fees", amounts.fees},
                                                       {"purses", amounts.purses}};
      for (const auto& [section, amount] : all) {
        if (amount != 0) row(section, tender, "", "", "", whole(amount));
      }
    }
    row("parts", "paid", "", "", "", whole(day.parts_minor));
    row("parts", "used", "", "", "", whole(day.from_parts_minor));
    row("difference", "", "", "", "", whole(day.difference_minor));
    vat("until-now", "sales", day.sales_until_now);
    vat("until-now", "credit-notes", day.credit_notes_until_now);
  }

  // What does not count, and what wants an explanation.
  void numbers() {
    for (const auto at : report_.day.documents) {
      const FiscalDocument& document = chain_.book.documents[at];
      const auto remarks = remarks_of(document);
      if (remarks.empty()) continue;
      row("number", receipt_name(chain_.book, document), ledger::hex(document.id),
          time_text(document.at_ms), "", whole(paid_minor(document)), whole(document.tax_minor()),
          "", document_kind_name(document.kind) + (";" + joined(remarks)));
    }
  }

  const ZChain& chain_;
  const ZReport& report_;
  std::string out_;
};

bool fits(WideMinor value) {
  return value >= INT64_MIN && value <= INT64_MAX;
}

bool fits(const ledger::VatSums& sums) {
  return fits(sums.gross_minor) && fits(sums.tax_minor) && fits(sums.net_minor());
}

bool fits(const ledger::FiscalDay& day) {
  bool all = fits(day.total) && fits(day.parts_minor) && fits(day.from_parts_minor) &&
             fits(day.difference_minor) && fits(day.sales_until_now) &&
             fits(day.credit_notes_until_now);
  for (const auto& one : day.series) all &= fits(one.counted);
  for (const auto& [kind, sums] : day.kinds) all &= fits(sums);
  for (const auto& [rate, sums] : day.rates) all &= fits(sums);
  for (const auto& [tender, amounts] : day.tenders) {
    all &= fits(amounts.goods) && fits(amounts.tips) && fits(amounts.deposits) &&
           fits(amounts.fees) && fits(amounts.purses);
  }
  return all;
}

}  // namespace

std::string receipt_name(const FiscalBook& book, const FiscalDocument& document) {
  const std::string& series = book.series[document.series].name;
  if (document.number == 0) return series + "/?" + ledger::hex(document.id).substr(0, 16);
  return series + "/" + std::to_string(document.number);
}

std::vector<std::string> remarks_of(const FiscalDocument& document) {
  std::vector<std::string> out;
  if (document.state != ledger::NumberState::counts) {
    out.emplace_back(number_state_name(document.state));
  }
  if (!document.cause.empty()) out.push_back(document.cause);
  const std::pair<bool, const char*> all[] = {{document.number == 0, "other-history"},
                                              {document.lines_unread, "lines-unread"},
                                              {document.tax_differs, "tax-differs"},
                                              {document.partly_void, "partly-void"},
                                              {document.other_currency, "other-currency"},
                                              {document.before_sale, "before-sale"},
                                              {document.difference_minor() != 0, "price-differs"}};
  for (const auto& [so, name] : all) {
    if (so) out.emplace_back(name);
  }
  return out;
}

std::vector<std::string> remarks_of(const ledger::FiscalSeries& series,
                                    const ledger::SeriesDay& day) {
  std::vector<std::string> out;
  if (series.log.branch) out.emplace_back("other-history");
  if (series.ambiguous) out.emplace_back("ambiguous");
  if (day.broken()) out.emplace_back("numbers-of-other-days-between");
  if (series.contested_from > 0 && day.last >= series.contested_from) {
    out.push_back("contested-from=" + std::to_string(series.contested_from));
  }
  if (series.events_known > series.events) {
    out.push_back("events-missing=" + std::to_string(series.events_known - series.events));
  }
  return out;
}

std::string rate_text(const std::optional<std::uint32_t>& rate_basis_points) {
  return rate_basis_points ? ledger::format_decimal(*rate_basis_points, 2) : "unknown";
}

Minor paid_minor(const FiscalDocument& document) {
  ledger::TenderAmounts<Minor> sum;
  for (const auto& [tender, amounts] : document.tenders) add_tender(sum, amounts);
  return sum.goods + sum.tips + sum.deposits + sum.fees + sum.purses;
}

Result<ZChain> z_chain(FiscalBook book, const ledger::FiscalScope& scope) {
  auto days = FestivalDays::of(book.time_zone, book.day_starts_minute);
  if (!days) return days.error();
  ZChain out{std::move(book), scope, days.take(), {}};
  auto all = fiscal_days(out.book, scope, [&](std::uint64_t ms) { return out.days.day_of(ms); });
  std::string previous;
  for (auto& day : all) {
    if (!fits(day)) {
      return Error{Errc::bad_input, day_text(day.day) + ": a sum does not fit 64 bits"};
    }
    ZReport report;
    const std::uint64_t from = out.days.start_ms(day.day), until = out.days.start_ms(day.day + 1);
    for (const auto& outage : out.book.outages) {
      if (scope.has(outage.device, outage.stand) && outage.from_ms < until &&
          outage.until_ms >= from) {
        report.outages.push_back(outage);
      }
    }
    report.day = std::move(day);
    report.previous = previous;
    report.table = Writer(out, report).write();
    report.hash = ledger::hex(ledger::sha256({report.table}));
    previous = report.hash;
    out.reports.push_back(std::move(report));
  }
  return out;
}

std::string z_csv(const ZReport& report) {
  return report.table + line({"hash", report.hash, "", "", "", "", "", "", ""});
}

std::string receipts_csv(const ZChain& chain, const ledger::FiscalDay& day) {
  std::string out = line({"receipt", "kind", "state", "cause", "time", "device", "stand", "staff",
                          "event", "refers_to", "paid_minor", "line", "sku", "quantity", "rate",
                          "gross_minor", "tax_minor", "net_minor"});
  for (const auto at : day.documents) {
    const FiscalDocument& document = chain.book.documents[at];
    const auto& author = *chain.book.series[document.series].log.author;
    std::vector<std::string> row{
        receipt_name(chain.book, document),
        document_kind_name(document.kind),
        number_state_name(document.state),
        document.cause,
        time_text(document.at_ms),
        author.alias,
        author.stand,
        chain.book.staff[document.staff],
        ledger::hex(document.id),
        document.refers_to == ledger::Hash{} ? "" : ledger::hex(document.refers_to),
        whole(paid_minor(document))};
    const std::size_t own = row.size();
    for (std::size_t i = 0; i < std::max<std::size_t>(1, document.lines.size()); ++i) {
      row.resize(own);
      if (i < document.lines.size()) {
        const auto& sold = document.lines[i];
        const auto sku = chain.book.skus.find(sold.item);
        row.insert(
            row.end(),
            {std::to_string(i + 1),
             sku == chain.book.skus.end() ? "#" + std::to_string(sold.item) : sku->second,
             whole(sold.quantity), rate_text(sold.rate_basis_points), whole(sold.gross_minor),
             whole(sold.tax_minor), whole(sold.gross_minor - sold.tax_minor)});
      } else {
        row.resize(own + 7);
      }
      out += line(row);
    }
  }
  return out;
}

}  // namespace verbena::node
