// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "ledger/audit.h"
#include "node/files.h"

namespace verbena::node {

// Audits a home that no node runs on, or a bundle file.
ledger::Result<ledger::AuditReport> audit_path(const Path& path);

nlohmann::ordered_json audit_json(const ledger::AuditReport& report);
nlohmann::ordered_json totals_json(const ledger::Totals& totals);

}  // namespace verbena::node
