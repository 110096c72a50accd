// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/chip_keys.h"
#include "node/nfc/chip_mark.h"

// How a short band (ledger/purse/short_band.h) lies on an NTAG 424 DNA: the `signed` profile
// (docs/decisions/0035-...).
//   file 1   32 bytes, anybody reads: the mark that tells what the chip is
//   file 2  256 bytes: both frames. Debit key reads and writes, credit key too
//   file 3  128 bytes: the credit certificate. Debit key reads, credit key reads and writes
namespace verbena::node::nfc {

constexpr ChipFile mark_file{1, Protection::plain};
constexpr ChipFile frames_file{2, Protection::full};
constexpr ChipFile certificate_file{3, Protection::full};
constexpr FileSettings frames_settings{Protection::full, 3, 3, 2, 0};
constexpr FileSettings certificate_settings{Protection::full, 2, 3, 3, 0};
constexpr std::size_t certificate_file_bytes = 128;

// Selects the application and reads the mark, for which no key is needed. chip_unfit: it is no such
// chip.
ledger::Result<ChipMark> look_at(Ev2Chip& chip);

}  // namespace verbena::node::nfc
