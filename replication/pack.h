// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ledger/core/result.h"
#include "schemas/sync.pb.h"

// Several frames as one message, compressed together: fewer wake-ups and fewer bytes. What one sale
// repeats of another is mostly in packs already sent: a pack may be read after them, where the
// receiver's hello says that it remembers them.
namespace verbena::replication {

constexpr std::size_t pack_bytes_target = 64 << 10;
constexpr std::size_t pack_bytes_max = 1 << 20;  // raw bytes a pack may unfold to
constexpr int pack_frames_max = 4'096;
constexpr std::size_t prefix_bytes_max = 64 << 10;

enum class Effort {
  quick,    // the link keeps up
  thorough  // its bytes are dearer than this device's time: some 50 us for a sale, a tenth less
};

// The end of what the packs of one direction of one stream unfolded to.
class PackTail {
 public:
  void add(std::string_view raw);
  // The last of it, `bytes` or all there is.
  std::string_view last(std::size_t bytes) const;
  std::size_t bytes() const { return std::min(raw_.size(), prefix_bytes_max); }

 private:
  std::string raw_;
};

// What one end of a stream sends.
class Packer {
 public:
  // In order. `prefix`: how many bytes the receiver remembers of what it was sent; 0: nothing.
  // `target`: raw bytes after which a new pack begins. A lone frame that is small stays as it is.
  std::vector<schemas::Frame> pack(std::vector<schemas::Frame> frames, std::size_t prefix = 0,
                                   Effort effort = Effort::quick,
                                   std::size_t target = pack_bytes_target);

 private:
  PackTail tail_;
};

// What the other end receives.
class Unpacker {
 public:
  // A frame that is no pack comes back alone. Refuses packs in packs and what is out of bounds.
  ledger::Result<std::vector<schemas::Frame>> unpack(schemas::Frame frame);

 private:
  PackTail tail_;
};

}  // namespace verbena::replication
