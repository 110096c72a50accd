// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/fiscal.h"

namespace verbena::ledger {

// Replays a store from zero.
Result<FiscalBook> keep_fiscal_book(const EventStore& store, const Certificate& root);

}  // namespace verbena::ledger
