// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string_view>

#include "ledger/core/bytes.h"
#include "ledger/core/result.h"
#include "ledger/core/seams.h"

// The only user of libsodium: signatures, sealed secrets, randomness. SHA-256 is OpenSSL's, which
// uses the processor's own instructions where it has them.
namespace verbena::ledger {

Hash sha256(std::initializer_list<std::string_view> parts);

// Ed25519 (RFC 8032). Signed messages start with a context string of their own.
class SigningKey {
 public:
  static SigningKey generate(Random& random);
  static SigningKey from_seed(const std::array<std::uint8_t, 32>& seed);
  SigningKey(const SigningKey&) = default;
  SigningKey& operator=(const SigningKey&) = default;
  ~SigningKey();

  const PublicKey& public_key() const { return public_; }
  const std::array<std::uint8_t, 32>& seed() const { return seed_; }
  SignatureBytes sign(std::string_view context, std::string_view message) const;

 private:
  SigningKey() = default;
  std::array<std::uint8_t, 32> seed_{};
  std::array<std::uint8_t, 64> secret_{};
  PublicKey public_{};
};

bool verify_signature(const PublicKey& key, std::string_view context, std::string_view message,
                      std::string_view signature);

// Seals `secret` under a passphrase: Argon2id (RFC 9106, interactive limits) and XSalsa20-Poly1305.
Bytes lock_secret(std::string_view secret, std::string_view passphrase, Random& random);
Result<Bytes> unlock_secret(std::string_view locked, std::string_view passphrase);

// XSalsa20-Poly1305 under a key that is used for nothing else; the nonce is zeros. The caller binds
// the key by its hash: one box can be made to open under two keys.
constexpr std::size_t box_key_bytes = 32;
Bytes seal_box(std::string_view plain, std::string_view key);
std::optional<Bytes> open_sealed_box(std::string_view box, std::string_view key);

// Argon2id (RFC 9106, interactive limits: about 0.1 s and 64 MiB) of a secret that people choose.
// `salt` has 16 bytes.
constexpr std::size_t stretch_salt_bytes = 16;
Hash stretch(std::string_view secret, std::string_view salt);

// False where they differ, in a time that does not tell where.
bool same_secret(std::string_view a, std::string_view b);

// First 16 bytes of SHA-256 over the public key.
Bytes key_id(const PublicKey& key);

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace verbena::ledger
