// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/files.h"
#include "node/seal_audit.h"

namespace verbena::node {

struct WrittenCheckpoints {
  std::size_t checkpoints = 0;  // of seals that hold and whose signers signed one
  std::size_t files = 0;
};
// Into a folder that is new or empty, for tools that know C2SP checkpoints (docs/archive.md):
//   seal-N.checkpoint   the signed note       seal-N.tips   its leaves: log, size and root, a line
//   keys                verifier keys         each
ledger::Result<WrittenCheckpoints> write_checkpoints(const replication::Archive& archive,
                                                     const ArchiveAudit& audit, const Path& out);

}  // namespace verbena::node
