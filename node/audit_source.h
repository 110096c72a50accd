// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "ledger/audit.h"
#include "node/files.h"
#include "replication/archive.h"

namespace verbena::node {

// What an auditor was given, opened for reading: a home that no node runs on, a bundle file or an
// archive.
// The root is the one it claims; whoever relies on it compares its fingerprint.
struct AuditSource {
  std::optional<FileLock> lock;  // of a home
  std::shared_ptr<ledger::EventStore> store;
  ledger::SignedCertificate root;
  std::uint64_t runs_refused = 0;  // of a bundle: runs that do not verify, left out
  std::string first_refusal;
  std::optional<replication::Archive> archive;
};
// `at_seal`: only what stands before the seal with this number; 0: everything.
ledger::Result<AuditSource> open_audit_source(const Path& path, std::uint64_t at_seal = 0);

// Of a file's bytes.
ledger::Result<AuditSource> read_audit_source(const std::string& file, std::uint64_t at_seal = 0);

// Replays it from zero; an archive is compared with its seals as well.
ledger::Result<ledger::AuditReport> audit(const AuditSource& source);

}  // namespace verbena::node
