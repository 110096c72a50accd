// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/bytes.h"

// The chip's side of EV2 authentication and messaging. Shares nothing with node/nfc: written once
// more from the application notes, over Nettle instead of OpenSSL, so that an error of one side
// does not cancel out against the other.
namespace verbena::test {

enum class Wire { plain, maced, enciphered };

class Ev2Side {
 public:
  void forget();
  bool waiting() const { return stage_ == Stage::challenged; }
  bool active() const { return stage_ == Stage::active; }
  int key_number() const { return key_number_; }

  ledger::Bytes challenge(int key_number, const ledger::Bytes& key, const ledger::Bytes& random);
  // The reader's proof; empty: it has another key.
  std::optional<ledger::Bytes> accept(const ledger::Bytes& proof, const ledger::Bytes& id);

  // A command's payload without MAC and encryption, its first `header` bytes as they are; empty: it
  // was not made with the session's keys.
  std::optional<ledger::Bytes> receive(char instruction, const ledger::Bytes& payload,
                                       std::size_t header, Wire wire);
  // The answer; counts the command.
  ledger::Bytes send(const ledger::Bytes& data, Wire wire, bool padded = true);

 private:
  enum class Stage { none, challenged, active };
  ledger::Bytes counted(char first) const;
  ledger::Bytes vector(char a, char b) const;

  Stage stage_ = Stage::none;
  int key_number_ = -1;
  ledger::Bytes key_, mine_, enc_, mac_, id_;
  unsigned commands_ = 0;
};

ledger::Bytes nettle_cmac(const ledger::Bytes& key, const ledger::Bytes& message);
ledger::Bytes every_second(const ledger::Bytes& mac);
ledger::Bytes nettle_cbc(const ledger::Bytes& key, ledger::Bytes iv, const ledger::Bytes& data,
                         bool encrypt);

}  // namespace verbena::test
