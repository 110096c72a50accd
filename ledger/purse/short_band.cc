// SPDX-License-Identifier: Apache-2.0
#include "ledger/purse/short_band.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

constexpr std::size_t ring_at = purse_head_bytes + credit_certificate_bytes;
constexpr std::size_t older_at = ring_at + ring_entry_bytes;
constexpr std::size_t older_bytes = (ring_entries - 1) * ring_entry_bytes;
constexpr std::size_t seal_at = older_at + older_bytes;

}  // namespace

std::string_view certificate_in(std::string_view slot) {
  VERBENA_CHECK(slot.size() == slot_bytes);
  return slot.substr(purse_head_bytes, credit_certificate_bytes);
}

Result<Bytes> frame_of(std::string_view slot) {
  if (slot.size() != slot_bytes) return Error{Errc::bad_input, "band slot: wrong length"};
  const auto older = slot.substr(older_at, older_bytes);
  if (std::any_of(older.begin(), older.end(), [](char byte) { return byte != '\0'; })) {
    return Error{Errc::bad_input, "a short band has no room for a whole ring"};
  }
  Bytes out(slot.substr(0, purse_head_bytes));
  out += slot.substr(ring_at, ring_entry_bytes);
  out += slot.substr(seal_at);
  VERBENA_CHECK(out.size() == short_frame_bytes);
  return out;
}

Result<BandImage> join(const ShortBand& pieces) {
  if (pieces.certificate.size() != credit_certificate_bytes) {
    return Error{Errc::bad_input, "credit certificate: wrong length"};
  }
  BandImage out;
  out.is_short = true;
  for (std::size_t i = 0; i < pieces.frames.size(); ++i) {
    const std::string_view frame = pieces.frames[i];
    if (frame.size() != short_frame_bytes) {
      return Error{Errc::bad_input, "frame of a short band: wrong length"};
    }
    Bytes& slot = out.slots[i];
    slot = frame.substr(0, purse_head_bytes);
    slot += pieces.certificate;
    slot += frame.substr(purse_head_bytes, ring_entry_bytes);
    slot.append(older_bytes, '\0');
    slot += frame.substr(purse_head_bytes + ring_entry_bytes);
    VERBENA_CHECK(slot.size() == slot_bytes);
  }
  return out;
}

}  // namespace verbena::ledger
