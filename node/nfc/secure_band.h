// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/chip_band.h"
#include "node/nfc/secure_chip.h"

// A band on a MIFARE DESFire Light, EV2 or EV3 at a tap. What is written counts from one command
// on, CommitTransaction, which the chip does whole or not at all.
namespace verbena::node::nfc {

class SecureBand final : public ChipBand {
 public:
  // All outlive it.
  SecureBand(Transceiver& channel, const BandKeys& keys, ledger::Random& random)
      : chip_(channel), keys_(&keys), random_(&random) {}

  // The slot that does not count is empty, whatever lies in its place.
  // refused, band_rolled_back: the chip's value is not what the slot says.
  ledger::Result<ledger::Bytes> read() override;
  // refused, band_keys_missing: it changes the credit, and this device has no key for that.
  // unreachable: the chip left and is as before; in_doubt: it left as it was asked to commit.
  ledger::Result<ledger::Bytes> write(std::string_view image) override;
  // Of the commit that made the newest head count; empty: of a band that was never used, too.
  ledger::Bytes proof() const override { return proof_; }

 private:
  ledger::Status put(ChipFile file, std::size_t place, std::string_view bytes);
  // What the chip says of it, all but `head`.
  ledger::Result<ledger::CommitPresence> commit(const secure::Choice& choice);

  Ev2Chip chip_;
  const BandKeys* keys_;
  ledger::Random* random_;
  ledger::Bytes uid_, serial_;  // the serial number, and as the band has it for hubs
  ledger::Bytes known_;         // the image as last read or written; empty: not known
  ledger::Bytes proof_;         // of `known_`
  secure::Choice choice_;
  std::int32_t value_ = 0;
};

}  // namespace verbena::node::nfc
