// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/lrp.h"

#include "ledger/core/result.h"

namespace verbena::node::nfc {

using ledger::Bytes;

namespace {

AesBlock filled(std::uint8_t byte) {
  AesBlock out;
  out.fill(byte);
  return out;
}

AesBlock encrypt_one(const AesKey& key, const AesBlock& block) {
  return *ledger::fixed<block_bytes>(aes_encrypt(key, {}, ledger::view(block)));
}

// Times x in the field of 2^128, as in CMAC.
AesBlock doubled(const AesBlock& block) {
  AesBlock out;
  for (std::size_t i = 0; i < block_bytes; ++i) {
    const int next = i + 1 < block_bytes ? block[i + 1] >> 7 : 0;
    out[i] = static_cast<std::uint8_t>(block[i] << 1 | next);
  }
  if ((block[0] & 0x80) != 0) out.back() = static_cast<std::uint8_t>(out.back() ^ 0x87);
  return out;
}

Bytes mixed(std::string_view a, std::string_view b) {
  Bytes out(a);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ b[i]);
  return out;
}

}  // namespace

Lrp::Lrp(const AesKey& key, std::size_t number) {
  const AesBlock fives = filled(0x55), tens = filled(0xaa);
  AesKey chain = encrypt_one(key, fives);
  for (auto& plaintext : plaintexts_) {
    plaintext = encrypt_one(chain, tens);
    chain = encrypt_one(chain, fives);
  }
  chain = encrypt_one(key, tens);
  for (std::size_t i = 0; i < number; ++i) chain = encrypt_one(chain, fives);
  updated_ = encrypt_one(chain, tens);
}

AesBlock Lrp::evaluate(std::string_view bytes, bool last) const {
  AesBlock out = updated_;
  for (const char byte : bytes) {
    out = encrypt_one(out, plaintexts_[static_cast<std::uint8_t>(byte) >> 4]);
    out = encrypt_one(out, plaintexts_[byte & 0x0f]);
  }
  return last ? encrypt_one(out, {}) : out;
}

AesBlock Lrp::cmac(std::string_view message) const {
  const AesBlock whole = doubled(evaluate(Bytes(block_bytes, '\0')));
  const AesBlock padded = doubled(whole);
  AesBlock state{};
  while (message.size() > block_bytes) {
    state = evaluate(mixed(message.substr(0, block_bytes), ledger::view(state)));
    message.remove_prefix(block_bytes);
  }
  const bool is_whole = message.size() == block_bytes;
  const Bytes last =
      mixed(is_whole ? Bytes(message) : pad(message), ledger::view(is_whole ? whole : padded));
  return evaluate(mixed(last, ledger::view(state)));
}

Bytes Lrp::encrypt(std::uint32_t counter, std::string_view blocks) const {
  VERBENA_CHECK(blocks.size() % block_bytes == 0);
  Bytes out;
  for (std::size_t at = 0; at < blocks.size(); at += block_bytes, ++counter) {
    Bytes digits;
    ledger::put_u32(digits, counter);
    out += aes_encrypt(evaluate(digits), {}, blocks.substr(at, block_bytes));
  }
  return out;
}

AesKey lrp_session_key(const AesKey& key, const AesBlock& reader, const AesBlock& chip) {
  Bytes vector;
  ledger::put_u16(vector, 1);
  ledger::put_u16(vector, 128);
  const auto ours = ledger::view(reader), theirs = ledger::view(chip);
  vector += Bytes(ours.substr(0, 2)) + mixed(ours.substr(2, 6), theirs.substr(0, 6));
  vector += Bytes(theirs.substr(6)) + Bytes(ours.substr(8));
  ledger::put_u16(vector, 0x9669);
  return Lrp(key, 0).cmac(vector);
}

}  // namespace verbena::node::nfc
