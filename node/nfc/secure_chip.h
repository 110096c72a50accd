// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/presence.h"
#include "node/nfc/chip_keys.h"
#include "node/nfc/chip_mark.h"

// How a short band (ledger/purse/short_band.h) lies on a MIFARE DESFire Light, EV2 or EV3: the
// `secure` profile (docs/decisions/0039-... and 0048-...). The files are those that DESFire Light
// comes with.
//   file 1f   32 bytes, anybody reads: the mark that tells what the chip is
//   file 00  256 bytes: two places for a frame. Debit key reads and writes
//   file 04  256 bytes: two places for a credit certificate, the chip's serial number behind each,
//            which hubs alone can unveil. Debit key reads
//   file 01  records of 16 bytes, the newest counts: which places hold the band. Debit key writes
//   file 03  a value: the balance that was credited here, in minor units. Debit key takes from it
//   file 0f   12 bytes, anybody reads: commits so far, and the chip's MAC over the last one, made
//            with a key that no reader has. Who commits must name a reader
// The credit key may do all that, and alone writes a certificate and adds to the value.
// A tap writes to the places that do not count; record and value change in one transaction.
namespace verbena::node::nfc::secure {

extern const std::string_view application_id;  // on EV2 and EV3

constexpr ChipFile mark_file{0x1f, Protection::plain};
constexpr ChipFile frames_file{0x00, Protection::full};
constexpr ChipFile certificates_file{0x04, Protection::full};
constexpr ChipFile choice_file{0x01, Protection::full};
constexpr ChipFile value_file{0x03, Protection::full};
constexpr ChipFile transaction_mac_file{0x0f, Protection::plain};

constexpr FileSettings mark_settings{Protection::plain, 14, 0, 0, 0};
constexpr FileSettings frames_settings{Protection::full, 2, 2, 3, 0};
constexpr FileSettings certificates_settings{Protection::full, 2, 15, 3, 0};
constexpr FileSettings choice_settings{Protection::full, 2, 2, 3, 0};
// Who may read a value may also take from it.
constexpr FileSettings value_settings{Protection::full, 2, 15, 3, 0};
constexpr FileSettings transaction_mac_settings{Protection::plain, 14, 15, 14, 0};

constexpr std::size_t places = 2, place_bytes = 128;
constexpr std::uint32_t choices_max = 5;

// Where in its file.
constexpr std::uint32_t at_place(std::size_t place) {
  return static_cast<std::uint32_t>(place * place_bytes);
}

// places u8: the frame's, and twice the certificate's || change i32 || first 11 bytes of the
// SHA-256 over the head. Which places are the band, that they hold what was meant, and what was
// done to the value with it: what the chip's MAC is over can be told from the record alone.
struct Choice {
  std::size_t frame = 0, certificate = 0;
  std::int32_t change_minor = 0;  // of the value
  ledger::Bytes digest;           // of the head
};
constexpr std::size_t choice_bytes = 16, choice_digest_bytes = 11;
static_assert(choice_bytes == ledger::presence_record_bytes && choice_bytes == reader_id_bytes);
ledger::Bytes digest_of_head(std::string_view head);  // `ledger::purse_head_bytes`
ledger::Bytes encode_choice(const Choice& choice);
ledger::Result<Choice> parse_choice(std::string_view bytes);

// What the value file holds beside a slot: what is left of what was credited on the band itself.
// A band that also spends grants from elsewhere may have less than nothing; a value may not.
// bad_input: the slot has no form; refused, amount_out_of_range: more than a value can be.
ledger::Result<std::int32_t> value_beside(std::string_view slot);

// Selects the application. bad_input: the chip has none.
ledger::Status select(Ev2Chip& chip);
// Of the application that is selected, without a key; what has no mark was made by nobody.
ledger::Result<ChipMark> read_mark(Ev2Chip& chip);
// Both: what anybody may know of the chip.
ledger::Result<ChipMark> look_at(Ev2Chip& chip);

// What the chip says of its last commit, without a key. refused, band_unfinished: it says nothing.
ledger::Result<TransactionProof> read_word(Ev2Chip& chip);

}  // namespace verbena::node::nfc::secure
