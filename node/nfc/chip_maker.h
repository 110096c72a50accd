// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/signed_chip.h"

// Makes a band of an NTAG 424 DNA, and a chip as delivered of a band. Either is many commands, and
// either may be cut short after any of them: the mark is written first and last, says "unfinished"
// in between, and whoever comes next begins anew, taking each key as it finds it.
namespace verbena::node::nfc {

class ChipMaker {
 public:
  // All outlive it. `keys` has the owner key.
  ChipMaker(Transceiver& channel, const BandKeys& keys, ledger::Random& random);

  struct Made {
    ledger::Bytes uid, image;
    bool was_made = false;  // and was never used: `image` is what it carries
  };
  // `image`: a new short band. Errors: bad_input, the chip is a band that was used; other_festival;
  // refused, its keys are somebody else's; unreachable or in_doubt, it left: begin again.
  ledger::Result<Made> make(std::string_view image);
  // The same errors, but for a band that was used.
  ledger::Status unmake();

 private:
  enum class Keys { delivered, ours };
  ledger::Result<ChipMark> begin();
  AesKey key(std::uint8_t number, Keys whose) const;
  ledger::Result<Keys> enter(std::uint8_t number, Keys likely);
  ledger::Status enter_owner();
  ledger::Status set_key(std::uint8_t number, Keys whose);
  ledger::Status set_owner(Keys whose);
  ledger::Status write_mark(ChipMark::State state, std::uint64_t purse);
  ledger::Result<Made> as_made(const ledger::Bytes& image);

  Transceiver* channel_;
  Ev2Chip chip_;
  const BandKeys* keys_;
  ledger::Random* random_;
  ledger::Bytes uid_;
  std::uint64_t purse_ = 0;       // of the mark: whose key 4 is, where it is ours
  Keys owner_ = Keys::delivered;  // as last found or set
};

}  // namespace verbena::node::nfc
