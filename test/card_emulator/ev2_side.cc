// SPDX-License-Identifier: Apache-2.0
#include "test/card_emulator/ev2_side.h"

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/cmac.h>

namespace verbena::test {

using ledger::Bytes;
using namespace std::string_literals;

namespace {

const std::uint8_t* in(const Bytes& bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}
std::uint8_t* out(Bytes& bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes.data());
}

Bytes zeros() {
  return Bytes(16, '\0');
}

Bytes turned(const Bytes& bytes) {
  return bytes.substr(1) + bytes[0];
}

}  // namespace

Bytes nettle_cmac(const Bytes& key, const Bytes& message) {
  cmac_aes128_ctx context;
  cmac_aes128_set_key(&context, in(key));
  cmac_aes128_update(&context, message.size(), in(message));
  Bytes mac = zeros();
  cmac_aes128_digest(&context, mac.size(), out(mac));
  return mac;
}

Bytes every_second(const Bytes& mac) {
  Bytes half;
  for (std::size_t i = 0; i < 8; ++i) half += mac[2 * i + 1];
  return half;
}

Bytes nettle_cbc(const Bytes& key, Bytes iv, const Bytes& data, bool encrypt) {
  aes128_ctx context;
  Bytes result(data.size(), '\0');
  if (encrypt) {
    aes128_set_encrypt_key(&context, in(key));
    cbc_encrypt(&context, reinterpret_cast<nettle_cipher_func*>(aes128_encrypt), 16, out(iv),
                data.size(), out(result), in(data));
  } else {
    aes128_set_decrypt_key(&context, in(key));
    cbc_decrypt(&context, reinterpret_cast<nettle_cipher_func*>(aes128_decrypt), 16, out(iv),
                data.size(), out(result), in(data));
  }
  return result;
}

void Ev2Side::forget() {
  *this = Ev2Side();
}

Bytes Ev2Side::challenge(int key_number, const Bytes& key, const Bytes& random) {
  forget();
  stage_ = Stage::challenged;
  key_number_ = key_number;
  key_ = key;
  mine_ = random;
  return nettle_cbc(key_, zeros(), mine_, true);
}

std::optional<Bytes> Ev2Side::accept(const Bytes& proof, const Bytes& id) {
  if (proof.size() != 32) return std::nullopt;
  const Bytes clear = nettle_cbc(key_, zeros(), proof, false);
  const Bytes theirs = clear.substr(0, 16);
  if (clear.substr(16) != turned(mine_)) return std::nullopt;
  // Their first 8 bytes with our first 6 mixed in, our other 10, their other 8.
  Bytes tail = theirs.substr(0, 8);
  for (std::size_t i = 2; i < 8; ++i) tail[i] = static_cast<char>(tail[i] ^ mine_[i - 2]);
  tail += mine_.substr(6, 10) + theirs.substr(8, 8);
  enc_ = nettle_cmac(key_, "\xa5\x5a\x00\x01\x00\x80"s + tail);
  mac_ = nettle_cmac(key_, "\x5a\xa5\x00\x01\x00\x80"s + tail);
  id_ = id;
  commands_ = 0;
  stage_ = Stage::active;
  return nettle_cbc(key_, zeros(), id + turned(theirs) + Bytes(12, '\0'), true);
}

Bytes Ev2Side::counted(char first) const {
  return Bytes{first, static_cast<char>(commands_ & 0xff), static_cast<char>(commands_ >> 8)} + id_;
}

Bytes Ev2Side::vector(char a, char b) const {
  const Bytes basis = Bytes{a, b} + id_ + counted('\0').substr(1, 2) + Bytes(8, '\0');
  return nettle_cbc(enc_, zeros(), basis, true);
}

std::optional<Bytes> Ev2Side::receive(char instruction, const Bytes& payload, std::size_t header,
                                      Wire wire) {
  if (wire == Wire::plain) return payload;
  if (payload.size() < header + 8) return std::nullopt;
  const Bytes body = payload.substr(0, payload.size() - 8);
  if (every_second(nettle_cmac(mac_, counted(instruction) + body)) != payload.substr(body.size())) {
    return std::nullopt;
  }
  if (wire == Wire::maced || body.size() == header) return body;
  const Bytes secret = body.substr(header);
  if (secret.size() % 16 != 0) return std::nullopt;
  Bytes clear = nettle_cbc(enc_, vector('\xa5', '\x5a'), secret, false);
  while (!clear.empty() && clear.back() == '\0') clear.pop_back();
  if (clear.empty() || clear.back() != '\x80') return std::nullopt;
  clear.pop_back();
  return body.substr(0, header) + clear;
}

Bytes Ev2Side::send(const Bytes& data, Wire wire, bool padded) {
  ++commands_;
  if (wire == Wire::plain) return data;
  Bytes body = data;
  if (wire == Wire::enciphered && !data.empty()) {
    if (padded) {
      body += '\x80';
      while (body.size() % 16 != 0) body += '\0';
    }
    body = nettle_cbc(enc_, vector('\x5a', '\xa5'), body, true);
  }
  return body + every_second(nettle_cmac(mac_, counted('\0') + body));
}

}  // namespace verbena::test
