// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/presence.h"
#include "node/nfc/secure_chip.h"

// The transaction MAC of a secure band: what a DESFire says of the commit that made a head count,
// checked with the key that hubs and the office have (docs/decisions/0048-...).
namespace verbena::node::nfc {

// The chip's serial number as a proof has it, and back again. No till can: it would follow a person
// from festival to festival.
ledger::Bytes veil_serial(const AesKey& key, std::string_view uid);

// Whether the chip of this purse committed what the proof says. `keys` have the presence key.
bool proves_commit(const ledger::CommitPresence& proof, std::uint64_t purse, const BandKeys& keys);

}  // namespace verbena::node::nfc
