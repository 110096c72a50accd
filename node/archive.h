// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "node/audit_source.h"
#include "node/seal_audit.h"

// Closing a festival: its logs gathered in one file, and supervisors' signatures under what they
// come to.
namespace verbena::node {

struct Closed {
  std::string file;          // bytes of the archive; its newest seal bears no signature yet
  ArchiveAudit audit;        // whose only faults about that seal are the missing signatures
  std::uint32_t number = 0;  // of that seal
};
// From all that these hold together, of one festival. `amends`: the bytes of a sealed archive that
// the new one extends; refused where there is nothing new.
ledger::Result<Closed> close_festival(const std::vector<AuditSource>& sources,
                                      std::string_view amends = {});

struct Sealing {
  std::vector<std::string> objections;  // why nothing was signed; none: `file` bears the signature
  std::string file;
  ArchiveAudit audit;  // after signing
};
// Replays the archive from zero and signs its newest seal if every word of it is so.
ledger::Result<Sealing> seal_archive(const std::string& file, const ledger::SigningKey& key);

}  // namespace verbena::node
