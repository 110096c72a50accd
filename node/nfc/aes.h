// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/bytes.h"

// AES-128 as the better chips use it. OpenSSL is included in the source alone.
namespace verbena::node::nfc {

constexpr std::size_t block_bytes = 16;
constexpr std::size_t short_mac_bytes = 8;
using AesKey = std::array<std::uint8_t, block_bytes>;
using AesBlock = std::array<std::uint8_t, block_bytes>;

// CBC over whole blocks, without padding.
ledger::Bytes aes_encrypt(const AesKey& key, const AesBlock& iv, std::string_view blocks);
ledger::Bytes aes_decrypt(const AesKey& key, const AesBlock& iv, std::string_view blocks);

AesBlock aes_cmac(const AesKey& key, std::string_view message);  // NIST SP 800-38B, RFC 4493
// Bytes 1, 3 ... 15 of the CMAC: what DESFire and NTAG 424 send of it (NXP AN12343).
ledger::Bytes short_mac(const AesKey& key, std::string_view message);

// ISO/IEC 9797-1 padding method 2: 80, then zeros up to whole blocks; always at least one byte.
ledger::Bytes pad(std::string_view bytes);
std::optional<ledger::Bytes> unpad(std::string_view blocks);  // empty: not padded so

// A key of one chip's own from a festival's (NXP AN10922, AES-128). `input` has 16 to 31 bytes and
// begins with the chip's serial number; shorter inputs are padded otherwise there.
AesKey diversify(const AesKey& key, std::string_view input);

}  // namespace verbena::node::nfc
