// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/band.h"

// A band cut into pieces of up to 128 bytes, for chips that write so much whole or not at all
// (docs/decisions/0035-...). Both slots share one credit certificate, and of the ring the newest
// entry alone is there; the seal covers the whole slot, its other entries empty. So a seal is good
// only beside the certificate it was made for:
//   a sale writes one frame;
//   a top-up writes its frame first. Until the certificate follows, that frame's seal does not hold
//   and the other one's does; afterwards it is the other way round.
namespace verbena::ledger {

// head 48 || newest ring entry 16 || seal 64
constexpr std::size_t short_frame_bytes = purse_head_bytes + ring_entry_bytes + 64;

struct ShortBand {
  std::array<Bytes, 2> frames;
  Bytes certificate;  // `credit_certificate_bytes`
};

std::string_view certificate_in(std::string_view slot);
// bad_input: the slot holds more of the ring than a frame does, or has a wrong length.
Result<Bytes> frame_of(std::string_view slot);

// The image that is read off the pieces. bad_input: a piece has a wrong length.
Result<BandImage> join(const ShortBand& pieces);

}  // namespace verbena::ledger
