// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/transceiver.h"
#include "node/texts.h"

// What lies in the field, and whether it may carry value. Chips without keys or signatures of
// their own room are refused by name (docs/bands.md).
namespace verbena::node::nfc {

enum class ChipKind {
  ntag424,     // the `signed` profile
  ntag216,     // the `open` profile
  small_ntag,  // NTAG213, NTAG215: staff bands alone
  desfire_light,
  desfire,      // EV2 and EV3; with desfire_light the `secure` profile
  old_desfire,  // EV1 and before
  ultralight,
  classic,
  unknown,  // nothing but a serial number, as far as a reader tells
};

// Whether the reader says so: such a chip is never spoken to in the commands of memory alone.
bool has_processor(const Transceiver& channel);

// unreachable: it left. What does not answer like any of them is unknown.
ledger::Result<ChipKind> find_kind(Transceiver& channel);

const char* chip_name(ChipKind kind);
// Of a band on it; empty where it carries no value.
const char* profile_name(ChipKind kind);
// Why it carries no value, for people; empty where it may.
const char* unfit_text(ChipKind kind, Language language);
// chip_unfit, with the reason in English.
ledger::Status fit_for_value(ChipKind kind);

}  // namespace verbena::node::nfc
