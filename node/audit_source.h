// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "ledger/audit.h"
#include "node/files.h"

namespace verbena::node {

// What an auditor was given, opened for reading: a home that no node runs on, or a bundle file.
// The root is the one it claims; whoever relies on it compares its fingerprint.
struct AuditSource {
  std::optional<FileLock> lock;  // of a home
  std::unique_ptr<ledger::EventStore> store;
  ledger::SignedCertificate root;
  std::uint64_t runs_refused = 0;  // of a bundle: runs that do not verify, left out
  std::string first_refusal;
};
ledger::Result<AuditSource> open_audit_source(const Path& path);

// Replays it from zero.
ledger::Result<ledger::AuditReport> audit(const AuditSource& source);

}  // namespace verbena::node
