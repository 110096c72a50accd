// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/ev2.h"

#include <algorithm>

#include "ledger/core/crypto.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr AesBlock zero_iv{};
constexpr std::uint16_t label_encryption = 0xa55a;  // also of what the reader encrypts
constexpr std::uint16_t label_mac = 0x5aa5;         // also of what the chip encrypts
constexpr std::uint16_t label_message_mac = 0x3cc3;
constexpr std::uint16_t label_message_encryption = 0xc33c;
constexpr std::uint8_t status_success = 0x00;
constexpr std::size_t capability_bytes = 6;
constexpr std::size_t message_context_bytes = 10;

Error not_ours(const char* what) {
  return Error{Errc::bad_signature, std::string("the chip's ") + what};
}

// One byte to the left; the first comes last.
Bytes rotated(const AesBlock& block) {
  Bytes out = ledger::to_bytes(block);
  std::rotate(out.begin(), out.begin() + 1, out.end());
  return out;
}

}  // namespace

AesKey session_key(const AesKey& key, std::uint16_t label, std::string_view context) {
  Bytes vector;
  ledger::put_u16(vector, label);
  ledger::put_u16(vector, 1);    // counter
  ledger::put_u16(vector, 128);  // bits of the key
  return aes_cmac(key, vector += context);
}

namespace {

Bytes little_endian(std::uint32_t value, std::size_t bytes) {
  Bytes out;
  for (std::size_t i = 0; i < bytes; ++i) {
    ledger::put_u8(out, static_cast<std::uint8_t>(value >> (8 * i)));
  }
  return out;
}

// The transaction MAC's label is one byte long, so that serial number and counter fill the block.
AesKey transaction_key(const AesKey& key, char label, std::string_view uid,
                       std::uint32_t transactions) {
  Bytes vector(1, label);
  ledger::put_u16(vector, 1);
  ledger::put_u16(vector, 128);
  return aes_cmac(key, vector + little_endian(transactions + 1, 4) + Bytes(uid));
}

}  // namespace

AesKey message_mac_key(const AesKey& key, std::string_view uid, std::uint32_t reads) {
  Bytes context = Bytes(uid) + little_endian(reads, 3);
  context.resize(message_context_bytes, '\0');
  return session_key(key, label_message_mac, context);
}

AesKey message_encryption_key(const AesKey& key, std::string_view uid, std::uint32_t reads) {
  return session_key(key, label_message_encryption, Bytes(uid) + little_endian(reads, 3));
}

AesKey transaction_mac_key(const AesKey& key, std::string_view uid, std::uint32_t transactions) {
  return transaction_key(key, '\x5a', uid, transactions);
}

AesKey transaction_reader_key(const AesKey& key, std::string_view uid, std::uint32_t transactions) {
  return transaction_key(key, '\xa5', uid, transactions);
}

AesBlock Ev2Session::iv(std::uint16_t label, std::uint16_t counter) const {
  Bytes basis;
  ledger::put_u16(basis, label);
  basis += ledger::view(transaction_);
  ledger::put_u8(basis, static_cast<std::uint8_t>(counter));  // least significant byte first
  ledger::put_u8(basis, static_cast<std::uint8_t>(counter >> 8));
  basis.resize(block_bytes, '\0');
  return *ledger::fixed<block_bytes>(aes_encrypt(encryption_, zero_iv, basis));
}

Bytes Ev2Session::mac_input(std::uint8_t first, std::uint16_t counter) const {
  Bytes out;
  ledger::put_u8(out, first);
  ledger::put_u8(out, static_cast<std::uint8_t>(counter));
  ledger::put_u8(out, static_cast<std::uint8_t>(counter >> 8));
  return out += ledger::view(transaction_);
}

Bytes Ev2Session::seal(std::uint8_t instruction, std::string_view header, std::string_view data,
                       Protection protection) const {
  Bytes out(header);
  if (protection == Protection::full && !data.empty()) {
    out += aes_encrypt(encryption_, iv(label_encryption, commands_), pad(data));
  } else {
    out += data;
  }
  if (protection == Protection::plain) return out;
  return out + short_mac(mac_, mac_input(instruction, commands_) + out);
}

Result<Bytes> Ev2Session::open(std::string_view answer, Protection protection, bool padded) {
  ++commands_;  // before the answer, which has the new number
  if (protection == Protection::plain) return Bytes(answer);
  if (answer.size() < short_mac_bytes) return not_ours("answer has no MAC");
  const auto data = answer.substr(0, answer.size() - short_mac_bytes);
  const Bytes expected = short_mac(mac_, mac_input(status_success, commands_) + Bytes(data));
  if (!ledger::same_secret(answer.substr(data.size()), expected)) {
    return not_ours("answer does not verify");
  }
  if (protection == Protection::mac || data.empty()) return Bytes(data);
  if (data.size() % block_bytes != 0) return not_ours("answer is cut short");
  Bytes plain = aes_decrypt(encryption_, iv(label_mac, commands_), data);
  if (!padded) return plain;
  auto out = unpad(plain);
  if (!out) return not_ours("answer is padded falsely");
  return std::move(*out);
}

Result<Bytes> Ev2Authentication::prove(std::string_view answer) {
  if (answer.size() != block_bytes) return not_ours("challenge has a wrong length");
  chip_challenge_ = *ledger::fixed<block_bytes>(aes_decrypt(key_, zero_iv, answer));
  return aes_encrypt(key_, zero_iv, ledger::to_bytes(challenge_) + rotated(chip_challenge_));
}

Result<Ev2Session> Ev2Authentication::finish(std::string_view proof) const {
  if (proof.size() != 2 * block_bytes) return not_ours("proof has a wrong length");
  const Bytes plain = aes_decrypt(key_, zero_iv, proof);
  static_assert(transaction_id_bytes + block_bytes + 2 * capability_bytes == 2 * block_bytes);
  if (!ledger::same_secret(std::string_view(plain).substr(transaction_id_bytes, block_bytes),
                           rotated(challenge_))) {
    return not_ours("proof is not of this key");
  }
  const Bytes ours = ledger::to_bytes(challenge_), theirs = ledger::to_bytes(chip_challenge_);
  Bytes context = ours.substr(0, 2);
  for (std::size_t i = 0; i < 6; ++i) context += static_cast<char>(ours[2 + i] ^ theirs[i]);
  context += theirs.substr(6) + ours.substr(8);
  return Ev2Session(session_key(key_, label_encryption, context),
                    session_key(key_, label_mac, context),
                    *ledger::fixed<transaction_id_bytes>(plain.substr(0, transaction_id_bytes)));
}

}  // namespace verbena::node::nfc
