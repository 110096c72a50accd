// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/files.h"

namespace verbena::node {

// Writes zeros over the file where it lies, syncs, then removes it; done where there is none. A
// file system that copies on write, or a flash disk, may keep the old blocks a while: what is
// shredded is sealed to a key, whose end is the end of all of them.
ledger::Status shred_file(const Path& path);

}  // namespace verbena::node
