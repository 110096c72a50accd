// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/bytes.h"

namespace verbena::ledger {

namespace {

void put_be(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void put_u8(Bytes& out, std::uint8_t value) {
  put_be(out, value, 1);
}
void put_u16(Bytes& out, std::uint16_t value) {
  put_be(out, value, 2);
}
void put_u32(Bytes& out, std::uint32_t value) {
  put_be(out, value, 4);
}
void put_u64(Bytes& out, std::uint64_t value) {
  put_be(out, value, 8);
}

void put_i128(Bytes& out, __int128 value) {
  const auto bits = static_cast<unsigned __int128>(value);
  put_u64(out, static_cast<std::uint64_t>(bits >> 64));
  put_u64(out, static_cast<std::uint64_t>(bits));
}

std::uint64_t get_be(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

void put_varint(Bytes& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> take_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (in.empty()) return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    if (shift == 63 && byte > 1) return std::nullopt;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

std::optional<Bytes> unhex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = nibble(text[i]), low = nibble(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

std::string hex_u64(std::uint64_t value) {
  Bytes bytes;
  put_u64(bytes, value);
  return hex(bytes);
}

std::optional<std::uint64_t> unhex_u64(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  const auto bytes = unhex(text);
  if (!bytes) return std::nullopt;
  return get_be(*bytes);
}

}  // namespace verbena::ledger
