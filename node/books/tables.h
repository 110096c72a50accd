// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "ledger/audit.h"
#include "ledger/books.h"

// The books as tables, told row by row: what a file of tables is made from, whatever its format.
namespace verbena::node {

using Value = std::variant<std::int64_t, std::string>;
using RowSink = std::function<ledger::Status(const std::vector<Value>& row)>;

struct Column {
  const char* name;
  bool integer;
  const char* en;  // what it means
  const char* es;
};

struct Table {
  const char* name;
  const char* en;
  const char* es;
  std::vector<Column> columns;
  std::function<ledger::Status(const RowSink& sink)> rows;
};

// Ids are lower-case hex, times UTC by the author's clock, money in minor units, stock in units. An
// integer that 64 bits cannot hold is Errc::bad_input. The tables refer to what they are made of.
std::vector<Table> book_tables(const ledger::Books& books, const ledger::AuditReport& report);

}  // namespace verbena::node
