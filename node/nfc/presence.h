// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/presence.h"
#include "node/nfc/signed_chip.h"

// The chip's MAC over both heads of a signed band, read off the chip without a key; and whether a
// chip's word of either kind is right, for who has the key, hubs and the office.
namespace verbena::node::nfc {

// As the chip gives it out. unreachable: it left; refused or bad_input: it gives out something
// else.
ledger::Result<ledger::Presence> read_presence(Ev2Chip& chip);

// Whether the chip of `head`'s purse, of whichever kind, has carried this head. `keys` have the
// presence key.
bool proves(std::string_view proof, const ledger::PurseHead& head, const BandKeys& keys);

}  // namespace verbena::node::nfc
