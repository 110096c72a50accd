// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/crypto.h"

// Boxes that anybody closes and one key opens, and keyed hashes.
namespace verbena::ledger {

// X25519 (RFC 7748). The secret half is wiped when it goes.
class BoxKey {
 public:
  static BoxKey generate(Random& random);
  static BoxKey from_secret(const std::array<std::uint8_t, 32>& secret);
  // The one that belongs to a signing key: what is closed for box_key_of() its public half opens.
  static BoxKey of(const SigningKey& key);
  BoxKey(const BoxKey&) = default;
  BoxKey& operator=(const BoxKey&) = default;
  ~BoxKey();

  const PublicKey& public_key() const { return public_; }
  const std::array<std::uint8_t, 32>& secret() const { return secret_; }

 private:
  BoxKey() = default;
  std::array<std::uint8_t, 32> secret_{};
  PublicKey public_{};
};

// The point of Curve25519 that a point of Ed25519 stands for (RFC 7748, 4.1), so that a box can be
// closed for whoever has a certificate. Errc::bad_input where the key is no such point.
Result<PublicKey> box_key_of(const PublicKey& signing);

// The form of libsodium's crypto_box_seal: an ephemeral public key, then X25519 and
// XSalsa20-Poly1305. Randomness comes by the seam, which is why that function is not called.
// Errc::bad_input where `to` is a point that no secret belongs to.
Result<Bytes> seal_for(const PublicKey& to, std::string_view plain, Random& random);
std::optional<Bytes> open_sealed_for(const BoxKey& key, std::string_view box);

// BLAKE2b with a key (RFC 7693), 16 to 64 bytes of it.
Bytes keyed_hash(std::string_view key, std::string_view message, std::size_t bytes);

}  // namespace verbena::ledger
