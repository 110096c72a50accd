// SPDX-License-Identifier: Apache-2.0
#include "node/books/sqlite.h"

#include <sqlite3.h>

#include <memory>

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Status;

namespace {

class Database {
 public:
  explicit Database(const Path& path) : path_(path) {
    opened_ = sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                              nullptr) == SQLITE_OK;
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close(handle_); }

  Error error() const { return {Errc::storage, path_.string() + ": " + sqlite3_errmsg(handle_)}; }
  Status run(const std::string& statement) const {
    if (opened_ && sqlite3_exec(handle_, statement.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK)
      return ledger::done();
    return error();
  }
  Status close() {
    const bool closed = sqlite3_close(handle_) == SQLITE_OK;
    if (!closed) return error();
    handle_ = nullptr;
    return ledger::done();
  }
  sqlite3* handle() const { return handle_; }

 private:
  Path path_;
  sqlite3* handle_ = nullptr;
  bool opened_ = false;
};

// Names are our own and need no escape.
std::string columns_of(const Table& table, bool with_types) {
  std::string out;
  for (const auto& column : table.columns) {
    out += out.empty() ? "" : ", ";
    out += column.name;
    if (with_types) out += column.integer ? " INTEGER NOT NULL" : " TEXT NOT NULL";
  }
  return out;
}

Status write_table(const Database& database, const Table& table) {
  const std::string name = table.name;
  auto status = database.run("CREATE TABLE " + name + " (" + columns_of(table, true) + ")");
  if (!status) return status;
  std::string places;
  for (std::size_t i = 0; i < table.columns.size(); ++i) places += i == 0 ? "?" : ", ?";
  const std::string insert =
      "INSERT INTO " + name + " (" + columns_of(table, false) + ") VALUES (" + places + ")";
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(database.handle(), insert.c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
    return database.error();
  }
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> owner(prepared,
                                                                         sqlite3_finalize);
  return table.rows([&](const std::vector<Value>& row) -> Status {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const int place = static_cast<int>(i) + 1;
      const auto* integer = std::get_if<std::int64_t>(&row[i]);
      const auto* text = std::get_if<std::string>(&row[i]);
      const int bound = integer ? sqlite3_bind_int64(prepared, place, *integer)
                                : sqlite3_bind_text(prepared, place, text->data(),
                                                    static_cast<int>(text->size()), SQLITE_STATIC);
      if (bound != SQLITE_OK) return database.error();
    }
    if (sqlite3_step(prepared) != SQLITE_DONE || sqlite3_reset(prepared) != SQLITE_OK) {
      return database.error();
    }
    return ledger::done();
  });
}

Table dictionary(const std::vector<Table>& tables) {
  return {"dictionary",
          "",
          "",
          {{"table_name", false, "", ""},
           {"column_name", false, "", ""},
           {"en", false, "", ""},
           {"es", false, "", ""}},
          [&tables](const RowSink& sink) {
            for (const auto& table : tables) {
              auto status = sink({table.name, std::string(), table.en, table.es});
              for (const auto& column : table.columns) {
                if (status) status = sink({table.name, column.name, column.en, column.es});
              }
              if (!status) return status;
            }
            return ledger::done();
          }};
}

Status write_all(const std::vector<Table>& tables, const Path& path) {
  Database database(path);
  // Nothing has to survive a crash here: the file is in its place only once it is whole.
  auto status = database.run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN");
  if (status) status = write_table(database, dictionary(tables));
  for (const auto& table : tables) {
    if (status) status = write_table(database, table);
  }
  if (status) status = database.run("COMMIT; PRAGMA synchronous = FULL; PRAGMA user_version = 1");
  return status ? database.close() : status;
}

}  // namespace

Status write_sqlite(const std::vector<Table>& tables, const Path& file) {
  const Path beside = file.string() + ".new";
  if (auto status = remove_tree(beside); !status) return status;
  if (auto status = write_all(tables, beside); !status) return status;
  return move_file(beside, file);
}

}  // namespace verbena::node
