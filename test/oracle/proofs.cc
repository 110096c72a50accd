// SPDX-License-Identifier: Apache-2.0
// The half of the oracle that asks our own code; tlog/main.go asks tlog.
//
//   oracle_proofs make ALL MOST SEED   writes claims proved by our code
//   oracle_proofs judge                reads claims of either side, writes each of them and many
//                                      altered copies, with what our code says of it
//
// A claim is one line, KIND AT SIZE FIRST ROOT PATH..., with hashes in hex:
//   root         SIZE events have the root FIRST (tree_root) and ROOT (MerklePeaks); AT is 0
//   inclusion    FIRST is the leaf with index AT of the SIZE events under ROOT
//   consistency  of the SIZE events under ROOT the first AT have the root FIRST
// A judged claim has three words before it: WANTED OURS CHANGE. The first two are "accept" or
// "refuse"; CHANGE is "none" for a claim as it was made.
#include <bit>
#include <functional>
#include <iostream>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>

#include "ledger/core/merkle.h"

using namespace verbena::ledger;

namespace {

struct Claim {
  std::string kind;
  std::uint64_t at = 0;
  std::uint64_t size = 0;
  Hash first{};
  Hash root{};
  std::vector<Hash> path;

  bool operator==(const Claim&) const = default;
};

// The events of the one log that everything here is about, the same as in tlog/main.go. Lengths
// differ so that hashing crosses the block boundaries of SHA-256.
std::string event(std::uint64_t index) {
  return "event " + std::to_string(index) + std::string(index % 150, '.');
}

std::span<const Hash> leaves(std::uint64_t size) {
  static std::vector<Hash> all;
  while (all.size() < size) all.push_back(leaf_hash(event(all.size())));
  return std::span(all).first(size);
}

Hash peaks_root(std::uint64_t size) {
  MerklePeaks peaks;
  for (const auto& leaf : leaves(size)) peaks.append(leaf);
  return peaks.root();
}

void write(std::string_view before, const Claim& claim) {
  std::string line(before);
  line += claim.kind + ' ' + std::to_string(claim.at) + ' ' + std::to_string(claim.size);
  line += ' ' + hex(claim.first) + ' ' + hex(claim.root);
  for (const auto& hash : claim.path) line += ' ' + hex(hash);
  std::cout << line << '\n';
}

Hash read_hash(const std::string& text) {
  const auto bytes = unhex(text);
  const auto hash = bytes ? fixed<32>(*bytes) : std::nullopt;
  if (!hash) throw std::runtime_error("this is no hash: " + text);
  return *hash;
}

Claim read(const std::string& line) {
  std::istringstream in(line);
  Claim claim;
  std::string first, root, hash;
  if (!(in >> claim.kind >> claim.at >> claim.size >> first >> root)) {
    throw std::runtime_error("this is no claim: " + line);
  }
  claim.first = read_hash(first);
  claim.root = read_hash(root);
  while (in >> hash) claim.path.push_back(read_hash(hash));
  return claim;
}

// --- make

void make_inclusion(std::uint64_t index, std::uint64_t size) {
  const auto tree = leaves(size);
  write("", {"inclusion", index, size, tree[index], tree_root(tree), inclusion_path(tree, index)});
}

void make_consistency(std::uint64_t old, std::uint64_t size) {
  const auto tree = leaves(size);
  write("", {"consistency", old, size, tree_root(tree.first(old)), tree_root(tree),
             consistency_path(tree, old)});
}

void make_some(std::uint64_t size, std::mt19937_64& random) {
  const std::uint64_t half = std::bit_floor(size - 1);
  std::set<std::uint64_t> chosen = {1, half - 1, half, size - 2, size - 1};
  while (chosen.size() < 12) chosen.insert(1 + random() % (size - 1));
  make_inclusion(0, size);
  for (const auto at : chosen) make_inclusion(at, size), make_consistency(at, size);
  make_consistency(size, size);
}

// Everything there is to prove up to `all` events; beyond, up to `most`, a sample.
void make(std::uint64_t all, std::uint64_t most, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::set<std::uint64_t> sampled = {most};
  while (sampled.size() < 60) sampled.insert(all + 1 + random() % (most - all));
  MerklePeaks peaks;
  for (std::uint64_t size = 0; size <= most; ++size) {
    if (size > 0) peaks.append(leaves(size).back());
    if (size > all && !sampled.contains(size)) continue;
    write("", {"root", 0, size, tree_root(leaves(size)), peaks.root(), {}});
    if (size > all) {
      make_some(size, random);
      continue;
    }
    for (std::uint64_t at = 0; at < size; ++at) {
      make_inclusion(at, size);
      make_consistency(at + 1, size);
    }
  }
}

// --- judge

bool ours(const Claim& c) {
  if (c.kind == "inclusion") return verify_inclusion(c.first, c.at, c.size, c.path, c.root);
  if (c.kind == "consistency") return verify_consistency(c.at, c.first, c.size, c.root, c.path);
  return c.first == tree_root(leaves(c.size)) && c.root == peaks_root(c.size);
}

// The turns from the root down to what a claim is about, and what the proof starts from there.
// Empty where no tree has such a claim.
std::string route(const Claim& claim) {
  const bool inclusion = claim.kind == "inclusion";
  if (inclusion ? claim.at >= claim.size : claim.at == 0 || claim.at > claim.size) return {};
  std::uint64_t at = claim.at + inclusion, n = claim.size;  // `at` ends the part looked for
  std::string turns, start = inclusion ? "leaf" : "old root";
  while (inclusion ? n > 1 : at != n) {
    const std::uint64_t k = std::bit_floor(n - 1);
    turns.push_back(at <= k ? 'l' : 'r');
    if (at > k && !inclusion) start = "path";
    n = at <= k ? k : n - k;
    at = at <= k ? at : at - k;
  }
  return start + turns;
}

// A path says nothing of a size or an index but the turns: leaf 0 of 3 events and leaf 0 of 4 with
// the same hashes give the same root. RFC 6962 accepts both, and only one of them is of a tree that
// somebody built; what binds a size to a root is the signature of the head. So an altered number is
// to be refused if and only if it changes the turns.
bool wanted(const Claim& made, const Claim& altered) {
  if (altered.kind == "root") return altered == made;
  Claim renumbered = made;
  renumbered.at = altered.at, renumbered.size = altered.size;
  return altered == renumbered && route(altered) == route(made);
}

class Judge {
 public:
  void hear(const Claim& claim) {
    made_ = claim;
    say("none", claim);
    alter_hashes();
    if (claim.kind != "root") alter_path(), alter_numbers(), alter_everything();
    if (claim.kind == "root") alter_size();
    if (claim.root != last_root_) other_root_ = last_root_;
    last_root_ = claim.root;
  }

