// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/chip_band.h"
#include "node/nfc/ntag21x.h"

// A band or a staff band in the pages of an NTAG21x: the `open` profile. The image of
// ledger/purse/band.h lies there in three parts, each beginning on a page of its own, so that no
// page belongs to both slots (docs/decisions/0020-...). What a torn write can harm is one slot.
namespace verbena::node::nfc {

class PageBand final : public ChipBand {
 public:
  explicit PageBand(Ntag21x chip) : chip_(chip) {}

  bool fits() const;  // both slots of a band

  // The image. bad_input: the tag holds neither band; unreachable: it left.
  ledger::Result<ledger::Bytes> read() override;
  // Only the pages that differ from what was read, of one slot at most, then the whole slot read
  // back. On a tag that holds no band yet: everything, its mark last. in_doubt: torn.
  ledger::Result<ledger::Bytes> write(std::string_view image) override;

 private:
  ledger::Status write_new(std::string_view image);
  ledger::Result<ledger::Bytes> read_slots(ledger::Bytes mark);

  Ntag21x chip_;
  ledger::Bytes known_;  // the image as last read; empty: not known, or no band
};

}  // namespace verbena::node::nfc
