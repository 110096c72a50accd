// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"

namespace verbena::node {

// What this device makes of a voucher's code, as docs/vouchers.md says.
std::string voucher_json(const ledger::Ledger& ledger, std::string_view code);

}  // namespace verbena::node
