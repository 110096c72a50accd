// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <set>

#include "node/books/csv.h"
#include "node/books/journal.h"
#include "test/support/world.h"

using namespace verbena;

TEST_CASE("A text in a table of values cannot end its cell or run as a formula") {
  CHECK(node::csv_text("barra 1") == "\"barra 1\"");
  CHECK(node::csv_text("") == "\"\"");
  CHECK(node::csv_text("a \"b\", c") == "\"a \"\"b\"\", c\"");
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)"}) {
    CHECK(node::csv_text(text) == "\"'" + std::string(text) + "\"");
  }
  CHECK(node::csv_text("\t=1") == "\"' =1\"");
  CHECK(node::csv_text("\r\n=1") == "\"'  =1\"");
  CHECK(node::csv_text("a\r\n=1") == "\"a  =1\"");
}

TEST_CASE("Two paths are never one account of a journal") {
  CHECK(node::journal_account("stand/bar-1") == "stand:bar-1");
  CHECK(node::journal_account("supplier") == "supplier");
  CHECK(node::journal_account("tip/") == "tip:%");
  CHECK(node::journal_account("tip/a//b") == "tip:a:%:b");
  CHECK(node::journal_account("stand/b\xc3\xa1r; 1") == "stand:b%C3%A1r%3B%201");
  const char* paths[] = {"tip/a:b", "tip/a/b", "tip/a%3Ab", "tip/%",  "tip/",
                         "tip/%25", "tip",     "tip/a",     "tip/a ", "tip/ a",
                         "tip//",   "tip/a/",  "tip/A",     "tip/a\n"};
  std::set<std::string> seen;
  for (const char* path : paths) {
    const auto account = node::journal_account(path);
    CAPTURE(path);
    CHECK(seen.insert(account).second);
    CHECK(account.find_first_of(" ;\n()[]=@\"") == std::string::npos);
  }
}

TEST_CASE("A row has a value for each column of its table, of the column's type") {
  test::World world(13);
  auto& hub = world.add(schemas::HUB, "hub");
  auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
  auto& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  test::Band band = world.band();
  world.top_up(desk, band, 2000);
  test::World::meet(hub, desk);
  test::World::meet(hub, pos);
  world.sell(pos, band, "beer");
  world.stock(pos, "count", "beer", 3);
  test::World::meet(hub, pos);
  const auto report = ledger::audit(*hub.store, world.root);
  const auto books = ledger::keep_books(*hub.store, world.root);
  REQUIRE(report.ok());
  REQUIRE(books.ok());
  for (const auto& table : node::book_tables(*books, *report)) {
    CAPTURE(table.name);
    std::size_t rows = 0;
    const auto status = table.rows([&](const std::vector<node::Value>& row) {
      ++rows;
      REQUIRE(row.size() == table.columns.size());
      for (std::size_t i = 0; i < row.size(); ++i) {
        CAPTURE(table.columns[i].name);
        CHECK(std::holds_alternative<std::int64_t>(row[i]) == table.columns[i].integer);
      }
      return ledger::done();
    });
    CHECK(status.ok());
    CHECK(rows > 0);
  }
}
