// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/books/tables.h"
#include "node/payout/payout_run.h"

namespace verbena::node {

// What a claim desk paid of these dues, a row a payment of each approved run. Beside the books, for
// payouts stand in no log; no name and no account, for these are in no ledger. The table refers to
// both.
Table payouts_table(const PayoutLedger& ledger, const Dues& dues);

}  // namespace verbena::node
