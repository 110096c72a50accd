// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"

#include <set>

#include "ledger/core/merkle.h"
#include "ledger/seal.h"

namespace verbena::ledger {

namespace {

constexpr std::string_view note_prefix = "verbena/";
constexpr std::string_view ed25519_type{"\x01", 1};
constexpr std::size_t origin_hash_bytes = 16;

// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto part = bytes.substr(at, 3);
    const std::uint64_t bits = get_be(part) << 8 * (3 - part.size());
    for (std::size_t i = 0; i < 4; ++i) {
      out += i > part.size() ? '=' : digits[bits >> (18 - 6 * i) & 63];
    }
  }
  return out;
}

Bytes note_key_hash(std::string_view name, const PublicKey& key) {
  return to_bytes(sha256({name, "\n", ed25519_type, view(key)})).substr(0, 4);
}

}  // namespace

Bytes tip_leaf(const schemas::SealedLog& tip) {
  Bytes out = tip.log();
  put_u64(out, tip.size());
  return out + tip.root();
}

Result<Checkpoint> checkpoint_of(std::span<const schemas::SignedSeal> seals) {
  Checkpoint out;
  std::set<Bytes> known;
  std::uint64_t festival = 0;
  for (const auto& entry : seals) {
    auto seal = parse_seal(entry);
    if (!seal) return seal.error();
    festival = seal->festival();
    for (const auto& tip : seal->log()) {
      if (tip.log().size() != 32 || tip.root().size() != 32) {
        return Error{Errc::bad_input, "it names a log that is none"};
      }
      Bytes leaf = tip_leaf(tip);
      if (known.insert(leaf).second) out.leaves.push_back(std::move(leaf));
    }
  }
  if (seals.empty()) return Error{Errc::bad_input, "there is no seal"};
  MerklePeaks tree;
  for (const auto& leaf : out.leaves) tree.append(leaf_hash(leaf));
  out.root = tree.root();
  out.text = std::string(note_prefix) + hex_u64(festival) + "/" +
             hex(view(seal_hash(seals.front())).substr(0, origin_hash_bytes)) + "\n" +
             std::to_string(out.leaves.size()) + "\n" + base64(view(out.root)) + "\n";
  return out;
}

std::string note_key_name(std::uint64_t festival, std::string_view alias) {
  return std::string(note_prefix) + hex_u64(festival) + "/" + std::string(alias);
}

std::string note_verifier_key(std::string_view name, const PublicKey& key) {
  return std::string(name) + "+" + hex(note_key_hash(name, key)) + "+" +
         base64(Bytes(ed25519_type) + to_bytes(key));
}

// The first word of the text is the context: nothing else that is signed begins like it.
schemas::Signature sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  schemas::Signature out;
  out.set_key(to_bytes(key.public_key()));
  const std::string_view rest = std::string_view(checkpoint.text).substr(note_prefix.size());
  out.set_signature(to_bytes(key.sign(note_prefix, rest)));
  return out;
}

bool verify_checkpoint(const Checkpoint& checkpoint, const PublicKey& key,
                       std::string_view signature) {
  const std::string_view rest = std::string_view(checkpoint.text).substr(note_prefix.size());
  return verify_signature(key, note_prefix, rest, signature);
}

std::string signed_note(const Checkpoint& checkpoint, std::span<const NoteSigner> signers) {
  std::string out = checkpoint.text + "\n";
  for (const auto& signer : signers) {
    out += "\u2014 " + signer.name + " " +
           base64(note_key_hash(signer.name, signer.key) + signer.signature) + "\n";
  }
  return out;
}

}  // namespace verbena::ledger
