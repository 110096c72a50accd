// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/band.h"

// Proof of presence: a chip's own word that it carried a head, under a key that no till has
// (docs/decisions/0040-... and 0048-...). Here are its forms, and what it is about; whether the
// chip's MAC is right is for who has the key (node/nfc/presence.h).
namespace verbena::ledger {

constexpr std::size_t presence_mac_bytes = 8;
constexpr std::size_t presence_heads_bytes = 2 * purse_head_bytes;

// Of a chip that signs what it gives out (NTAG 424 DNA).
struct Presence {
  std::uint32_t reads = 0;  // of this chip so far; 24 bits
  Bytes mac;                // `presence_mac_bytes`, over `heads`
  Bytes heads;              // of both slots, as they lay on the chip
};
// format u8 (is 1) || reads, 3 bytes || mac || heads
constexpr std::size_t presence_bytes = 1 + 3 + presence_mac_bytes + presence_heads_bytes;
Bytes encode_presence(const Presence& presence);
std::optional<Presence> decode_presence(std::string_view bytes);  // empty: of another form
// The head of either slot; empty: none is there.
std::array<std::optional<PurseHead>, 2> heads_in(const Presence& presence);

// Of a chip that signs what it is asked to commit (DESFire): the commit that made a head count.
struct CommitPresence {
  std::uint32_t commits = 0;  // of this chip so far, with this one
  Bytes mac;                  // `presence_mac_bytes`, over what was committed
  Bytes serial;               // of the chip, under a key that no till has
  Bytes record;               // what was committed, a digest of `head` in it
  Bytes before;               // the record of the commit before, as it lies on the chip
  Bytes answer;               // what the chip said of it, encrypted; zeros: nobody heard it
  Bytes head;                 // `purse_head_bytes`
};
constexpr std::size_t presence_serial_bytes = 7, presence_record_bytes = 16;
// format u8 (is 2) || commits u32 || mac || serial || record || before || answer || head
constexpr std::size_t commit_presence_bytes = 1 + 4 + presence_mac_bytes + presence_serial_bytes +
                                              3 * presence_record_bytes + purse_head_bytes;
Bytes encode_commit_presence(const CommitPresence& presence);
std::optional<CommitPresence> decode_commit_presence(std::string_view bytes);  // empty: no such

// The heads that a proof of either form is about; none: it is of neither.
std::vector<PurseHead> heads_told(std::string_view proof);

// Whether steps of this purse need a proof: the number says it, so that nobody has to be told.
bool proves_presence(std::uint64_t purse);
std::uint64_t purse_number(std::uint64_t random, bool proves_presence);

// What a reader tells of a band: its image, and behind it the proof where its chip gives one.
std::string_view image_in(std::string_view shown);
std::string_view proof_in(std::string_view shown);  // empty: none

// Puts the proof into a Confirmed or an Evidence; nothing where it is empty.
void add_proof(schemas::Event& event, std::string_view proof);
Bytes proof_of(const schemas::Event& event);  // empty: none

}  // namespace verbena::ledger
