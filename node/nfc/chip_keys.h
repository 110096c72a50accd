// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/band_keys.h"
#include "node/nfc/ev2_chip.h"

// The keys of one chip, made from the festival's: who enters with which, and how they are changed.
namespace verbena::node::nfc {

constexpr std::uint8_t owner_key_number = 0, debit_key_number = 2, credit_key_number = 3;
constexpr std::uint8_t presence_key_number = 4;  // the chip's alone: no reader ever uses it
constexpr std::uint8_t chip_keys = 5;

// A chip's own key; empty where this device has not what it is made from.
std::optional<AesKey> key_of_chip(const BandKeys& keys, std::string_view uid, std::uint8_t number);

// The key for presence (docs/decisions/0040-...) of the band of this purse; empty: this device has
// not what it is made from.
std::optional<AesKey> presence_key(const BandKeys& keys, std::uint64_t purse);

// The keys of a DESFire's own word (docs/decisions/0048-...), made in the same way: what it signs
// commits with, and what veils its serial number in proofs.
std::optional<AesKey> commit_key(const BandKeys& keys, std::uint64_t purse);
std::optional<AesKey> serial_key(const BandKeys& keys, std::uint64_t purse);

// Enters for a tap, with the credit key where this device has it. band_keys_missing: it has neither
// that nor the debit key; band_damaged: the chip has not the festival's keys; unreachable: it left.
ledger::Status enter_for_tap(Ev2Chip& chip, const BandKeys& keys, ledger::Random& random);
// The same of the chip that is meant, whatever the reader says of the one in the field.
ledger::Status enter_for_tap(Ev2Chip& chip, const BandKeys& keys, std::string_view uid,
                             ledger::Random& random);

// The keys of a chip that is made or unmade. Either may have been cut short after any command, so
// each key is tried as it may be and taken as it is found.
class ChipKeys {
 public:
  enum class Whose { delivered, ours };
  // All outlive it. `keys` are all.
  ChipKeys(Ev2Chip& chip, const BandKeys& keys, ledger::Random& random);

  // `purse`: of the chip's mark.
  void found(ledger::Bytes uid, Whose owner_likely, std::uint64_t purse);
  void set_purse(std::uint64_t purse) { purse_ = purse; }
  std::uint64_t purse() const { return purse_; }
  const ledger::Bytes& uid() const { return uid_; }
  Whose owner() const { return owner_; }  // as last found or set

  // Authenticates with whichever of both keys is the chip's, and says which. chip_unfit: neither.
  ledger::Result<Whose> enter(std::uint8_t number, Whose likely);
  ledger::Status enter_owner();
  // Whether every key is as delivered. Afterwards nobody, or one of them, is authenticated.
  ledger::Result<bool> as_delivered();
  // Of any key but the owner's. Afterwards nobody, or that key, is authenticated.
  ledger::Status set(std::uint8_t number, Whose whose);
  // The owner is authenticated afterwards.
  ledger::Status set_owner(Whose whose);

 private:
  AesKey key(std::uint8_t number, Whose whose) const;

  Ev2Chip* chip_;
  const BandKeys* keys_;
  ledger::Random* random_;
  ledger::Bytes uid_;
  std::uint64_t purse_ = 0;  // whose key 4 is, where it is ours; 0: the chip's, as the others are
  Whose owner_ = Whose::delivered;
};

}  // namespace verbena::node::nfc
