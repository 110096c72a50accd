// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/presence.h"

#include <algorithm>

#include "ledger/core/crypto.h"
#include "node/nfc/commit_presence.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Presence;
using ledger::Result;

namespace {

constexpr std::size_t message_bytes =
    frames_message.reads_at + message_reads_digits - frames_message.from;
static_assert(message_bytes <= frame_data_bytes);
static_assert(frames_message.mac_at - frames_message.from == ledger::presence_heads_bytes);

}  // namespace

Result<Presence> read_presence(Ev2Chip& chip) {
  auto message = chip.read_openly(frames_file.number, frames_message.from, message_bytes);
  if (!message) return message.error();
  const auto digits = [&](std::uint32_t at, std::size_t size) {
    return ledger::unhex(message->substr(at - frames_message.from, size));
  };
  const auto mac = digits(frames_message.mac_at, message_mac_digits);
  const auto reads = digits(frames_message.reads_at, message_reads_digits);
  if (!mac || !reads) return Error{Errc::bad_input, "the chip proves nothing of what it carries"};
  return Presence{static_cast<std::uint32_t>(ledger::get_be(*reads)), *mac,
                  message->substr(0, ledger::presence_heads_bytes)};
}

bool proves(std::string_view proof, const ledger::PurseHead& head, const BandKeys& keys) {
  const auto heads = ledger::heads_told(proof);
  if (std::find(heads.begin(), heads.end(), head) == heads.end()) return false;
  if (const auto commit = ledger::decode_commit_presence(proof)) {
    return proves_commit(*commit, head.purse, keys);
  }
  const auto presence = ledger::decode_presence(proof);
  const auto key = presence_key(keys, head.purse);
  VERBENA_CHECK(presence && key);
  return ledger::same_secret(short_mac(message_mac_key(*key, {}, presence->reads), presence->heads),
                             presence->mac);
}

}  // namespace verbena::node::nfc
