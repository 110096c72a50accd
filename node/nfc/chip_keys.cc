// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/chip_keys.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::uint8_t delivered_version = 0, our_version = 1;
constexpr AesKey delivered_key{};

// What else is made from the festival's key for presence; not numbers of keys.
constexpr std::uint8_t for_commits = 0x0f, for_serial = 0x1f;

std::optional<AesKey> key_of_purse(const BandKeys& keys, std::uint64_t purse, std::uint8_t what) {
  if (!keys.presence) return std::nullopt;
  Bytes input;
  ledger::put_u64(input, purse);
  ledger::put_u8(input, what);
  ledger::put_u64(input, keys.festival);
  return diversify(*keys.presence, input);
}

std::uint8_t version_of(ChipKeys::Whose whose) {
  return whose == ChipKeys::Whose::ours ? our_version : delivered_version;
}

}  // namespace

std::optional<AesKey> key_of_chip(const BandKeys& keys, std::string_view uid, std::uint8_t number) {
  const std::optional<AesKey> basis = number == debit_key_number    ? keys.debit
                                      : number == credit_key_number ? keys.credit
                                                                    : keys.owner;
  if (!basis) return std::nullopt;
  Bytes input(uid);
  ledger::put_u8(input, number);
  ledger::put_u64(input, keys.festival);
  return diversify(*basis, input);
}

std::optional<AesKey> presence_key(const BandKeys& keys, std::uint64_t purse) {
  return key_of_purse(keys, purse, presence_key_number);
}

std::optional<AesKey> commit_key(const BandKeys& keys, std::uint64_t purse) {
  return key_of_purse(keys, purse, for_commits);
}

std::optional<AesKey> serial_key(const BandKeys& keys, std::uint64_t purse) {
  return key_of_purse(keys, purse, for_serial);
}

Status enter_for_tap(Ev2Chip& chip, const BandKeys& keys, ledger::Random& random) {
  auto uid = chip.uid();
  if (!uid) return uid.error();
  return enter_for_tap(chip, keys, *uid, random);
}

Status enter_for_tap(Ev2Chip& chip, const BandKeys& keys, std::string_view uid,
                     ledger::Random& random) {
  const auto number = keys.credit ? credit_key_number : debit_key_number;
  const auto key = key_of_chip(keys, uid, number);
  if (!key) {
    return ledger::refuse(ledger::Refusal::band_keys_missing,
                          "this device has no key to read bands with");
  }
  auto status = chip.authenticate(number, *key, random);
  if (status || status.error().code == Errc::unreachable) return status;
  return ledger::refuse(ledger::Refusal::band_damaged,
                        "the chip has not this festival's keys: " + status.error().text);
}

ChipKeys::ChipKeys(Ev2Chip& chip, const BandKeys& keys, ledger::Random& random)
    : chip_(&chip), keys_(&keys), random_(&random) {
  VERBENA_CHECK(keys.owner && keys.credit && keys.debit && keys.presence);
}

void ChipKeys::found(Bytes uid, Whose owner_likely, std::uint64_t purse) {
  uid_ = std::move(uid);
  owner_ = owner_likely;
  purse_ = purse;
}

AesKey ChipKeys::key(std::uint8_t number, Whose whose) const {
  if (whose == Whose::delivered) return delivered_key;
  return number == presence_key_number && purse_ != 0 ? *presence_key(*keys_, purse_)
                                                      : *key_of_chip(*keys_, uid_, number);
}

Result<ChipKeys::Whose> ChipKeys::enter(std::uint8_t number, Whose likely) {
  const Whose other = likely == Whose::ours ? Whose::delivered : Whose::ours;
  for (const Whose whose : {likely, other}) {
    const auto status = chip_->authenticate(number, key(number, whose), *random_);
    if (status) return whose;
    if (status.error().code == Errc::unreachable) return status.error();
  }
  return ledger::refuse(
      ledger::Refusal::chip_unfit,
      "key " + std::to_string(number) + " of the chip is neither as delivered nor this festival's");
}

Status ChipKeys::enter_owner() {
  auto whose = enter(owner_key_number, owner_);
  if (!whose) return whose.error();
  owner_ = *whose;
  return ledger::done();
}

Result<bool> ChipKeys::as_delivered() {
  for (std::uint8_t number = 0; number < chip_keys; ++number) {
    auto whose = enter(number, Whose::delivered);
    if (!whose) return whose.error();
    if (*whose != Whose::delivered) return false;
  }
  return true;
}

Status ChipKeys::set(std::uint8_t number, Whose whose) {
  auto now = enter(number, whose);
  if (!now || *now == whose) return now ? ledger::done() : Status(now.error());
  if (auto status = enter_owner(); !status) return status;
  return chip_->change_key(number, key(number, *now), key(number, whose), version_of(whose));
}

Status ChipKeys::set_owner(Whose whose) {
  if (auto status = enter_owner(); !status || owner_ == whose) return status;
  auto status = chip_->change_key(owner_key_number, key(owner_key_number, owner_),
                                  key(owner_key_number, whose), version_of(whose));
  if (!status) return status;
  owner_ = whose;
  return enter_owner();
}

}  // namespace verbena::node::nfc
