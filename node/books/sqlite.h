// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/books/tables.h"
#include "node/files.h"

namespace verbena::node {

// One SQLite 3 file with these tables, and the table `dictionary`: what each column means, in
// English and Spanish. In place once it is whole.
ledger::Status write_sqlite(const std::vector<Table>& tables, const Path& file);

}  // namespace verbena::node
