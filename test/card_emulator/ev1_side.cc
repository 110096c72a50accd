// SPDX-License-Identifier: Apache-2.0
#include "test/card_emulator/ev1_side.h"

namespace verbena::test {

using ledger::Bytes;

namespace {

constexpr std::size_t block = 16, mac_bytes = 8, check_bytes = 4;
constexpr std::uint8_t change_key = 0xc4;
constexpr char ok = '\0';  // what an answer's MAC and check are over, behind its data

Bytes zeros() {
  return Bytes(block, '\0');
}

// Of these the part behind the header goes as the file is spoken to; all others are in the clear,
// and take part in the chain only.
bool carries_data(std::uint8_t code) {
  switch (code) {
    case 0x3d:  // WriteData
    case 0x8d:
    case 0x3b:  // WriteRecord
    case 0x8b:
    case 0x0c:  // Credit
    case 0xdc:  // Debit
    case 0x5f:  // ChangeFileSettings
    case change_key: return true;
    default: return false;
  }
}

bool is_zero(const Bytes& bytes) {
  return bytes.find_first_not_of('\0') == Bytes::npos;
}

}  // namespace

Bytes chip_check(const Bytes& bytes) {
  std::uint32_t value = ~0u;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const bool in = ((static_cast<std::uint8_t>(bytes[bit / 8]) >> (bit % 8)) & 1) != 0;
    const bool out = (value & 1) != 0;
    value >>= 1;
    if (in != out) value ^= 0xedb88320;
  }
  return {static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16),
          static_cast<char>(value >> 24)};
}

void Ev1Side::forget() {
  *this = Ev1Side();
}

Bytes Ev1Side::challenge(int key_number, const Bytes& key, const Bytes& random) {
  forget();
  stage_ = Stage::challenged;
  key_number_ = key_number;
  key_ = key;
  mine_ = random;
  chain_ = zeros();
  return chained(mine_, true);
}

std::optional<Bytes> Ev1Side::accept(const Bytes& proof, const Bytes&) {
  if (proof.size() != 2 * block) return std::nullopt;
  const Bytes clear = chained(proof, false);
  const Bytes theirs = clear.substr(0, block);
  if (clear.substr(block) != mine_.substr(1) + mine_[0]) return std::nullopt;
  const Bytes answer = chained(theirs.substr(1) + theirs[0], true);
  key_ = theirs.substr(0, 4) + mine_.substr(0, 4) + theirs.substr(12) + mine_.substr(12);
  chain_ = zeros();
  stage_ = Stage::active;
  return answer;
}

// A CMAC that starts from `chain_` is one over a block more: what is enciphered to `chain_`.
Bytes Ev1Side::mac(const Bytes& message) {
  chain_ = nettle_cmac(key_, nettle_cbc(key_, zeros(), chain_, false) + message);
  return chain_.substr(0, mac_bytes);
}

Bytes Ev1Side::chained(const Bytes& data, bool encrypt) {
  const Bytes out = nettle_cbc(key_, chain_, data, encrypt);
  const Bytes& secret = encrypt ? out : data;
  chain_ = secret.substr(secret.size() - block);
  return out;
}

std::optional<Bytes> Ev1Side::receive(char instruction, const Bytes& payload, std::size_t header,
                                      Wire wire) {
  if (payload.size() < header) return std::nullopt;
  const bool secured = carries_data(static_cast<std::uint8_t>(instruction));
  if (!secured || wire == Wire::plain) {
    mac(instruction + payload);
    return payload;
  }
  if (wire == Wire::enciphered) {
    return uncovered(instruction, payload.substr(0, header), payload.substr(header));
  }
  if (payload.size() < header + mac_bytes) return std::nullopt;
  const Bytes body = payload.substr(0, payload.size() - mac_bytes);
  if (mac(instruction + body) != payload.substr(body.size())) return std::nullopt;
  return body;
}

// How long the data are is not said: they end where their check stands, and then all is zero, save
// that a new key's own check follows where the key is not the session's.
std::optional<Bytes> Ev1Side::uncovered(char instruction, const Bytes& header,
                                        const Bytes& secret) {
  if (secret.empty() || secret.size() % block != 0) return std::nullopt;
  const Bytes clear = chained(secret, false);
  for (std::size_t size = 1; size + check_bytes <= clear.size(); ++size) {
    const Bytes data = clear.substr(0, size);
    if (chip_check(instruction + header + data) != clear.substr(size, check_bytes)) continue;
    const Bytes rest = clear.substr(size + check_bytes);
    if (is_zero(rest)) return header + data;
    const Bytes key_check = rest.substr(0, check_bytes);
    if (static_cast<std::uint8_t>(instruction) != change_key) return std::nullopt;
    if (!is_zero(rest.substr(key_check.size()))) return std::nullopt;
    return header + data + key_check;
  }
  return std::nullopt;
}

Bytes Ev1Side::send(const Bytes& data, Wire wire, bool) {
  if (wire != Wire::enciphered || data.empty()) return data + mac(data + ok);
  Bytes clear = data + chip_check(data + ok);
  while (clear.size() % block != 0) clear += '\0';
  return chained(clear, true);
}

}  // namespace verbena::test
