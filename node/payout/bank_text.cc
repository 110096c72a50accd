// SPDX-License-Identifier: Apache-2.0
#include "node/payout/bank_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "node/festival_day.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

struct Country {
  std::string_view code;
  std::size_t length;  // of its IBANs
};

// The area's countries and territories with an IBAN of their own (registry of ISO 13616).
constexpr Country countries[] = {
    {"AD", 24}, {"AL", 28}, {"AT", 20}, {"BE", 16}, {"BG", 22}, {"CH", 21}, {"CY", 28},
    {"CZ", 24}, {"DE", 22}, {"DK", 18}, {"EE", 20}, {"ES", 24}, {"FI", 18}, {"FR", 27},
    {"GB", 22}, {"GI", 23}, {"GR", 27}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IS", 26},
    {"IT", 27}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"MC", 27}, {"MD", 24},
    {"ME", 22}, {"MK", 19}, {"MT", 31}, {"NL", 18}, {"NO", 15}, {"PL", 28}, {"PT", 25},
    {"RO", 24}, {"RS", 22}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"VA", 22}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

std::string compact(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') continue;
    out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return out;
}

bool checks(std::string_view iban) {
  unsigned rest = 0;
  for (std::size_t i = 0; i < iban.size(); ++i) {
    const char c = iban[(i + 4) % iban.size()];  // country and check digits stand last
    if (is_digit(c)) {
      rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
    } else {
      rest = (rest * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
    }
  }
  return rest == 1;
}

// What U+00C0 to U+017F become; one entry each, empty where it is no letter.
constexpr std::array<std::string_view, 0x180 - 0xC0> plain_letters = {
    "A", "A", "A",  "A",  "A", "A", "AE", "C",  "E",  "E", "E", "E", "I",  "I",  "I", "I", "D", "N",
    "O", "O", "O",  "O",  "O", "",  "O",  "U",  "U",  "U", "U", "Y", "TH", "ss", "a", "a", "a", "a",
    "a", "a", "ae", "c",  "e", "e", "e",  "e",  "i",  "i", "i", "i", "d",  "n",  "o", "o", "o", "o",
    "o", "",  "o",  "u",  "u", "u", "u",  "y",  "th", "y", "A", "a", "A",  "a",  "A", "a", "C", "c",
    "C", "c", "C",  "c",  "C", "c", "D",  "d",  "D",  "d", "E", "e", "E",  "e",  "E", "e", "E", "e",
    "E", "e", "G",  "g",  "G", "g", "G",  "g",  "G",  "g", "H", "h", "H",  "h",  "I", "i", "I", "i",
    "I", "i", "I",  "i",  "I", "i", "IJ", "ij", "J",  "j", "K", "k", "k",  "L",  "l", "L", "l", "L",
    "l", "L", "l",  "L",  "l", "N", "n",  "N",  "n",  "N", "n", "n", "N",  "n",  "O", "o", "O", "o",
    "O", "o", "OE", "oe", "R", "r", "R",  "r",  "R",  "r", "S", "s", "S",  "s",  "S", "s", "S", "s",
    "T", "t", "T",  "t",  "T", "t", "U",  "u",  "U",  "u", "U", "u", "U",  "u",  "U", "u", "U", "u",
    "W", "w", "Y",  "y",  "Y", "Z", "z",  "Z",  "z",  "Z", "z", "s"};

// The next character of UTF-8 (RFC 3629), taken off; nothing where the bytes are none.
std::optional<std::uint32_t> take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t more = lead < 0x80       ? 0
                           : lead >> 5 == 6  ? 1
                           : lead >> 4 == 14 ? 2
                           : lead >> 3 == 30 ? 3
                                             : 4;
  if (more == 4 || text.size() <= more) return std::nullopt;
  std::uint32_t out = more == 0 ? lead : lead & (0x3Fu >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if (next >> 6 != 2) return std::nullopt;
    out = out << 6 | (next & 0x3Fu);
  }
  constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (out < least[more]) return std::nullopt;
  text.remove_prefix(more + 1);
  return out;
}

std::optional<std::string> plain(std::uint32_t character) {
  constexpr std::string_view signs = "/-?:().,'+ ";
  if (character < 0x80) {
    const char c = static_cast<char>(character);
    const bool letter = is_capital(c) || (c >= 'a' && c <= 'z') || is_digit(c);
    if (letter || signs.find(c) != std::string_view::npos) return std::string(1, c);
    return std::nullopt;
  }
  if (character == 0x2019 || character == 0x02BC) return std::string("'");
  if (character == 0x2010 || character == 0x2013) return std::string("-");
  if (character == 0xA0) return std::string(" ");
  if (character == 0x218 || character == 0x21A) return std::string(character == 0x218 ? "S" : "T");
  if (character == 0x219 || character == 0x21B) return std::string(character == 0x219 ? "s" : "t");
  if (character == 0x1E9E) return std::string("SS");
  if (character < 0xC0 || character >= 0x180) return std::nullopt;
  const auto letters = plain_letters[character - 0xC0];
  if (letters.empty()) return std::nullopt;
  return std::string(letters);
}

