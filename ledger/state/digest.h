// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <vector>

#include "ledger/core/bytes.h"

namespace verbena::ledger {

// Sections of the state digest, in their fixed order (docs/state-digest.md).
enum class DigestSection : std::uint8_t {
  settings = 1,
  devices = 2,
  accounts = 3,
  purses = 4,
  cash_voids = 5,
};
constexpr std::size_t digest_sections = 5;

// One hash over all derived state: rows of (key, value) in buckets by the first 12 bits of
// SHA-256(key). Only buckets whose rows changed are hashed again. A section takes room from its
// first row on: who follows a zone never asks.
class DigestTree {
 public:
  // An empty value removes the row: zero balances and empty rows are left out.
  void put(DigestSection section, std::string_view key, std::string_view value);
  Hash root();

 private:
  static constexpr std::size_t bucket_bits = 12;
  static constexpr std::size_t buckets = 1 << bucket_bits;
  struct Bucket {
    std::map<Bytes, Bytes, std::less<>> rows;
    Hash hash{};
    bool dirty = false;
  };
  struct Section {
    std::vector<Bucket> buckets;  // none before the first row
    Hash hash{};
    bool dirty = true;
  };
  Hash hash_bucket(const Bucket& bucket) const;
  std::array<Section, digest_sections> sections_;
};

}  // namespace verbena::ledger