 private:
  void say(const char* change, const Claim& claim) {
    std::string before = wanted(made_, claim) ? "accept " : "refuse ";
    before += ours(claim) ? "accept " : "refuse ";
    write(before + change + ' ', claim);
  }

  void alter(const char* change, const std::function<void(Claim&)>& by) {
    Claim altered = made_;
    by(altered);
    if (altered != made_) say(change, altered);
  }

  void flip(Hash& hash) {
    const auto bit = random_() % 256;
    hash[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }

  Hash any_hash() {
    Hash hash;
    for (auto& byte : hash) byte = static_cast<std::uint8_t>(random_());
    return hash;
  }

  void alter_hashes() {
    alter("bit-of-first", [&](Claim& c) { flip(c.first); });
    alter("bit-of-root", [&](Claim& c) { flip(c.root); });
    alter("first-for-root", [&](Claim& c) { c.root = c.first; });
    alter("root-for-first", [&](Claim& c) { c.first = c.root; });
    alter("exchanged-roots", [&](Claim& c) { std::swap(c.first, c.root); });
    const Hash& other = made_.root == last_root_ ? other_root_ : last_root_;
    alter("root-of-another-size", [&](Claim& c) { c.root = other; });
    for (std::size_t i = 0; i < made_.path.size(); ++i) {
      alter("bit-of-path", [&](Claim& c) { flip(c.path[i]); });
    }
  }

  void alter_path() {
    const bool any = !made_.path.empty();
    alter("without-first-hash",
          [&](Claim& c) { c.path.erase(c.path.begin(), c.path.begin() + any); });
    alter("without-last-hash", [&](Claim& c) { c.path.resize(c.path.size() - any); });
    alter("without-hashes", [&](Claim& c) { c.path.clear(); });
    alter("hash-before", [&](Claim& c) { c.path.insert(c.path.begin(), any_hash()); });
    alter("first-before", [&](Claim& c) { c.path.insert(c.path.begin(), c.first); });
    alter("hash-after", [&](Claim& c) { c.path.push_back(any_hash()); });
    alter("root-after", [&](Claim& c) { c.path.push_back(c.root); });
    alter("turned-around",
          [&](Claim& c) { c.path.assign(made_.path.rbegin(), made_.path.rend()); });
  }

  // What a careless verifier takes for a proof that has nothing left to do.
  void alter_everything() {
    for (const std::uint64_t at : {std::uint64_t{0}, made_.at, made_.size}) {
      alter("root-everywhere", [&](Claim& c) { c.at = at, c.first = c.root, c.path = {c.root}; });
    }
  }

  void alter_numbers() {
    const std::uint64_t size = made_.size;
    alter("next-at", [&](Claim& c) { ++c.at; });
    alter("at-before", [&](Claim& c) { c.at -= c.at > 0; });
    alter("at-beside", [&](Claim& c) { c.at ^= 1; });
    alter("at-zero", [&](Claim& c) { c.at = 0; });
    alter("at-size", [&](Claim& c) { c.at = size; });
    alter("at-beyond", [&](Claim& c) { c.at = size + 1; });
    alter("any-at", [&](Claim& c) { c.at = random_() % (size + 1); });
    alter("size-of-at", [&](Claim& c) { c.size = c.at; });
    alter("exchanged-numbers", [&](Claim& c) { std::swap(c.at, c.size); });
    alter("both-more", [&](Claim& c) { ++c.at, ++c.size; });
    alter("both-double", [&](Claim& c) { c.at *= 2, c.size *= 2; });
    alter("size-zero", [&](Claim& c) { c.size = 0; });
    alter("size-double", [&](Claim& c) { c.size *= 2; });
    alter("any-size", [&](Claim& c) { c.size = 1 + random_() % (2 * size); });
    alter_size();
  }

  void alter_size() {
    alter("size-more", [&](Claim& c) { ++c.size; });
    alter("size-less", [&](Claim& c) { c.size -= c.size > 0; });
  }

  std::mt19937_64 random_{6962};
  Claim made_;
  Hash last_root_{}, other_root_{};
};

void judge() {
  Judge judge;
  for (std::string line; std::getline(std::cin, line);) judge.hear(read(line));
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 4 && words[0] == "make") {
      make(std::stoull(words[1]), std::stoull(words[2]), std::stoull(words[3]));
    } else if (words.size() == 1 && words[0] == "judge") {
      judge();
    } else {
      std::cerr << "usage: oracle_proofs make ALL MOST SEED | judge\n";
      return 2;
    }
  } catch (const std::exception& error) {
    std::cerr << "oracle_proofs: " << error.what() << '\n';
    return 2;
  }
  std::cout.flush();
  return std::cout ? 0 : 2;
}
