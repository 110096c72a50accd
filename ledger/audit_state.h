// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/state/state.h"
#include "ledger/store/store.h"

namespace verbena::ledger {

struct AuditReport;

// The same audit for who needs more of the finished state than the report tells.
using AuditVisitor = std::function<void(State& state, const AuditReport& report)>;
Result<AuditReport> audit(const EventStore& store, const Certificate& root,
                          const AuditVisitor& and_then);

}  // namespace verbena::ledger
