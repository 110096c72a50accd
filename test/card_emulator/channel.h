// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/transceiver.h"
#include "test/card_emulator/card.h"

namespace verbena::test {

// A card without a reader's service between: what is torn looks as it does through that service,
// an answer without a byte.
class CardChannel final : public node::nfc::Transceiver {
 public:
  explicit CardChannel(Card& card) : card_(card) {}
  ledger::Result<ledger::Bytes> transceive(std::string_view apdu) override {
    return card_.apdu(apdu).value_or(ledger::Bytes());
  }
  ledger::Bytes answer_to_reset() const override { return card_.atr(); }

 private:
  Card& card_;
};

}  // namespace verbena::test
