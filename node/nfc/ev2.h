// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/result.h"
#include "ledger/core/seams.h"
#include "node/nfc/aes.h"

// Authentication and secure messaging with AES of MIFARE DESFire EV2, EV3 and Light and of NTAG 424
// DNA: the reader's side (NXP AN12343 for DESFire Light, AN12196 for NTAG 424 DNA). Pure.
namespace verbena::node::nfc {

constexpr std::size_t transaction_id_bytes = 4;

// What protects a command or an answer on its way; the chip's file settings say which it must be.
enum class Protection { plain, mac, full };

// After an authentication. A command is sealed, sent, and its answer opened, in turn.
class Ev2Session {
 public:
  using TransactionId = std::array<std::uint8_t, transaction_id_bytes>;
  Ev2Session(const AesKey& encryption, const AesKey& mac, const TransactionId& transaction)
      : encryption_(encryption), mac_(mac), transaction_(transaction) {}

  // What follows the instruction: the header as it is, the data encrypted where `protection` is
  // full, and the MAC.
  ledger::Bytes seal(std::uint8_t instruction, std::string_view header, std::string_view data,
                     Protection protection) const;
  // The data of an answer with status 91 00; `padded` is false for the few encrypted answers that
  // are whole blocks without padding. bad_signature: it is not this chip's answer to this command;
  // the session is over then.
  ledger::Result<ledger::Bytes> open(std::string_view answer, Protection protection,
                                     bool padded = true);

  const AesKey& encryption_key() const { return encryption_; }
  const AesKey& mac_key() const { return mac_; }
  const TransactionId& transaction() const { return transaction_; }
  std::uint16_t commands() const { return commands_; }

 private:
  AesBlock iv(std::uint16_t label, std::uint16_t counter) const;
  ledger::Bytes mac_input(std::uint8_t first, std::uint16_t counter) const;

  AesKey encryption_, mac_;
  TransactionId transaction_;
  std::uint16_t commands_ = 0;
};

// AuthenticateEV2First: three passes, both sides show that they have the key.
class Ev2Authentication {
 public:
  // `challenge`: 16 fresh random bytes.
  Ev2Authentication(const AesKey& key, const AesBlock& challenge)
      : key_(key), challenge_(challenge) {}

  // The chip's first answer (its challenge, encrypted) in, the reader's proof of 32 bytes out.
  ledger::Result<ledger::Bytes> prove(std::string_view answer);
  // The chip's proof. bad_signature: it has another key.
  ledger::Result<Ev2Session> finish(std::string_view proof) const;

 private:
  AesKey key_;
  AesBlock challenge_;       // RndA
  AesBlock chip_challenge_;  // RndB
};

// CMAC over the label's two bytes, 00 01 00 80 and what the keys are for.
AesKey session_key(const AesKey& key, std::uint16_t label, std::string_view context);

// What a chip's messages of its own (SDM) and its transaction MAC are computed with. `uid` has 7
// bytes, or none where the chip's messages do not tell it; counters are as the chip tells them,
// `transactions` before the transaction counts.
AesKey message_mac_key(const AesKey& key, std::string_view uid, std::uint32_t reads);
AesKey message_encryption_key(const AesKey& key, std::string_view uid, std::uint32_t reads);
AesKey transaction_mac_key(const AesKey& key, std::string_view uid, std::uint32_t transactions);
AesKey transaction_reader_key(const AesKey& key, std::string_view uid, std::uint32_t transactions);

}  // namespace verbena::node::nfc
