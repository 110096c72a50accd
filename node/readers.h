// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/band_keys.h"
#include "node/tag_reader.h"

namespace verbena::node {

// From "file:DIR" (simulated), "pcsc" (whatever PC/SC readers there are) or "pcsc:NAME" (those
// whose name begins so). Errors: bad_input for anything else, unreachable without a PC/SC service.
// `keys`: this device's for the chips of bands, where it has any. `random` outlives the reader.
ledger::Result<std::unique_ptr<TagReader>> open_reader(const std::string& spec,
                                                       const std::optional<BandKeys>& keys,
                                                       ledger::Random& random);

// Waits until exactly one tag that came after `arrival` is in the field, and holds it. unreachable:
// none did in time.
struct HeldTag {
  std::unique_ptr<Tag> tag;
  std::uint64_t arrival = 0;
};
constexpr std::uint64_t tag_wait_ms_default = 30'000;
ledger::Result<HeldTag> wait_for_tag(TagReader& reader, const ledger::Clock& clock,
                                     std::uint64_t arrival = 0,
                                     std::uint64_t wait_ms = tag_wait_ms_default);

}  // namespace verbena::node
