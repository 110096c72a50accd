// SPDX-License-Identifier: Apache-2.0
#include "node/demo/trace.h"

#include <algorithm>
#include <map>
#include <set>

#include "ledger/core/certificate.h"
#include "ledger/core/money.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::string_view header = "time,stand,customer,sku,quantity";
constexpr std::size_t rows_max = 2'000'000;
constexpr std::uint64_t quantity_max = 10'000;

// "2027-08-06T18:00:00"; fractions and zones are refused: they would not sort as text.
bool is_local_time(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    const bool blank = form[i] == 'T' && text[i] == ' ';
    if (form[i] == 'd' ? !digit : text[i] != form[i] && !blank) return false;
  }
  const auto part = [&](std::size_t at) { return *ledger::parse_decimal(text.substr(at, 2), 0); };
  return part(5) >= 1 && part(5) <= 12 && part(8) >= 1 && part(8) <= 31 && part(11) <= 23 &&
         part(14) <= 59 && part(17) <= 60;
}

std::vector<std::string_view> fields_of(std::string_view row) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto comma = row.find(',');
    out.push_back(row.substr(0, comma));
    if (comma == std::string_view::npos) return out;
    row.remove_prefix(comma + 1);
  }
}

}  // namespace

Result<std::vector<TracedSale>> read_trace(const std::string& text, const std::string& name) {
  std::map<std::tuple<std::string, std::string, std::string>, TracedSale> sales;
  std::string_view rest = text;
  std::size_t number = 0;
  const auto wrong = [&](const std::string& what) {
    return Error{Errc::bad_input, name + ":" + std::to_string(number) + ": " + what};
  };
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    std::string_view row = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (row.ends_with('\r')) row.remove_suffix(1);
    if (++number == 1) {
      if (row != header) return wrong("the first line must be " + std::string(header));
      continue;
    }
    if (row.empty() && rest.empty()) break;
    if (number > rows_max) return wrong("too many rows");
    const auto fields = fields_of(row);
    if (fields.size() != 5) return wrong("a row has five fields");
    const std::string time(fields[0]), stand(fields[1]), customer(fields[2]), sku(fields[3]);
    if (!is_local_time(time))
      return wrong("\"" + time + "\" is no time such as 2027-08-06T18:00:00");
    if (!ledger::is_alias(stand)) return wrong("\"" + stand + "\" must match [a-z0-9-]{1,32}");
    if (customer.size() > 64) return wrong("the customer is longer than 64 characters");
    if (!ledger::is_alias(sku)) return wrong("\"" + sku + "\" must match [a-z0-9-]{1,32}");
    const auto quantity = ledger::parse_decimal(fields[4], 0);
    if (!quantity || *quantity == 0 || *quantity > quantity_max) {
      return wrong("\"" + std::string(fields[4]) + "\" is no quantity from 1 to 10000");
    }
    TracedSale& sale = sales[{time, stand, customer}];
    sale.time = time;
    sale.stand = stand;
    sale.customer = customer;
    sale.lines.emplace_back(sku, static_cast<std::uint32_t>(*quantity));
    if (sale.lines.size() > 64) return wrong("a sale has more than 64 rows");
  }
  if (sales.empty()) {
    number = std::max<std::size_t>(number, 1);
    return wrong("there are no sales in it");
  }
  std::vector<TracedSale> out;
  for (auto& [key, sale] : sales) out.push_back(std::move(sale));
  return out;
}

std::string festival_for(const std::vector<TracedSale>& trace) {
  std::set<std::string> stands, skus;
  for (const auto& sale : trace) {
    stands.insert(sale.stand);
    for (const auto& [sku, quantity] : sale.lines) skus.insert(sku);
  }
  std::string out =
      "name = \"Trace\"\nid = \"trace\"\ncurrency = \"EUR\"\n"
      "[limits]\nunwitnessed_count = 60\nvoid_without_approval = \"20.00\"\n";
  std::string list;
  for (const auto& sku : skus) {
    out += "[[item]]\nsku = \"" + sku + "\"\nprice = \"1.00\"\n";
    list += (list.empty() ? "\"" : ", \"") + sku + "\"";
  }
  std::size_t i = 0;
  for (const auto& stand : stands) {
    out += "[[stand]]\nname = \"" + stand + "\"\nzone = \"" +
           (i++ < stands.size() / 2 ? "norte" : "sur") + "\"\nitems = [" + list + "]\n";
  }
  return out;
}

}  // namespace verbena::node
