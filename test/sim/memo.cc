// SPDX-License-Identifier: Apache-2.0
#include "test/sim/memo.h"

#include <string>
#include <unordered_map>

extern "C" {
// libsodium's own, and what the linker calls in its place.
int __real_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long length, const unsigned char* key);
int __wrap_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long length, const unsigned char* key);
}

namespace verbena::sim {

namespace {

constexpr std::size_t remembered_max = 100'000;
constexpr std::size_t signature_bytes = 64;
constexpr std::size_t key_bytes = 32;

struct Memo {
  bool remember = false;
  SignatureStats stats;
  std::unordered_map<std::string, int> known;  // signature | key | message -> what came out
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
  std::string all(reinterpret_cast<const char*>(signature), verbena::sim::signature_bytes);
  all.append(reinterpret_cast<const char*>(key), verbena::sim::key_bytes);
  all.append(reinterpret_cast<const char*>(message), length);
  const auto found = memo.known.find(all);
  if (found != memo.known.end()) return found->second;
  const int result = ask();
  if (memo.known.size() >= verbena::sim::remembered_max) memo.known.clear();
  memo.known.emplace(std::move(all), result);
  return result;
}
