// SPDX-License-Identifier: Apache-2.0
#include "test/sim/memo.h"

#include <unordered_map>

#include "ledger/core/crypto.h"

extern "C" {
// libsodium's own, and what the linker calls in its place.
int __real_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long length, const unsigned char* key);
int __wrap_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long length, const unsigned char* key);
int __real_crypto_sign_detached(unsigned char* signature, unsigned long long* size,
                                const unsigned char* message, unsigned long long length,
                                const unsigned char* secret);
int __wrap_crypto_sign_detached(unsigned char* signature, unsigned long long* size,
                                const unsigned char* message, unsigned long long length,
                                const unsigned char* secret);
}

namespace verbena::sim {

namespace {

constexpr std::size_t remembered_max = 1'000'000;
constexpr std::size_t signature_bytes = 64;
constexpr std::size_t key_bytes = 32;

struct Memo {
  bool remember = false;
  SignatureStats stats;
  // SHA-256 of signature, key and message -> what came out.
  std::unordered_map<ledger::Hash, int, ledger::HashOf> known;
};

Memo& memo() {
  thread_local Memo out;
  return out;
}

std::string_view text(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

ledger::Hash asked(std::string_view signature, std::string_view key, std::string_view message) {
  return ledger::sha256({signature, key, message});
}

void note(const ledger::Hash& question, int result) {
  if (memo().known.size() >= remembered_max) memo().known.clear();
  memo().known.emplace(question, result);
}

}  // namespace

void remember_signatures(bool remember) {
  memo() = {};
  memo().remember = remember;
}

SignatureStats signature_stats() {
  return memo().stats;
}

}  // namespace verbena::sim

int __wrap_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long length, const unsigned char* key) {
  using namespace verbena::sim;
  ++memo().stats.asked;
  const auto ask = [&] {
    ++memo().stats.verified;
    return __real_crypto_sign_verify_detached(signature, message, length, key);
  };
  if (!memo().remember) return ask();
  const auto question =
      asked(text(signature, signature_bytes), text(key, key_bytes), text(message, length));
  const auto found = memo().known.find(question);
  if (found != memo().known.end()) return found->second;
  const int result = ask();
  note(question, result);
  return result;
}

int __wrap_crypto_sign_detached(unsigned char* signature, unsigned long long* size,
                                const unsigned char* message, unsigned long long length,
                                const unsigned char* secret) {
  using namespace verbena::sim;
  const int result = __real_crypto_sign_detached(signature, size, message, length, secret);
  if (result != 0 || !memo().remember) return result;
  const unsigned char* const key = secret + key_bytes;  // its second half (crypto_sign_ed25519.h)
  note(asked(text(signature, signature_bytes), text(key, key_bytes), text(message, length)), 0);
  return result;
}
