// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/sealed.h"

#include <sodium.h>

#include <algorithm>

namespace verbena::ledger {

namespace {

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* raw(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

void ready() {
  static const int result = sodium_init();
  VERBENA_CHECK(result >= 0);
}

// The nonce is a function of both public keys: an ephemeral key is used once.
std::array<unsigned char, crypto_box_NONCEBYTES> box_nonce(const PublicKey& ephemeral,
                                                           const PublicKey& to) {
  const Bytes both = to_bytes(ephemeral) + to_bytes(to);
  std::array<unsigned char, crypto_box_NONCEBYTES> out;
  crypto_generichash(out.data(), out.size(), raw(both), both.size(), nullptr, 0);
  return out;
}

}  // namespace

BoxKey BoxKey::generate(Random& random) {
  std::array<std::uint8_t, 32> secret;
  random.fill(secret);
  BoxKey out = from_secret(secret);
  sodium_memzero(secret.data(), secret.size());
  return out;
}

BoxKey BoxKey::from_secret(const std::array<std::uint8_t, 32>& secret) {
  ready();
  BoxKey out;
  out.secret_ = secret;
  VERBENA_CHECK(crypto_scalarmult_base(out.public_.data(), secret.data()) == 0);
  return out;
}

BoxKey BoxKey::of(const SigningKey& key) {
  ready();
  // libsodium's form of a signing key: the seed, then the public key.
  std::array<std::uint8_t, 64> signing;
  std::copy(key.seed().begin(), key.seed().end(), signing.begin());
  std::copy(key.public_key().begin(), key.public_key().end(), signing.begin() + 32);
  std::array<std::uint8_t, 32> secret;
  VERBENA_CHECK(crypto_sign_ed25519_sk_to_curve25519(secret.data(), signing.data()) == 0);
  BoxKey out = from_secret(secret);
  sodium_memzero(signing.data(), signing.size());
  sodium_memzero(secret.data(), secret.size());
  return out;
}

BoxKey::~BoxKey() {
  sodium_memzero(secret_.data(), secret_.size());
}

Result<PublicKey> box_key_of(const PublicKey& signing) {
  ready();
  PublicKey out;
  if (crypto_sign_ed25519_pk_to_curve25519(out.data(), signing.data()) != 0) {
    return Error{Errc::bad_input, "this signing key is no point of its curve"};
  }
  return out;
}

Result<Bytes> seal_for(const PublicKey& to, std::string_view plain, Random& random) {
  const BoxKey ephemeral = BoxKey::generate(random);
  const auto nonce = box_nonce(ephemeral.public_key(), to);
  Bytes box(plain.size() + crypto_box_MACBYTES, '\0');
  const int failed = crypto_box_easy(raw(box), raw(plain), plain.size(), nonce.data(), to.data(),
                                     ephemeral.secret().data());
  if (failed != 0) return Error{Errc::bad_input, "no box can be closed for this key"};
  return to_bytes(ephemeral.public_key()) + box;
}

std::optional<Bytes> open_sealed_for(const BoxKey& key, std::string_view box) {
  ready();
  if (box.size() < crypto_box_SEALBYTES) return std::nullopt;
  Bytes plain(box.size() - crypto_box_SEALBYTES, '\0');
  if (crypto_box_seal_open(raw(plain), raw(box), box.size(), key.public_key().data(),
                           key.secret().data()) != 0) {
    return std::nullopt;
  }
  return plain;
}

Bytes keyed_hash(std::string_view key, std::string_view message, std::size_t bytes) {
  ready();
  VERBENA_CHECK(bytes >= crypto_generichash_BYTES_MIN && bytes <= crypto_generichash_BYTES_MAX);
  VERBENA_CHECK(key.size() >= crypto_generichash_KEYBYTES_MIN &&
                key.size() <= crypto_generichash_KEYBYTES_MAX);
  Bytes out(bytes, '\0');
  crypto_generichash(raw(out), out.size(), raw(message), message.size(), raw(key), key.size());
  return out;
}

}  // namespace verbena::ledger
