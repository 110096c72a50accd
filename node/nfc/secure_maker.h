// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/chip_maker.h"

namespace verbena::node::nfc {

// Of a MIFARE DESFire Light, EV2 or EV3. A wiped one has the keys of a delivered one and nothing in
// its files; what it keeps is, on EV2 and EV3, the application, and the rights of the files, which
// the delivered key may change. A Light has no transaction MAC then.
class SecureMaker final : public ChipMaker {
 public:
  using ChipMaker::ChipMaker;

 private:
  ledger::Result<ChipMark> look() override;
  ChipFile mark() const override;
  bool is_blank() const override { return is_blank_; }
  // With a file's key, which is made anew where it is not known: a torn mark names no purse.
  bool proves_with_key() const override { return false; }
  ledger::Status prepare() override;
  ledger::Status guard(std::uint64_t purse) override;
  ledger::Status fill(const ledger::BandImage& image) override;
  ledger::Result<ledger::Bytes> read_band() override;
  ledger::Status clear() override;
  std::string_view delivered_mark() const override;
  ledger::Status prepare_light();
  ledger::Status create_files();
  ledger::Status set_rights();
  ledger::Status delete_transaction_mac();
  ledger::Status take_all_value();

  bool is_blank_ = false;  // an EV2 or EV3 without the application
};

}  // namespace verbena::node::nfc
