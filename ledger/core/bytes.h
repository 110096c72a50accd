// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace verbena::ledger {

using Bytes = std::string;
using Hash = std::array<std::uint8_t, 32>;  // SHA-256
using PublicKey = std::array<std::uint8_t, 32>;
using SignatureBytes = std::array<std::uint8_t, 64>;

struct HashOf {  // the key is already uniform
  std::size_t operator()(const Hash& hash) const {
    std::size_t out;
    std::memcpy(&out, hash.data(), sizeof out);
    return out;
  }
};

template <std::size_t N>
std::string_view view(const std::array<std::uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

template <std::size_t N>
Bytes to_bytes(const std::array<std::uint8_t, N>& bytes) {
  return Bytes(view(bytes));
}

// Empty unless `bytes` has exactly N bytes.
template <std::size_t N>
std::optional<std::array<std::uint8_t, N>> fixed(std::string_view bytes) {
  if (bytes.size() != N) return std::nullopt;
  std::array<std::uint8_t, N> out;
  std::memcpy(out.data(), bytes.data(), N);
  return out;
}

// Big-endian, for keys that sort and for canonical forms.
void put_u8(Bytes& out, std::uint8_t value);
void put_u16(Bytes& out, std::uint16_t value);
void put_u32(Bytes& out, std::uint32_t value);
void put_u64(Bytes& out, std::uint64_t value);
void put_i128(Bytes& out, __int128 value);     // 16 bytes, two's complement
std::uint64_t get_be(std::string_view bytes);  // up to 8 bytes

// LEB128.
void put_varint(Bytes& out, std::uint64_t value);
std::optional<std::uint64_t> take_varint(std::string_view& in);

std::string hex(std::string_view bytes);
template <std::size_t N>
std::string hex(const std::array<std::uint8_t, N>& bytes) {
  return hex(view(bytes));
}
std::optional<Bytes> unhex(std::string_view text);  // lower or upper case, even length
std::string hex_u64(std::uint64_t value);           // 16 digits
std::optional<std::uint64_t> unhex_u64(std::string_view text);

}  // namespace verbena::ledger
