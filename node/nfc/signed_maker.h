// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/chip_maker.h"

namespace verbena::node::nfc {

// Of an NTAG 424 DNA.
class SignedMaker final : public ChipMaker {
 public:
  using ChipMaker::ChipMaker;

 private:
  ledger::Result<ChipMark> look() override;
  ChipFile mark() const override;
  ledger::Status guard(std::uint64_t purse) override;
  ledger::Status fill(const ledger::BandImage& image) override;
  ledger::Result<ledger::Bytes> read_band() override;
  ledger::Status clear() override;
  std::string_view delivered_mark() const override;
};

}  // namespace verbena::node::nfc
