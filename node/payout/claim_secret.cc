// SPDX-License-Identifier: Apache-2.0
#include "node/payout/claim_secret.h"

#include "ledger/core/sealed.h"

namespace verbena::node {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's base 32
constexpr std::size_t secret_digits = 26, check_digits = 2, group = 4;

// A row of bits, the greatest first, five to a digit; the last is filled up with zeros.
std::string in_digits(std::string_view bytes, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    unsigned value = 0;
    for (std::size_t bit = 5 * i; bit < 5 * i + 5; ++bit) {
      const unsigned byte =
          bit / 8 < bytes.size() ? static_cast<unsigned char>(bytes[bit / 8]) : 0u;
      value = value << 1 | (byte >> (7 - bit % 8) & 1u);
    }
    out.push_back(digits[value]);
  }
  return out;
}

std::string check_of(const ClaimSecret& secret) {
  const auto hash = ledger::sha256({"verbena-claim-check-v1", ledger::view(secret)});
  return in_digits(ledger::view(hash), check_digits);
}

std::string grouped(std::string_view text, char between) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != 0 && i % group == 0) out.push_back(between);
    out.push_back(text[i]);
  }
  return out;
}

}  // namespace

ClaimSecret claim_secret(const ClaimKey& key, std::uint64_t festival, std::uint64_t purse) {
  Bytes message = "verbena-claim-secret-v1";
  ledger::put_u64(message, festival);
  ledger::put_u64(message, purse);
  return *ledger::fixed<16>(ledger::keyed_hash(ledger::view(key), message, 16));
}

std::string secret_text(const ClaimSecret& secret) {
  return grouped(in_digits(ledger::view(secret), secret_digits) + check_of(secret), '-');
}

Result<ClaimSecret> read_secret(std::string_view text) {
  const Error mistyped{Errc::bad_input,
                       "the secret is mistyped: it has 28 letters and digits in groups of four"};
  ClaimSecret out{};
  std::string typed;
  for (char c : text) {
    if (c == ' ' || c == '-') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    const auto value = digits.find(c);
    if (value == std::string_view::npos || typed.size() == secret_digits + check_digits) {
      return mistyped;
    }
    const std::size_t number = typed.size();
    typed.push_back(c);
    for (std::size_t i = 0; i < 5 && number < secret_digits; ++i) {
      const std::size_t bit = 5 * number + i;
      if ((value >> (4 - i) & 1u) == 0) continue;
      if (bit / 8 >= out.size()) return mistyped;
      out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] | 0x80u >> bit % 8);
    }
  }
  if (typed.size() != secret_digits + check_digits ||
      typed.substr(secret_digits) != check_of(out)) {
    return mistyped;
  }
  return out;
}

std::string number_text(std::uint64_t purse) {
  return grouped(ledger::hex_u64(purse), ' ');
}

Result<std::uint64_t> read_number(std::string_view text) {
  std::string typed;
  for (const char c : text) {
    if (c != ' ' && c != '-') typed.push_back(c);
  }
  const auto purse = ledger::unhex_u64(typed);
  if (!purse) return Error{Errc::bad_input, "the number has 16 digits, 0 to 9 and a to f"};
  return *purse;
}

}  // namespace verbena::node
