// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/fiscal.h"
#include "ledger/ledger.h"

namespace verbena::ledger {

// A receipt of this device's own, as it can be printed when the event is written: numbered from
// its log alone. Whether it counts is not asked. Rates are there while the settings it names are
// in force.
struct OwnReceipt {
  std::string series;
  FiscalDocument document;
  bool pending = false;  // prepared for a band, and nothing here tells yet that the band took it
  std::string currency;
  std::uint32_t scale = 0;
  std::map<std::uint32_t, std::string> skus;  // in the settings in force
};
// By its event's id or a prefix of it, 8 digits or more. Errc::bad_input where this device wrote no
// such receipt, or several, or where it is a credit note: its lines are those of its sale, in the
// day's report.
Result<OwnReceipt> own_receipt(const Ledger& ledger, const std::string& id_prefix);

}  // namespace verbena::ledger
