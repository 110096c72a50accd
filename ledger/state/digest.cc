// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/digest.h"

#include "ledger/core/crypto.h"
#include "ledger/core/mutant.h"

namespace verbena::ledger {

void DigestTree::put(DigestSection section, std::string_view key, std::string_view value) {
  Section& part = sections_[static_cast<std::size_t>(section) - 1];
  if (part.buckets.empty()) {
    if (value.empty()) return;
    part.buckets.resize(buckets);
  }
  const Hash hash = sha256({key});
  Bucket& bucket = part.buckets[static_cast<std::size_t>(hash[0]) << 4 | hash[1] >> 4];
  const auto row = bucket.rows.find(key);
  if (value.empty()) {
    if (row == bucket.rows.end()) return;
    bucket.rows.erase(row);
    if (mutant(Mutant::digest_forgets_row)) return;
  } else if (row == bucket.rows.end()) {
    bucket.rows.emplace(key, value);
  } else {
    if (row->second == value) return;
    row->second = value;
  }
  bucket.dirty = true;
  part.dirty = true;
}

Hash DigestTree::hash_bucket(const Bucket& bucket) const {
  if (bucket.rows.empty()) return Hash{};
  Bytes bytes;
  for (const auto& [key, value] : bucket.rows) {
    put_u32(bytes, static_cast<std::uint32_t>(key.size()));
    bytes += key;
    put_u32(bytes, static_cast<std::uint32_t>(value.size()));
    bytes += value;
  }
  return sha256({bytes});
}

Hash DigestTree::root() {
  Bytes all("verbena-state-v1");
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    Section& section = sections_[i];
    if (section.dirty) {
      Bytes hashes;
      hashes.reserve(buckets * 32);
      if (section.buckets.empty()) hashes.append(buckets * 32, '\0');
      for (auto& bucket : section.buckets) {
        if (bucket.dirty) {
          bucket.hash = hash_bucket(bucket);
          bucket.dirty = false;
        }
        hashes.append(view(bucket.hash));
      }
      section.hash = sha256({hashes});
      section.dirty = false;
    }
    put_u8(all, static_cast<std::uint8_t>(i + 1));
    all.append(view(section.hash));
  }
  return sha256({all});
}

}  // namespace verbena::ledger
