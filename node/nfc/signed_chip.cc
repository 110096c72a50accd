// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/signed_chip.h"

namespace verbena::node::nfc {

using ledger::Errc;
using ledger::Refusal;
using ledger::Result;

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
