// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "node/band_keys.h"
#include "node/nfc/chip_band.h"
#include "node/nfc/chip_kind.h"

// Bands on chips, whichever chip lies in the field: to tap them, to make them, to take them back.
namespace verbena::node::nfc {

// For a tap. `keys`: null where this device has none. All outlive it. Errors: unreachable, the chip
// left; refused with chip_unfit or band_keys_missing.
ledger::Result<std::unique_ptr<ChipBand>> open_band(Transceiver& channel, const BandKeys* keys,
                                                    ledger::Random& random);

struct MadeBand {
  ChipKind kind = ChipKind::unknown;
  ledger::Bytes uid, image;
  bool was_made = false;  // before, and never used: `image` is what it carries
};
// The image of a new band, short or not, on a chip that proves its steps or not
// (ledger/purse/presence.h).
using NewBand = std::function<ledger::Result<std::string>(bool is_short, bool proves_presence)>;
// `keys` has the owner's. Errors: bad_input, the chip carries a band that was used; chip_unfit;
// other_festival; unreachable or in_doubt, it left: the same again ends well.
ledger::Result<MadeBand> make_band(Transceiver& channel, const BandKeys& keys,
                                   ledger::Random& random, const NewBand& new_band);
// Whatever was on it. The same errors, but for a band that was used.
ledger::Result<ChipKind> unmake_band(Transceiver& channel, const BandKeys& keys,
                                     ledger::Random& random);

}  // namespace verbena::node::nfc
