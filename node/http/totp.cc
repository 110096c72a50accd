// SPDX-License-Identifier: Apache-2.0
#include "node/http/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ledger/core/crypto.h"

namespace verbena::node::http {

namespace {

constexpr std::uint32_t code_modulus = 1'000'000;
constexpr std::size_t code_digits = 6;

}  // namespace

std::string totp_code(std::string_view secret, std::uint64_t step) {
  ledger::Bytes counter;
  ledger::put_u64(counter, step);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  VERBENA_CHECK(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
                     reinterpret_cast<const unsigned char*>(counter.data()), counter.size(), mac,
                     &length) != nullptr);
  const unsigned char* at = mac + (mac[length - 1] & 0x0f);  // RFC 4226, section 5.3
  const std::uint32_t number =
      (static_cast<std::uint32_t>(at[0] & 0x7f) << 24 | static_cast<std::uint32_t>(at[1]) << 16 |
       static_cast<std::uint32_t>(at[2]) << 8 | at[3]) %
      code_modulus;
  return std::to_string(code_modulus + number).substr(1);
}

std::uint64_t totp_step(std::string_view secret, std::string_view code, std::uint64_t wall_ms,
                        std::uint64_t used_step) {
  if (code.size() != code_digits) return 0;
  const std::uint64_t now = wall_ms / totp_step_ms;
  for (const std::uint64_t step : {now, now - 1, now + 1}) {
    if (step > used_step && ledger::same_secret(totp_code(secret, step), code)) return step;
  }
  return 0;
}

std::string base32(std::string_view bytes) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0, held = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(byte);
    for (held += 8; held >= 5; held -= 5) out += alphabet[bits >> (held - 5) & 31];
  }
  if (held > 0) out += alphabet[bits << (5 - held) & 31];
  return out;
}

}  // namespace verbena::node::http
