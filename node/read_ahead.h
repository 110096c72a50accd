// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"

namespace verbena::node {

// A returned cup, a dispatch, totals and the digest ask for all purses at once, with a customer
// waiting. For a moment without work: reads and evaluates some, if this device is asked for all.
// False: nothing is left, or what is left cannot be read; then whoever asks is told.
bool read_ahead(ledger::Ledger& ledger);

}  // namespace verbena::node
