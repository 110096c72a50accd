// SPDX-License-Identifier: Apache-2.0
#include "ledger/purse/presence.h"

#include "schemas/presence.pb.h"

namespace verbena::ledger {

namespace {

constexpr char presence_format = 1, commit_format = 2;
constexpr std::size_t reads_at = 1, mac_at = 4, heads_at = mac_at + presence_mac_bytes;
static_assert(heads_at + presence_heads_bytes == presence_bytes);
constexpr std::uint64_t proving_purse = 1ull << 63;

std::optional<PurseHead> head_in(std::string_view bytes) {
  Bytes slot(bytes);
  slot.resize(slot_bytes, '\0');
  const auto decoded = decode_slot(slot);
  if (!decoded) return std::nullopt;
  return decoded->head;
}

}  // namespace

Bytes encode_presence(const Presence& presence) {
  VERBENA_CHECK(presence.mac.size() == presence_mac_bytes &&
                presence.heads.size() == presence_heads_bytes);
  Bytes out(1, presence_format);
  put_u8(out, static_cast<std::uint8_t>(presence.reads >> 16));
  put_u16(out, static_cast<std::uint16_t>(presence.reads));
  return out + presence.mac + presence.heads;
}

std::optional<Presence> decode_presence(std::string_view bytes) {
  if (bytes.size() != presence_bytes || bytes[0] != presence_format) return std::nullopt;
  return Presence{static_cast<std::uint32_t>(get_be(bytes.substr(reads_at, mac_at - reads_at))),
                  Bytes(bytes.substr(mac_at, presence_mac_bytes)), Bytes(bytes.substr(heads_at))};
}

std::array<std::optional<PurseHead>, 2> heads_in(const Presence& presence) {
  const std::string_view heads = presence.heads;
  return {head_in(heads.substr(0, purse_head_bytes)), head_in(heads.substr(purse_head_bytes))};
}

Bytes encode_commit_presence(const CommitPresence& presence) {
  VERBENA_CHECK(presence.mac.size() == presence_mac_bytes &&
                presence.serial.size() == presence_serial_bytes &&
                presence.record.size() == presence_record_bytes &&
                presence.before.size() == presence_record_bytes &&
                presence.answer.size() == presence_record_bytes &&
                presence.head.size() == purse_head_bytes);
  Bytes out(1, commit_format);
  put_u32(out, presence.commits);
  return out + presence.mac + presence.serial + presence.record + presence.before +
         presence.answer + presence.head;
}

std::optional<CommitPresence> decode_commit_presence(std::string_view bytes) {
  if (bytes.size() != commit_presence_bytes || bytes[0] != commit_format) return std::nullopt;
  std::size_t at = 1;
  const auto next = [&](std::size_t size) {
    at += size;
    return Bytes(bytes.substr(at - size, size));
  };
  CommitPresence out;
  out.commits = static_cast<std::uint32_t>(get_be(next(sizeof(std::uint32_t))));
  out.mac = next(presence_mac_bytes);
  out.serial = next(presence_serial_bytes);
  out.record = next(presence_record_bytes);
  out.before = next(presence_record_bytes);
  out.answer = next(presence_record_bytes);
  out.head = next(purse_head_bytes);
  return out;
}

std::vector<PurseHead> heads_told(std::string_view proof) {
  std::vector<PurseHead> out;
  if (const auto presence = decode_presence(proof)) {
    for (const auto& head : heads_in(*presence)) {
      if (head) out.push_back(*head);
    }
  } else if (const auto commit = decode_commit_presence(proof)) {
    if (const auto head = head_in(commit->head)) out.push_back(*head);
  }
  return out;
}

bool proves_presence(std::uint64_t purse) {
  return (purse & proving_purse) != 0;
}

std::uint64_t purse_number(std::uint64_t random, bool proves_presence) {
  return proves_presence ? random | proving_purse : random & ~proving_purse;
}

std::string_view image_in(std::string_view shown) {
  const bool has_proof = shown.size() == band_bytes + presence_bytes ||
                         shown.size() == band_bytes + commit_presence_bytes;
  return has_proof ? shown.substr(0, band_bytes) : shown;
}

std::string_view proof_in(std::string_view shown) {
  return shown.substr(image_in(shown).size());
}

void add_proof(schemas::Event& event, std::string_view proof) {
  if (proof.empty()) return;
  schemas::Presence presence;
  presence.set_proof(Bytes(proof));
  event.mutable_payload()->append(presence.SerializeAsString());
}

Bytes proof_of(const schemas::Event& event) {
  schemas::Presence presence;
  return presence.ParseFromString(event.payload()) ? presence.proof() : Bytes();
}

}  // namespace verbena::ledger
