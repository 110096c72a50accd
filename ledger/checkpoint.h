// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "ledger/core/crypto.h"
#include "schemas/seal.pb.h"

// Seals as others read them (docs/archive.md): the ends of the logs as leaves of one RFC 6962 tree,
// and its head as a C2SP checkpoint (c2sp.org/tlog-checkpoint, c2sp.org/signed-note).
namespace verbena::ledger {

// A SealedLog as a leaf: log id, size (u64), root. 72 bytes.
Bytes tip_leaf(const schemas::SealedLog& tip);

struct Checkpoint {
  std::string text;           // origin, number of leaves, root: a line each
  std::vector<Bytes> leaves;  // of all its seals; a later seal only adds some
  Hash root{};
};
// Of the last of these seals. The first is number 1: the origin is made of its hash. None of them
// needs to be true; Errc::bad_input where one is no seal.
Result<Checkpoint> checkpoint_of(std::span<const schemas::SignedSeal> seals);

// "verbena/<festival>/<alias>", and with it the line that others' tools take a key from.
std::string note_key_name(std::uint64_t festival, std::string_view alias);
std::string note_verifier_key(std::string_view name, const PublicKey& key);

schemas::Signature sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);
bool verify_checkpoint(const Checkpoint& checkpoint, const PublicKey& key,
                       std::string_view signature);

struct NoteSigner {
  std::string name;
  PublicKey key{};
  Bytes signature;
};
// The whole file: text, an empty line, a line for each signature.
std::string signed_note(const Checkpoint& checkpoint, std::span<const NoteSigner> signers);

}  // namespace verbena::ledger
