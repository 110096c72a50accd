// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "bench/benches.h"
#include "bench/measure.h"
#include "bench/till.h"

namespace verbena::bench {

namespace {

constexpr std::uint64_t band_minor = 15'000;
constexpr int sales_per_band = 20;
// Beside the event: the signed head and the keys of both in the store.
constexpr std::size_t head_and_key_bytes = 112 + 9 + 5;

class RawFile {
 public:
  explicit RawFile(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644)) {
    need(fd_ >= 0, "cannot make " + path.string());
  }
  ~RawFile() { ::close(fd_); }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  void append(const std::string& bytes) {
    need(::write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
             ::fdatasync(fd_) == 0,
         "a raw append failed");
  }

 private:
  int fd_;
};

// One table, one row and one transaction a sale, synced as SQLite's own documents ask for.
class SqliteFile {
 public:
  explicit SqliteFile(const std::filesystem::path& path) {
    check(sqlite3_open(path.c_str(), &db_) == SQLITE_OK);
    const auto mode = prepare("PRAGMA journal_mode=WAL");
    check(sqlite3_step(mode) == SQLITE_ROW &&
          std::string("wal") == reinterpret_cast<const char*>(sqlite3_column_text(mode, 0)));
    sqlite3_finalize(mode);
    check(sqlite3_exec(db_,
                       "PRAGMA synchronous=FULL;"
                       "CREATE TABLE sale (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
    insert_ = prepare("INSERT INTO sale (bytes) VALUES (?)");
  }
  ~SqliteFile() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  void insert(const std::string& bytes) {
    check(sqlite3_bind_blob(insert_, 1, bytes.data(), static_cast<int>(bytes.size()),
                            SQLITE_STATIC) == SQLITE_OK &&
          sqlite3_step(insert_) == SQLITE_DONE && sqlite3_reset(insert_) == SQLITE_OK);
  }

 private:
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* out = nullptr;
    check(sqlite3_prepare_v2(db_, sql, -1, &out, nullptr) == SQLITE_OK);
    return out;
  }
  void check(bool good) { need(good, std::string("SQLite: ") + sqlite3_errmsg(db_)); }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

// A hub takes what the till has written and says so: its limits for lonely sales start afresh.
void witness(test::World& world, StoredDevice& pos) {
  auto& hub = *world.device("hub").ledger;
  for (const auto& log : pos.ledger->logs()) {
    const auto held = hub.log(log.id);
    for (const auto& run :
         value_of(pos.ledger->read(log.name, held ? held->head.size : 0, SIZE_MAX))) {
      value_of(hub.ingest(run));
    }
  }
  for (const auto& receipt : hub.make_receipts(0)) value_of(pos.ledger->note_receipt(receipt));
}

std::size_t bytes_of_newest_sale(const ledger::Ledger& ledger) {
  std::size_t out = 0;
  for (const auto& log : ledger.logs()) {
    if (log.name.log_class == ledger::LogClass::trade) {
      out = value_of(ledger.event_bytes(log.name, log.head.size - 1)).size();
    }
  }
  return out;
}

void print(const Latency& what, const std::string& name, const Latency& raw,
           const char* goal_p50 = "", const char* goal_p99 = "") {
  row(name + ", p50", what.p50(), "us", times(what.p50(), raw.p50(), "raw"), goal_p50);
  row(name + ", p99", what.p99(), "us", times(what.p99(), raw.p99(), "raw"), goal_p99);
}

}  // namespace

void bench_commit(const Job& job) {
  test::World world;
  world.add(schemas::HUB, "hub");
  world.add(schemas::TOP_UP_DESK, "desk");
  world.add(schemas::VENDOR, "pos", "bar-1");
  test::World::meet(world.device("hub"), world.device("root"));
  StoredDevice pos(world, "pos", job.work / "pos");
  StoredDevice desk(world, "desk", job.work / "desk");
  const auto cash = two_items("cash"), purse = two_items("purse");
  pos.tap(cash, nullptr);
  pos.tap(cash, nullptr);
  const std::string bytes(bytes_of_newest_sale(*pos.ledger) + head_and_key_bytes, 'x');
  RawFile file(job.work / "raw");
  SqliteFile sqlite(job.work / "sqlite");

  Latency raw, in_sqlite, sale, band_sale, band_in_store;
  for (int i = 0; i < rounds; ++i) {
    raw.round([&] { file.append(bytes); });
    in_sqlite.round([&] { sqlite.insert(bytes); });
    witness(world, pos);
    sale.round([&] { pos.tap(cash, nullptr); });
    witness(world, pos);
    std::string band;
    int left = 0;
    std::uint64_t store_ns = 0;
    std::vector<double> store_us;
    band_sale.round([&] { pos.tap(purse, &band); },
                    [&] {
                      if (store_ns != 0)
                        store_us.push_back(static_cast<double>(pos.store_ns - store_ns) / 1e3);
                      store_ns = pos.store_ns;
                      if (left-- > 0) return;
                      band = world.band().image;
                      desk.tap(top_up(band_minor), &band);
                      left = sales_per_band - 1;
                    });
    store_us.push_back(static_cast<double>(pos.store_ns - store_ns) / 1e3);
    band_in_store.add_round(store_us);
  }
  const std::string same = " of the same " + std::to_string(bytes.size()) + " bytes";
  row("raw append and fdatasync" + same + ", p50", raw.p50(), "us");
  row("raw append and fdatasync" + same + ", p99", raw.p99(), "us");
  print(in_sqlite, "SQLite insert" + same + ", WAL, synchronous=FULL", raw);
  print(sale, "durable signed cash sale", raw, "<= 1.25x of raw", "<= 2x of raw");
  row("durable signed cash sale beside SQLite, p50", sale.p50(), "us",
      times(sale.p50(), in_sqlite.p50(), "SQLite"));
  row("durable signed cash sale beside SQLite, p99", sale.p99(), "us",
      times(sale.p99(), in_sqlite.p99(), "SQLite"));
  print(band_sale, "band sale: prepared, band verified and sealed, confirmed", raw,
        "<= 2.5x of raw");
  print(band_in_store, "  of which in the store: its two durable appends", raw);
}

}  // namespace verbena::bench
