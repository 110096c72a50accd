// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/commit_presence.h"

#include "ledger/core/crypto.h"

namespace verbena::node::nfc {

using ledger::Bytes;

static_assert(uid_bytes == ledger::presence_serial_bytes &&
              transaction_mac_bytes == ledger::presence_mac_bytes);

Bytes veil_serial(const AesKey& key, std::string_view uid) {
  const Bytes veil = ledger::to_bytes(aes_cmac(key, {}));
  Bytes out(uid);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ veil[i]);
  return out;
}

bool proves_commit(const ledger::CommitPresence& proof, std::uint64_t purse, const BandKeys& keys) {
  const auto key = commit_key(keys, purse), serial = serial_key(keys, purse);
  VERBENA_CHECK(key && serial);
  const auto choice = secure::parse_choice(proof.record);
  if (!choice || proof.commits == 0) return false;
  if (secure::digest_of_head(proof.head) != choice->digest) return false;
  const Bytes uid = veil_serial(*serial, proof.serial);
  const std::uint32_t commits_before = proof.commits - 1;
  const AesKey signs = transaction_mac_key(*key, uid, commits_before);
  const AesKey encrypts = transaction_reader_key(*key, uid, commits_before);
  const auto is_right = [&](std::string_view answer) {
    const Bytes input = record_input(secure::choice_file, proof.record) +
                        value_input(secure::value_file, choice->change_minor) +
                        reader_input(proof.record, answer);
    return ledger::same_secret(short_mac(signs, input), proof.mac);
  };
  // Nobody heard what a torn commit said, and somebody else may have named no record.
  return is_right(aes_encrypt(encrypts, AesBlock{}, proof.before)) || is_right(proof.answer);
}

}  // namespace verbena::node::nfc
