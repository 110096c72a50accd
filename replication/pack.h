// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ledger/core/result.h"
#include "schemas/sync.pb.h"

// Several frames as one message, compressed together: fewer wake-ups and fewer bytes. The only user
// of zstd.
namespace verbena::replication {

constexpr std::size_t pack_bytes_target = 64 << 10;  // raw bytes after which a new pack begins
constexpr std::size_t pack_bytes_max = 1 << 20;      // raw bytes a pack may unfold to
constexpr int pack_frames_max = 4'096;

// In order. A lone frame that would not become smaller stays as it is.
std::vector<schemas::Frame> pack(std::vector<schemas::Frame> frames);

// A frame that is no pack comes back alone. Refuses packs in packs and what is out of bounds.
ledger::Result<std::vector<schemas::Frame>> unpack(const schemas::Frame& frame);

}  // namespace verbena::replication
