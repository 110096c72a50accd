// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/short_band.h"
#include "node/nfc/chip_keys.h"
#include "node/nfc/chip_mark.h"

// How a short band (ledger/purse/short_band.h) lies on an NTAG 424 DNA: the `signed` profile
// (docs/decisions/0035-...).
//   file 1   32 bytes, anybody reads: the mark that tells what the chip is
//   file 2  256 bytes: both frames, the first one back to front, so that their heads lie side by
//           side. Debit key reads and writes, credit key too. Without a key the chip gives out both
//           heads with its MAC over them (docs/decisions/0040-...)
//   file 3  128 bytes: the credit certificate. Debit key reads, credit key reads and writes
namespace verbena::node::nfc {

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

// Selects the application and reads the mark, for which no key is needed. chip_unfit: it is no such
// chip.
ledger::Result<ChipMark> look_at(Ev2Chip& chip);

}  // namespace verbena::node::nfc
