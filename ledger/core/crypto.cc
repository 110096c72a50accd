// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/crypto.h"

// The low-level SHA-256: the one interface of OpenSSL 3 that costs nothing but the hash itself.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <sodium.h>

namespace verbena::ledger {

namespace {

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void ready() {
  static const int result = sodium_init();
  VERBENA_CHECK(result >= 0);
}

constexpr std::string_view locked_magic = "VBK1";

Bytes derive(std::string_view passphrase, std::string_view salt) {
  Bytes key(crypto_secretbox_KEYBYTES, '\0');
  const int failed =
      crypto_pwhash(reinterpret_cast<unsigned char*>(key.data()), key.size(), passphrase.data(),
                    passphrase.size(), raw(salt), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                    crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
  VERBENA_CHECK(failed == 0);
  return key;
}

}  // namespace

Hash sha256(std::initializer_list<std::string_view> parts) {
  SHA256_CTX state;
  SHA256_Init(&state);
  for (const auto part : parts) SHA256_Update(&state, part.data(), part.size());
  Hash out;
  SHA256_Final(out.data(), &state);
  return out;
}

SigningKey SigningKey::generate(Random& random) {
  std::array<std::uint8_t, 32> seed;
  random.fill(seed);
  return from_seed(seed);
}

SigningKey SigningKey::from_seed(const std::array<std::uint8_t, 32>& seed) {
  ready();
  SigningKey key;
  key.seed_ = seed;
  crypto_sign_seed_keypair(key.public_.data(), key.secret_.data(), seed.data());
  return key;
}

SigningKey::~SigningKey() {
  sodium_memzero(seed_.data(), seed_.size());
  sodium_memzero(secret_.data(), secret_.size());
}

SignatureBytes SigningKey::sign(std::string_view context, std::string_view message) const {
  Bytes input(context);
  input.append(message);
  SignatureBytes out;
  crypto_sign_detached(out.data(), nullptr, raw(input), input.size(), secret_.data());
  return out;
}

bool verify_signature(const PublicKey& key, std::string_view context, std::string_view message,
                      std::string_view signature) {
  if (signature.size() != crypto_sign_BYTES) return false;
  Bytes input(context);
  input.append(message);
  return crypto_sign_verify_detached(raw(signature), raw(input), input.size(), key.data()) == 0;
}

Bytes lock_secret(std::string_view secret, std::string_view passphrase, Random& random) {
  ready();
  Bytes salt_and_nonce(crypto_pwhash_SALTBYTES + crypto_secretbox_NONCEBYTES, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(salt_and_nonce.data()), salt_and_nonce.size()});
  Bytes key =
      derive(passphrase, std::string_view(salt_and_nonce).substr(0, crypto_pwhash_SALTBYTES));
  Bytes box(secret.size() + crypto_secretbox_MACBYTES, '\0');
  crypto_secretbox_easy(reinterpret_cast<unsigned char*>(box.data()), raw(secret), secret.size(),
                        raw(salt_and_nonce) + crypto_pwhash_SALTBYTES, raw(key));
  sodium_memzero(key.data(), key.size());
  return Bytes(locked_magic) + salt_and_nonce + box;
}

Result<Bytes> unlock_secret(std::string_view locked, std::string_view passphrase) {
  ready();
  const std::size_t head =
      locked_magic.size() + crypto_pwhash_SALTBYTES + crypto_secretbox_NONCEBYTES;
  if (!locked.starts_with(locked_magic) || locked.size() < head + crypto_secretbox_MACBYTES) {
    return Error{Errc::bad_input, "not a locked key file"};
  }
  Bytes key = derive(passphrase, locked.substr(locked_magic.size(), crypto_pwhash_SALTBYTES));
  const auto nonce = locked.substr(locked_magic.size() + crypto_pwhash_SALTBYTES);
  const auto box = locked.substr(head);
  Bytes secret(box.size() - crypto_secretbox_MACBYTES, '\0');
  const int failed = crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(secret.data()),
                                                raw(box), box.size(), raw(nonce), raw(key));
  sodium_memzero(key.data(), key.size());
  if (failed != 0)
    return Error{Errc::bad_signature, "wrong passphrase, or the key file is damaged"};
  return secret;
}

Bytes seal_box(std::string_view plain, std::string_view key) {
  VERBENA_CHECK(key.size() == box_key_bytes);
  const std::array<unsigned char, crypto_secretbox_NONCEBYTES> nonce{};
  Bytes box(plain.size() + crypto_secretbox_MACBYTES, '\0');
  crypto_secretbox_easy(reinterpret_cast<unsigned char*>(box.data()), raw(plain), plain.size(),
                        nonce.data(), raw(key));
  return box;
}

std::optional<Bytes> open_sealed_box(std::string_view box, std::string_view key) {
  if (box.size() < crypto_secretbox_MACBYTES || key.size() != box_key_bytes) return std::nullopt;
  const std::array<unsigned char, crypto_secretbox_NONCEBYTES> nonce{};
  Bytes plain(box.size() - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(plain.data()), raw(box),
                                 box.size(), nonce.data(), raw(key)) != 0) {
    return std::nullopt;
  }
  return plain;
}

Hash stretch(std::string_view secret, std::string_view salt) {
  ready();
  VERBENA_CHECK(salt.size() == stretch_salt_bytes);
  return *fixed<32>(derive(secret, salt));
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Bytes key_id(const PublicKey& key) {
  return to_bytes(sha256({view(key)})).substr(0, 16);
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
  ready();
  randombytes_buf(out.data(), out.size());
}

}  // namespace verbena::ledger
