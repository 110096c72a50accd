// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/chip_band.h"
#include "node/nfc/signed_chip.h"

// A band on an NTAG 424 DNA at a tap. A sale is one command that the chip does whole or not at all;
// a top-up is two, and the second decides.
namespace verbena::node::nfc {

class SignedBand final : public ChipBand {
 public:
  // All outlive it.
  SignedBand(Transceiver& channel, const BandKeys& keys, ledger::Random& random)
      : chip_(channel), keys_(&keys), random_(&random) {}

  ledger::Result<ledger::Bytes> read() override;
  // refused, band_keys_missing: it changes the credit, and this device has no key for that.
  ledger::Result<ledger::Bytes> write(std::string_view image) override;
  ledger::Bytes proof() const override { return proof_; }

 private:
  ledger::Status put(ChipFile file, std::uint32_t offset, std::string_view bytes);

  Ev2Chip chip_;
  const BandKeys* keys_;
  ledger::Random* random_;
  ledger::Bytes known_;        // the image as last read; empty: not known
  ledger::Bytes certificate_;  // on the chip
  ledger::Bytes proof_;        // of `known_`
};

}  // namespace verbena::node::nfc
