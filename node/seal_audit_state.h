// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/audit_state.h"
#include "replication/archive.h"

namespace verbena::node {

struct ArchiveAudit;

// The same audit for who needs more of the finished state than the verdict tells.
ledger::Result<ArchiveAudit> audit_archive(const replication::Archive& archive,
                                           const ledger::AuditVisitor& and_then);

}  // namespace verbena::node
