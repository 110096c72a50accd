// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/band.h"
#include "node/nfc/chip_keys.h"
#include "node/nfc/chip_mark.h"

// Makes a band of a chip with keys, and a chip as delivered of a band. Either is many commands, and
// either may be cut short after any of them: the mark is written first and last, says "unfinished"
// in between, and whoever comes next begins anew, taking each key as it finds it. What differs from
// one kind of chip to another is in the classes below it.
namespace verbena::node::nfc {

class ChipMaker {
 public:
  // All outlive it. `keys` are all.
  ChipMaker(Transceiver& channel, const BandKeys& keys, ledger::Random& random);
  virtual ~ChipMaker() = default;

  struct Made {
    ledger::Bytes uid, image;
    bool was_made = false;  // and was never used: `image` is what it carries
  };
  // `image`: a new short band. Errors: bad_input, the chip is a band that was used; other_festival;
  // refused, its keys are somebody else's; unreachable or in_doubt, it left: begin again.
  ledger::Result<Made> make(std::string_view image);
  // The same errors, but for a band that was used.
  ledger::Status unmake();

 protected:
  using Whose = ChipKeys::Whose;
  // Without a key: what the chip says of itself.
  virtual ledger::Result<ChipMark> look() = 0;
  virtual ChipFile mark() const = 0;
  // There is nothing on it that a key or a mark could be in.
  virtual bool is_blank() const { return false; }
  // Before the first mark: its file is there, and the owner may write it.
  virtual ledger::Status prepare() { return ledger::done(); }
  // Whether the chip proves with key 4, which is the purse's then and not the chip's: so the mark
  // names the purse.
  virtual bool proves_with_key() const { return true; }
  // The rights of its files, and what it proves with, if that is no key of these; the owner is
  // authenticated before and afterwards. `purse`: 0 where it proves nothing.
  virtual ledger::Status guard(std::uint64_t purse) = 0;
  // Both frames and the certificate; the credit key is authenticated.
  virtual ledger::Status fill(const ledger::BandImage& image) = 0;
  // What a tap finds.
  virtual ledger::Result<ledger::Bytes> read_band() = 0;
  // Nothing of the band is left but its keys and mark; the owner is authenticated.
  virtual ledger::Status clear() = 0;
  virtual std::string_view delivered_mark() const = 0;

  Transceiver& channel() { return *channel_; }
  Ev2Chip& chip() { return chip_; }
  ChipKeys& keys() { return ring_; }
  const BandKeys& festival_keys() const { return *keys_; }
  ledger::Random& random() { return *random_; }

 private:
  ledger::Result<ChipMark> begin();
  ledger::Status write_mark(ChipMark::State state, std::uint64_t purse);
  ledger::Result<Made> as_made(const ledger::Bytes& image);

  Transceiver* channel_;
  Ev2Chip chip_;
  const BandKeys* keys_;
  ledger::Random* random_;
  ChipKeys ring_;
};

}  // namespace verbena::node::nfc
