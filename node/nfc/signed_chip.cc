// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/signed_chip.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Refusal;
using ledger::Result;

// The first frame: seal, ring entry, head. The second: head, ring entry, seal.
Bytes laid(std::string_view frame, std::size_t number) {
  VERBENA_CHECK(frame.size() == frame_bytes && number < 2);
  if (number == 1) return Bytes(frame);
  const std::size_t entry_at = ledger::purse_head_bytes;
  const std::size_t seal_at = entry_at + ledger::ring_entry_bytes;
  return Bytes(frame.substr(seal_at)) + Bytes(frame.substr(entry_at, seal_at - entry_at)) +
         Bytes(frame.substr(0, entry_at));
}

Bytes lifted(std::string_view laid, std::size_t number) {
  VERBENA_CHECK(laid.size() == frame_bytes && number < 2);
  if (number == 1) return Bytes(laid);
  const std::size_t head_at = frame_bytes - ledger::purse_head_bytes;
  const std::size_t entry_at = head_at - ledger::ring_entry_bytes;
  return Bytes(laid.substr(head_at)) + Bytes(laid.substr(entry_at, head_at - entry_at)) +
         Bytes(laid.substr(0, entry_at));
}

Result<ChipMark> look_at(Ev2Chip& chip) {
  if (auto status = chip.select(ntag424_name); !status) {
    if (status.error().code != Errc::bad_input) return status.error();
    return ledger::refuse(Refusal::chip_unfit, "the chip is no NTAG 424 DNA");
  }
  auto bytes = chip.read_openly(mark_file.number, 0, chip_mark_bytes);
  if (!bytes && bytes.error().code == Errc::refused) {
    return ledger::refuse(Refusal::chip_unfit, "the chip is in use for something else");
  }
  if (!bytes) return bytes.error();
  return parse_mark(*bytes);
}

}  // namespace verbena::node::nfc
