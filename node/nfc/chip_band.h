// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/bytes.h"
#include "ledger/core/result.h"

// Seam: a band on a chip in the field, whatever the chip. Above it there are images
// (ledger/purse/band.h, node/staff_band.h).
namespace verbena::node::nfc {

class ChipBand {
 public:
  virtual ~ChipBand() = default;
  // The image. unreachable: the chip left; refused, with the refusal: what it is instead of a band.
  virtual ledger::Result<ledger::Bytes> read() = 0;
  // Of an image as read, one slot changed. Returns that slot as it is read back. in_doubt: the chip
  // left meanwhile; it is as before or as asked.
  virtual ledger::Result<ledger::Bytes> write(std::string_view image) = 0;
  // The chip's word on what was read or written last (ledger/purse/presence.h); empty: this kind of
  // chip gives none, or the band was never used.
  virtual ledger::Bytes proof() const { return {}; }
};

}  // namespace verbena::node::nfc
