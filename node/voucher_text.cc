// SPDX-License-Identifier: Apache-2.0
#include "node/voucher_text.h"

#include "node/qr.h"

namespace verbena::node {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::string_view mark = "VV1:";
constexpr std::string_view space = " \t\r\n";
constexpr std::size_t id_digits_told = 8;

// What somebody else wrote, as text of an SVG.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += static_cast<unsigned char>(c) < ' ' ? '?' : c;
    }
  }
  return out;
}

std::string place_of(const ledger::Voucher& voucher, bool spanish) {
  switch (voucher.place) {
    case ledger::VoucherPlace::zone: return (spanish ? "zona " : "zone ") + voucher.where;
    case ledger::VoucherPlace::stand: return (spanish ? "puesto " : "stand ") + voucher.where;
    case ledger::VoucherPlace::festival: break;
  }
  return spanish ? "todo el festival" : "the whole festival";
}

}  // namespace

std::string voucher_text(std::string_view code) {
  return std::string(mark) + base45(code);
}

Result<Bytes> voucher_from_text(std::string_view text) {
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return Error{Errc::bad_input, "this is no voucher"};
  text = text.substr(first, text.find_last_not_of(space) + 1 - first);
  if (!text.starts_with(mark)) return Error{Errc::bad_input, "this is no voucher"};
  return from_base45(text.substr(mark.size()));
}

Result<std::string> voucher_card(std::string_view code, const std::string& worth, bool spanish) {
  const auto read = ledger::decode_code(code);
  if (!read) return read.error();
  auto square = qr_svg(voucher_text(code));
  if (!square) return square.error();
  constexpr std::string_view element = "<svg ";
  square->insert(element.size(), "x=\"4\" y=\"2\" width=\"42\" height=\"42\" ");
  const auto line = [](const char* y, const char* size, const std::string& text) {
    return std::string("<text x=\"25\" y=\"") + y + "\" font-size=\"" + size +
           "\" text-anchor=\"middle\" font-family=\"sans-serif\">" + escaped(text) + "</text>";
  };
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"50mm\" height=\"62mm\" "
         "viewBox=\"0 0 50 62\">" +
         *square + line("50", "6", worth) + line("55", "3.2", place_of(read->voucher, spanish)) +
         line("60", "3.2", ledger::voucher_id(read->body()).substr(0, id_digits_told)) + "</svg>\n";
}

}  // namespace verbena::node
