// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/home.h"
#include "node/nfc/aes.h"

// The festival's keys for the chips of its bands, `band.keys` in a home. Each chip has keys of its
// own made from them (NXP AN10922), so that what one chip gives away opens no other. They guard the
// chip; what a band is worth is guarded by signatures.
//   debit     reads a band and writes its frames: every device that sells
//   credit    writes its credit certificate, too: devices that top up
//   presence  tells a chip's word on what it carries from an invented one: hubs
//   owner     makes bands and unmakes them: the office alone, locked under its passphrase
namespace verbena::node {

constexpr const char* band_keys_file = "band.keys";

struct BandKeys {
  std::uint64_t festival = 0;
  std::optional<nfc::AesKey> debit, credit, owner, presence;
};

BandKeys make_band_keys(std::uint64_t festival, ledger::Random& random);
// What a device of this role is given of them; empty: nothing.
std::optional<BandKeys> share_of(const BandKeys& all, schemas::Role role);

// "VBANDKEY" || festival u64 || which u8 || keys || first 8 bytes of SHA-256 over all before.
ledger::Bytes encode_band_keys(const BandKeys& keys);
// Errors name nothing of what the bytes are.
ledger::Result<BandKeys> parse_band_keys(std::string_view bytes);

// Locked where there is a passphrase.
ledger::Status write_band_keys(const Path& home, const BandKeys& keys,
                               const std::optional<std::string>& passphrase,
                               ledger::Random& random);
// Empty: this home has none. bad_input: they are locked and no passphrase was given.
ledger::Result<std::optional<BandKeys>> read_band_keys(
    const Path& home, const std::optional<std::string>& passphrase = {});

}  // namespace verbena::node
