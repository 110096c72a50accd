// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/band_keys.h"
#include "node/nfc/chip_band.h"
#include "node/tag_reader.h"

namespace verbena::node::nfc {

// A band on whatever chip a channel leads to.
class ChipTag final : public Tag {
 public:
  // All outlive it. `keys`: null where this device has none.
  ChipTag(Transceiver& channel, const BandKeys* keys, ledger::Random& random)
      : channel_(channel), keys_(keys), random_(random) {}

  ledger::Result<std::string> read() override;
  ledger::Result<std::string> write(std::string_view image) override;
  Transceiver* chip() override { return &channel_; }

 private:
  // With the chip's word behind it, where it gives one.
  ledger::Result<std::string> shown(ledger::Result<ledger::Bytes> image) const;

  Transceiver& channel_;
  const BandKeys* const keys_;
  ledger::Random& random_;
  std::unique_ptr<ChipBand> band_;
};

}  // namespace verbena::node::nfc
