// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/store/store.h"
#include "schemas/sync.pb.h"

// Between what the ledger holds and what goes over a wire or into a file.
namespace verbena::ledger {

schemas::LogName to_wire(const LogName& name);
Result<LogName> from_wire(const schemas::LogName& name);
schemas::Head to_wire(const Head& head);
Result<Head> from_wire(const schemas::Head& head);
schemas::Run to_wire(LogRun run);
Result<LogRun> from_wire(schemas::Run run);

}  // namespace verbena::ledger
