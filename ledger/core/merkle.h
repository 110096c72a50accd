// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ledger/core/bytes.h"

// RFC 6962 Merkle trees: leaf = SHA-256(0x00 || bytes), node = SHA-256(0x01 || left || right).
namespace verbena::ledger {

Hash leaf_hash(std::string_view event);
Hash node_hash(const Hash& left, const Hash& right);

// A growing tree kept as the roots of its complete subtrees, largest first: O(log n) memory.
class MerklePeaks {
 public:
  void append(const Hash& leaf);
  std::uint64_t size() const { return size_; }
  Hash root() const;  // of the empty tree: SHA-256 of nothing

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

Hash tree_root(std::span<const Hash> leaves);
std::vector<Hash> inclusion_path(std::span<const Hash> leaves, std::uint64_t index);
std::vector<Hash> consistency_path(std::span<const Hash> leaves, std::uint64_t old_size);

bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Hash> path, const Hash& root);
bool verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size,
                        const Hash& root, std::span<const Hash> path);

}  // namespace verbena::ledger
