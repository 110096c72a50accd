// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/card_emulator/ev2_side.h"

// The chip's side of the messaging that DESFire EV1 brought and EV2 and EV3 still speak: one
// authentication with AES, then one chain of AES-CBC and CMAC through all that is said, each MAC
// being the start of what comes next. No driver of ours speaks it. It is here so that a reader that
// is not ours can judge this chip's files and transactions (test/oracle/freefare).
// Not there: frames that go on in another, so a command has up to 54 bytes, an answer up to 59.
namespace verbena::test {

class Ev1Side {
 public:
  void forget();
  bool waiting() const { return stage_ == Stage::challenged; }
  bool active() const { return stage_ == Stage::active; }
  int key_number() const { return key_number_; }

  // The three are used as those of Ev2Side are; there is no transaction id, so `id` is not needed.
  ledger::Bytes challenge(int key_number, const ledger::Bytes& key, const ledger::Bytes& random);
  std::optional<ledger::Bytes> accept(const ledger::Bytes& proof, const ledger::Bytes& id);
  std::optional<ledger::Bytes> receive(char instruction, const ledger::Bytes& payload,
                                       std::size_t header, Wire wire);
  ledger::Bytes send(const ledger::Bytes& data, Wire wire, bool padded = true);

 private:
  enum class Stage { none, challenged, active };
  ledger::Bytes mac(const ledger::Bytes& message);
  ledger::Bytes chained(const ledger::Bytes& data, bool encrypt);
  std::optional<ledger::Bytes> uncovered(char instruction, const ledger::Bytes& header,
                                         const ledger::Bytes& secret);

  Stage stage_ = Stage::none;
  int key_number_ = -1;
  ledger::Bytes key_, mine_;
  ledger::Bytes chain_;  // the last block that was enciphered or made a MAC
};

// CRC-32 as these chips use it: bit by bit from the lowest, not inverted at the end; 4 bytes,
// lowest first.
ledger::Bytes chip_check(const ledger::Bytes& bytes);

}  // namespace verbena::test