void put_one_blank_at_most(std::string& out, const std::string& more) {
  if (more == " " && (out.empty() || out.back() == ' ')) return;
  out += more;
}

}  // namespace

Result<std::string> read_iban(std::string_view text) {
  if (text.size() > 64) return Error{Errc::bad_input, "the IBAN is too long"};
  std::string iban = compact(text);
  if (iban.size() < 5) return Error{Errc::bad_input, "the IBAN is too short"};
  if (!is_capital(iban[0]) || !is_capital(iban[1]) || !is_digit(iban[2]) || !is_digit(iban[3]) ||
      !std::all_of(iban.begin(), iban.end(), [](char c) { return is_digit(c) || is_capital(c); })) {
    return Error{Errc::bad_input,
                 "an IBAN is two letters, two digits, then letters and digits only"};
  }
  const auto* country = std::find_if(std::begin(countries), std::end(countries),
                                     [&](const auto& it) { return iban.starts_with(it.code); });
  if (country == std::end(countries)) {
    return Error{Errc::bad_input,
                 "the IBAN is of a country outside the Single Euro Payments Area: ask the office"};
  }
  if (iban.size() != country->length) {
    return Error{Errc::bad_input, "an IBAN of this country has " + std::to_string(country->length) +
                                      " characters, this has " + std::to_string(iban.size())};
  }
  if (!checks(iban)) {
    return Error{Errc::bad_input, "the IBAN's check digits do not fit: a character is wrong"};
  }
  return iban;
}

Result<std::string> read_bic(std::string_view text) {
  if (text.size() > 32) return Error{Errc::bad_input, "the BIC is too long"};
  std::string bic = compact(text);
  if (bic.empty()) return bic;
  const auto letters = [](char c) { return is_capital(c); };
  const auto any = [](char c) { return is_capital(c) || is_digit(c); };
  if ((bic.size() != 8 && bic.size() != 11) ||
      !std::all_of(bic.begin() + 4, bic.begin() + 6, letters) ||
      !std::all_of(bic.begin(), bic.end(), any)) {
    return Error{Errc::bad_input,
                 "a BIC has 8 or 11 letters and digits, the fifth and sixth of "
                 "which name the country"};
  }
  return bic;
}

Result<std::string> read_bank_name(std::string_view utf8, std::size_t most) {
  std::string out;
  if (utf8.size() > 4 * bank_text_max) return Error{Errc::bad_input, "the name is too long"};
  for (std::size_t number = 1; !utf8.empty(); ++number) {
    const auto character = take_character(utf8);
    const auto letters = character ? plain(*character) : std::nullopt;
    if (!letters) {
      return Error{Errc::bad_input, "character " + std::to_string(number) +
                                        " of the name is none that banks take: write the name in "
                                        "Latin letters, as the bank has it"};
    }
    put_one_blank_at_most(out, *letters);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  if (out.empty()) return Error{Errc::bad_input, "the name is empty"};
  if (out.size() > most) {
    return Error{Errc::bad_input, "the name has more than " + std::to_string(most) + " characters"};
  }
  return out;
}

std::string bank_text(std::string_view utf8, std::size_t most) {
  std::string out;
  while (!utf8.empty() && out.size() < most) {
    const auto character = take_character(utf8);
    if (!character) utf8.remove_prefix(1);
    put_one_blank_at_most(out, character ? plain(*character).value_or(".") : ".");
  }
  out.resize(std::min(out.size(), most));
  return out;
}

Result<std::string> read_date(std::string_view text) {
  if (text.empty()) return std::string();
  if (!parse_day(std::string(text)))
    return Error{Errc::bad_input, "a date is written as 2027-06-30"};
  return std::string(text);
}

Result<std::string> read_mail(std::string_view text) {
  if (text.empty()) return std::string();
  const auto at = text.find('@');
  const bool visible = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '<' && c != '>' && c != ',';
  });
  if (text.size() > mail_max || at == 0 || at == std::string_view::npos || at != text.rfind('@') ||
      at + 1 == text.size() || !visible) {
    return Error{Errc::bad_input, "that is no mail address"};
  }
  return std::string(text);
}

}  // namespace verbena::node
