// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/short_band.h"
#include "node/band_keys.h"
#include "node/nfc/ev2_chip.h"

// How a short band (ledger/purse/short_band.h) lies on an NTAG 424 DNA: the `signed` profile
// (docs/decisions/0035-...).
//   file 1   32 bytes, anybody reads: the mark that tells what the chip is
//   file 2  256 bytes: both frames, the first one back to front, so that their heads lie side by
//           side. Debit key reads and writes, credit key too. Without a key the chip gives out both
//           heads with its MAC over them (docs/decisions/0040-...)
//   file 3  128 bytes: the credit certificate. Debit key reads, credit key reads and writes
namespace verbena::node::nfc {

constexpr std::uint8_t owner_key_number = 0, debit_key_number = 2, credit_key_number = 3;
constexpr std::uint8_t presence_key_number = 4;  // the chip's alone: no reader ever uses it
constexpr std::uint8_t chip_keys = 5;

constexpr ChipFile mark_file{1, Protection::plain};
constexpr ChipFile frames_file{2, Protection::full};
constexpr ChipFile certificate_file{3, Protection::full};
// Digits lie over what is in the first bytes behind the second head.
constexpr std::size_t frame_bytes = ledger::short_frame_bytes;
constexpr OpenMessage frames_message{presence_key_number, frame_bytes - ledger::purse_head_bytes,
                                     frame_bytes + ledger::purse_head_bytes,
                                     frame_bytes + ledger::purse_head_bytes + message_mac_digits};
constexpr FileSettings frames_settings{Protection::full, 3, 3, 2, 0, frames_message};
constexpr FileSettings certificate_settings{Protection::full, 2, 3, 3, 0};
constexpr std::size_t certificate_file_bytes = 128;

// A frame as it lies in file 2, and the frame that lies there; numbered 0 and 1.
ledger::Bytes laid(std::string_view frame, std::size_t number);
ledger::Bytes lifted(std::string_view laid, std::size_t number);

// "VBAND003" || state u8 || festival u64 || purse u64 || zeros: what was done to a chip, for whom,
// and of which purse key 4 is, or is to be, where it is not as delivered.
struct ChipMark {
  enum class State : std::uint8_t { none = 0, unfinished = 1, made = 2 };
  State state = State::none;
  std::uint64_t festival = 0;
  std::uint64_t purse = 0;
};
constexpr std::size_t chip_mark_bytes = 32;
ledger::Bytes encode_mark(const ChipMark& mark);
ChipMark parse_mark(std::string_view bytes);

// Selects the application and reads the mark, for which no key is needed. chip_unfit: it is no such
// chip.
ledger::Result<ChipMark> look_at(Ev2Chip& chip);
// Why a tap finds no band of this festival there; done where the mark says that it does.
ledger::Status is_band_of(const ChipMark& mark, std::uint64_t festival);

// A chip's own key; empty where this device has not what it is made from.
std::optional<AesKey> key_of_chip(const BandKeys& keys, std::string_view uid, std::uint8_t number);

}  // namespace verbena::node::nfc
