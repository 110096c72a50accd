// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/books/tables.h"
#include "node/files.h"
#include "node/texts.h"

namespace verbena::node {

// A text as a cell: always quoted (RFC 4180). What a spreadsheet would run as a formula gets an
// apostrophe before it (OWASP, "CSV Injection"); control characters become blanks.
std::string csv_text(std::string_view text);

// One file a table into an existing directory, lines ended by CR LF, and README.md: what each
// column means.
ledger::Status write_csv(const std::vector<Table>& tables, const Path& directory,
                         Language language);

}  // namespace verbena::node
