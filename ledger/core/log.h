// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>

#include "ledger/core/crypto.h"

namespace verbena::ledger {

enum class LogClass : std::uint8_t { control = 1, value = 2, trade = 3 };
constexpr LogClass log_classes[] = {LogClass::control, LogClass::value, LogClass::trade};
const char* log_class_name(LogClass log_class);

// What a log is called. Its id is derived, so a name cannot be claimed for another log.
struct LogName {
  Hash certificate{};  // hash of the author's certificate
  std::uint64_t incarnation = 0;
  LogClass log_class = LogClass::control;

  auto operator<=>(const LogName&) const = default;
  Hash id() const;
};

// "The first `size` events of this log have this root", signed by the author.
struct Head {
  std::uint64_t size = 0;
  Hash root{};
  std::uint64_t hlc = 0;
  SignatureBytes signature{};

  bool operator==(const Head&) const = default;
};

Head sign_head(const SigningKey& key, const Hash& log, std::uint64_t size, const Hash& root,
               std::uint64_t hlc);
bool verify_head(const PublicKey& key, const Hash& log, const Head& head);

// 112 bytes: size, root, hlc, signature.
Bytes encode_head(const Head& head);
Result<Head> decode_head(std::string_view bytes);

// Heads at least this dense are kept; superseded ones between are not.
constexpr std::uint64_t kept_head_stride = 64;

}  // namespace verbena::ledger
