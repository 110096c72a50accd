// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/result.h"
#include "node/nfc/aes.h"

// Bytes as application notes print them; blanks are for people.
namespace verbena::test {

inline ledger::Bytes hex(std::string text) {
  std::erase(text, ' ');
  auto out = ledger::unhex(text);
  VERBENA_CHECK(out.has_value());
  return *out;
}

inline node::nfc::AesBlock block(const std::string& text) {
  const auto out = ledger::fixed<node::nfc::block_bytes>(hex(text));
  VERBENA_CHECK(out.has_value());
  return *out;
}

}  // namespace verbena::test
