// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/aes.h"

// The leakage resilient primitive over AES-128 (NXP AN12304), in which NTAG 424 DNA and DESFire
// Light can be set to speak for good. No driver uses it yet.
namespace verbena::node::nfc {

class Lrp {
 public:
  // The `number`th updated key of `key`: 0 for MACs, 1 for encryption in a session.
  Lrp(const AesKey& key, std::size_t number);

  const AesKey& updated_key() const { return updated_; }
  const AesBlock& plaintext(std::size_t nibble) const { return plaintexts_[nibble]; }

  // Over the 4-bit digits of `bytes`, the upper half of each byte first. Without `last` the result
  // is for going on with.
  AesBlock evaluate(std::string_view bytes, bool last = true) const;
  AesBlock cmac(std::string_view message) const;
  // LRICB: whole blocks, each under a counter of its own, which begins at `counter`.
  ledger::Bytes encrypt(std::uint32_t counter, std::string_view blocks) const;

 private:
  std::array<AesBlock, 16> plaintexts_;
  AesKey updated_;
};

// The key of a session in this mode, from both sides' challenges.
AesKey lrp_session_key(const AesKey& key, const AesBlock& reader, const AesBlock& chip);

}  // namespace verbena::node::nfc
