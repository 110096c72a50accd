// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/band_keys.h"
#include "node/tag_reader.h"

// Contactless readers through PC/SC (pcscd): winscard.h is included in the source alone.
namespace verbena::node::nfc {

constexpr std::size_t readers_max = 15;  // pcscd has 16 at most, one is its notification

// All readers whose name begins with `name`; all of them when it is empty. Readers may come and go,
// and so may the service, once it was there at the start. Errors: unreachable when it is not there.
// A thread of its own notices what comes into the field and leaves it. No tag it gave out outlives
// it. `keys` and `random` as for open_reader.
ledger::Result<std::unique_ptr<TagReader>> open_pcsc_reader(const std::string& name,
                                                            const std::optional<BandKeys>& keys,
                                                            ledger::Random& random);

}  // namespace verbena::node::nfc
