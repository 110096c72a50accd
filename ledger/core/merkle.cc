// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/merkle.h"

#include <bit>

#include "ledger/core/crypto.h"

namespace verbena::ledger {

namespace {

// Largest power of two smaller than n, for n >= 2.
std::uint64_t split_point(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

void consistency_into(std::span<const Hash> leaves, std::uint64_t old_size, bool whole,
                      std::vector<Hash>& path) {
  const std::uint64_t n = leaves.size();
  if (old_size == n) {
    if (!whole) path.push_back(tree_root(leaves));
    return;
  }
  const std::uint64_t k = split_point(n);
  if (old_size <= k) {
    consistency_into(leaves.first(k), old_size, whole, path);
    path.push_back(tree_root(leaves.subspan(k)));
  } else {
    consistency_into(leaves.subspan(k), old_size - k, false, path);
    path.push_back(tree_root(leaves.first(k)));
  }
}

}  // namespace

Hash leaf_hash(std::string_view event) {
  static constexpr char prefix = 0;
  return sha256({std::string_view(&prefix, 1), event});
}

Hash node_hash(const Hash& left, const Hash& right) {
  static constexpr char prefix = 1;
  return sha256({std::string_view(&prefix, 1), view(left), view(right)});
}

void MerklePeaks::append(const Hash& leaf) {
  Hash carry = leaf;
  for (std::uint64_t n = size_; n & 1; n >>= 1) {
    carry = node_hash(peaks_.back(), carry);
    peaks_.pop_back();
  }
  peaks_.push_back(carry);
  ++size_;
}

Hash MerklePeaks::root() const {
  if (peaks_.empty()) return sha256({});
  Hash out = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) out = node_hash(peaks_[i], out);
  return out;
}

Hash tree_root(std::span<const Hash> leaves) {
  MerklePeaks peaks;
  for (const auto& leaf : leaves) peaks.append(leaf);
  return peaks.root();
}

std::vector<Hash> inclusion_path(std::span<const Hash> leaves, std::uint64_t index) {
  VERBENA_CHECK(index < leaves.size());
  if (leaves.size() == 1) return {};
  const std::uint64_t k = split_point(leaves.size());
  const bool left = index < k;
  auto path =
      left ? inclusion_path(leaves.first(k), index) : inclusion_path(leaves.subspan(k), index - k);
  path.push_back(tree_root(left ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

std::vector<Hash> consistency_path(std::span<const Hash> leaves, std::uint64_t old_size) {
  VERBENA_CHECK(old_size >= 1 && old_size <= leaves.size());
  std::vector<Hash> path;
  consistency_into(leaves, old_size, true, path);
  return path;
}

// RFC 9162, section 2.1.3.2.
bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Hash> path, const Hash& root) {
  if (index >= size) return false;
  std::uint64_t fn = index, sn = size - 1;
  Hash at = leaf;
  for (const auto& sibling : path) {
    if (sn == 0) return false;
    if ((fn & 1) || fn == sn) {
      at = node_hash(sibling, at);
      while (!(fn & 1) && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      at = node_hash(at, sibling);
    }
    fn >>= 1, sn >>= 1;
  }
  return sn == 0 && at == root;
}

// RFC 9162, section 2.1.4.2.
bool verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size,
                        const Hash& root, std::span<const Hash> path) {
  if (old_size == 0 || old_size > size) return false;
  if (old_size == size) return path.empty() && old_root == root;
  std::vector<Hash> nodes(path.begin(), path.end());
  if (std::has_single_bit(old_size)) nodes.insert(nodes.begin(), old_root);
  if (nodes.empty()) return false;
  std::uint64_t fn = old_size - 1, sn = size - 1;
  while (fn & 1) fn >>= 1, sn >>= 1;
  Hash fr = nodes[0], sr = nodes[0];
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    if (sn == 0) return false;
    if ((fn & 1) || fn == sn) {
      fr = node_hash(nodes[i], fr);
      sr = node_hash(nodes[i], sr);
      while (!(fn & 1) && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      sr = node_hash(sr, nodes[i]);
    }
    fn >>= 1, sn >>= 1;
  }
  return fr == old_root && sr == root && sn == 0;
}

}  // namespace verbena::ledger
