// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"

#include <catch2/catch.hpp>

#include "ledger/core/merkle.h"
#include "ledger/seal.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Hash;

namespace {

ledger::SigningKey key_of(std::uint8_t seed) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(seed);
  return ledger::SigningKey::from_seed(bytes);
}

schemas::SealedLog tip(char log, std::uint64_t size) {
  schemas::SealedLog out;
  out.set_log(Bytes(32, log));
  out.set_size(size);
  out.set_root(ledger::to_bytes(ledger::sha256({Bytes(1, log), std::to_string(size)})));
  return out;
}

schemas::SignedSeal seal(std::uint32_t number, const std::vector<schemas::SealedLog>& tips) {
  schemas::Seal body;
  body.set_version(ledger::seal_version);
  body.set_festival(0x1122334455667788);
  body.set_number(number);
  for (const auto& entry : tips) *body.add_log() = entry;
  schemas::SignedSeal out;
  out.set_seal(body.SerializeAsString());
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == '\n') out.emplace_back();
    if (c != '\n') out.back() += c;
  }
  return out;
}

std::vector<Hash> hashes_of(const std::vector<Bytes>& leaves) {
  std::vector<Hash> out;
  for (const auto& leaf : leaves) out.push_back(ledger::leaf_hash(leaf));
  return out;
}

}  // namespace

TEST_CASE("A checkpoint has an origin, a number of leaves and a root in base64") {
  const std::vector seals{seal(1, {tip('a', 3), tip('b', 70'000)})};
  const auto checkpoint = ledger::checkpoint_of(seals);
  REQUIRE(checkpoint.ok());
  REQUIRE(checkpoint->leaves.size() == 2);
  CHECK(checkpoint->leaves[1] ==
        Bytes(32, 'b') + Bytes("\0\0\0\0\0\1\x11\x70", 8) + tip('b', 70'000).root());
  const auto lines = lines_of(checkpoint->text);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] ==
        "verbena/1122334455667788/" + ledger::hex(ledger::seal_hash(seals[0])).substr(0, 32));
  CHECK(lines[1] == "2");
  CHECK(lines[2].size() == 44);
  CHECK(lines[2].back() == '=');
  CHECK(lines[3].empty());
  CHECK(checkpoint->root == ledger::tree_root(hashes_of(checkpoint->leaves)));
}

TEST_CASE("A verifier key is written as others read it") {
  // The example in the documentation of Go's package golang.org/x/mod/sumdb/note.
  const auto key = ledger::fixed<32>(
      *ledger::unhex("1a5cd907143c384c41e830c5bce12aa8817ec5649aaabf2c31388b35b2d744d6"));
  REQUIRE(key);
  CHECK(ledger::note_verifier_key("PeterNeumann", *key) ==
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
}

TEST_CASE("An amendment's tree begins with the leaves of what it amends") {
  const auto first = seal(1, {tip('b', 3), tip('c', 5)});
  // An older log goes on, one stays as it was, one is new and sorts first.
  const auto second = seal(2, {tip('a', 1), tip('b', 4), tip('c', 5)});
  const auto before = ledger::checkpoint_of(std::vector{first});
  const auto after = ledger::checkpoint_of(std::vector{first, second});
  REQUIRE(before.ok());
  REQUIRE(after.ok());
  REQUIRE(after->leaves.size() == 4);
  CHECK(std::equal(before->leaves.begin(), before->leaves.end(), after->leaves.begin()));
  CHECK(after->leaves[2] == ledger::tip_leaf(tip('a', 1)));
  CHECK(after->leaves[3] == ledger::tip_leaf(tip('b', 4)));
  CHECK(lines_of(before->text)[0] == lines_of(after->text)[0]);
  const auto path = ledger::consistency_path(hashes_of(after->leaves), 2);
  CHECK(ledger::verify_consistency(2, before->root, 4, after->root, path));
}

TEST_CASE("What names no logs has no checkpoint") {
  auto torn = tip('a', 3);
  torn.set_root("short");
  CHECK_FALSE(ledger::checkpoint_of(std::vector{seal(1, {torn})}).ok());
  schemas::SignedSeal nonsense;
  nonsense.set_seal("\x0a\x01");
  CHECK_FALSE(ledger::checkpoint_of(std::vector{nonsense}).ok());
  CHECK_FALSE(ledger::checkpoint_of({}).ok());
}

TEST_CASE("A note bears a line for each signer") {
  const auto checkpoint = ledger::checkpoint_of(std::vector{seal(1, {tip('a', 3)})});
  REQUIRE(checkpoint.ok());
  std::vector<ledger::NoteSigner> signers;
  for (const std::uint8_t seed : {std::uint8_t{1}, std::uint8_t{2}}) {
    const auto key = key_of(seed);
    const auto signature = ledger::sign_checkpoint(*checkpoint, key);
    CHECK(ledger::verify_checkpoint(*checkpoint, key.public_key(), signature.signature()));
    // Over the text and nothing else: what others' tools verify.
    CHECK(ledger::verify_signature(key.public_key(), {}, checkpoint->text, signature.signature()));
    signers.push_back({ledger::note_key_name(1, "s-" + std::to_string(seed)), key.public_key(),
                       signature.signature()});
  }
  auto other = *checkpoint;
  other.text[30] ^= 1;
  CHECK_FALSE(ledger::verify_checkpoint(other, signers[0].key, signers[0].signature));
  const auto lines = lines_of(ledger::signed_note(*checkpoint, signers));
  REQUIRE(lines.size() == 7);
  CHECK(lines[3].empty());
  CHECK(lines[4].starts_with("\u2014 verbena/0000000000000001/s-1 "));
  CHECK(lines[5].starts_with("\u2014 verbena/0000000000000001/s-2 "));
  // Four bytes of key hash and 64 of signature.
  CHECK(lines[4].size() == std::string("\u2014 verbena/0000000000000001/s-1 ").size() + 92);
}
