// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ledger/core/merkle.h"

using namespace verbena::ledger;

namespace {

std::vector<Hash> leaves(std::size_t count) {
  std::vector<Hash> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(leaf_hash("event " + std::to_string(i)));
  return out;
}

}  // namespace

TEST_CASE("The tree over the test leaves of RFC 6962 has the published roots") {
  // The reference tree of the certificate-transparency project: eight leaves and their roots.
  const std::vector<std::string> data = {
      "",
      std::string(1, '\0'),
      "\x10",
      "\x20\x21",
      "\x30\x31",
      "\x40\x41\x42\x43",
      "\x50\x51\x52\x53\x54\x55\x56\x57",
      "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  const std::vector<std::string> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  MerklePeaks peaks;
  for (std::size_t i = 0; i < data.size(); ++i) {
    peaks.append(leaf_hash(data[i]));
    CHECK(hex(peaks.root()) == roots[i]);
  }
  CHECK(hex(MerklePeaks{}.root()) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("Every inclusion path verifies and no altered one does") {
  for (std::size_t size = 1; size <= 33; ++size) {
    const auto tree = leaves(size);
    const Hash root = tree_root(tree);
    for (std::size_t index = 0; index < size; ++index) {
      auto path = inclusion_path(tree, index);
      CHECK(verify_inclusion(tree[index], index, size, path, root));
      CHECK_FALSE(verify_inclusion(tree[index], index + 1, size, path, root));
      if (path.empty()) continue;
      path[0][0] ^= 1;
      CHECK_FALSE(verify_inclusion(tree[index], index, size, path, root));
    }
  }
}

TEST_CASE("Every consistency path verifies and none joins two different trees") {
  for (std::size_t size = 1; size <= 33; ++size) {
    const auto tree = leaves(size);
    for (std::size_t old = 1; old <= size; ++old) {
      const Hash old_root = tree_root(std::span(tree).first(old));
      const auto path = consistency_path(tree, old);
      CHECK(verify_consistency(old, old_root, size, tree_root(tree), path));
      Hash other = old_root;
      other[5] ^= 1;
      CHECK_FALSE(verify_consistency(old, other, size, tree_root(tree), path));
    }
  }
}
