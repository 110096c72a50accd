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
  auto& memo = verbena::sim::memo();
  ++memo.stats.asked;
  const auto ask = [&] {
    ++memo.stats.verified;
    return __real_crypto_sign_verify_detached(signature, message, length, key);
  };
  if (!memo.remember) return ask();
  const auto text = [](const unsigned char* bytes, std::size_t size) {
    return std::string_view(reinterpret_cast<const char*>(bytes), size);
  };
  const auto all =
      verbena::ledger::sha256({text(signature, verbena::sim::signature_bytes),
                               text(key, verbena::sim::key_bytes), text(message, length)});
  const auto found = memo.known.find(all);
  if (found != memo.known.end()) return found->second;
  const int result = ask();
  if (memo.known.size() >= verbena::sim::remembered_max) memo.known.clear();
  memo.known.emplace(all, result);
  return result;
}
