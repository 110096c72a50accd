// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/band_keys.h"
#include "node/demo/chip_wire.h"
#include "node/tag_reader.h"

namespace verbena::node {

class Office;

// The customers' bands of the demonstration, and the field of the reader that they are put into.
class DemoBands {
 public:
  virtual ~DemoBands() = default;
  // A new band, made by the office.
  virtual ledger::Status make(Office& office) = 0;
  virtual std::size_t size() const = 0;
  // In the field until destroyed, and no other meanwhile. `keys`: of the device that taps; they
  // outlive the tag.
  virtual ledger::Result<std::unique_ptr<Tag>> hold(std::size_t band,
                                                    const std::optional<BandKeys>& keys,
                                                    Leaves leaves) = 0;
};

// Files in a new directory. No chip and no keys: what leaves is played.
ledger::Result<std::unique_ptr<DemoBands>> open_file_bands(const Path& directory);

// Emulated NTAG 424 DNA, in a process of their own, tapped through the drivers. bad_input: its
// program is not beside this one. `random` outlives them.
ledger::Result<std::unique_ptr<DemoBands>> open_emulated_bands(const Path& log,
                                                               ledger::Random& random);

}  // namespace verbena::node
