// SPDX-License-Identifier: Apache-2.0
#include "ledger/store/rocks_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <map>

#include "ledger/store/kept_heads.h"

namespace verbena::ledger {

namespace {

constexpr char format_version = 1;

// Keys: one letter, then big-endian numbers, so a log's events lie in order.
//   V                          format version
//   L | log number u32         log name (certificate 32, incarnation 8, class 1)
//   E | log number | index u32 event bytes
//   H | log number | size u32  kept head
//   N | log number             newest head
//   M | key                    metadata
constexpr std::size_t log_key_bytes = 5;  // letter and log number
Bytes key_of(char letter, std::uint32_t number) {
  Bytes key(1, letter);
  put_u32(key, number);
  return key;
}

Bytes key_of(char letter, std::uint32_t number, std::uint64_t index) {
  Bytes key = key_of(letter, number);
  VERBENA_CHECK(index <= UINT32_MAX);
  put_u32(key, static_cast<std::uint32_t>(index));
  return key;
}

Bytes encode_name(const LogName& name) {
  Bytes out(view(name.certificate));
  put_u64(out, name.incarnation);
  put_u8(out, static_cast<std::uint8_t>(name.log_class));
  return out;
}

std::optional<LogName> decode_name(std::string_view bytes) {
  if (bytes.size() != 41) return std::nullopt;
  const auto log_class = static_cast<std::uint8_t>(bytes[40]);
  if (log_class < 1 || log_class > 3) return std::nullopt;
  return LogName{*fixed<32>(bytes.substr(0, 32)), get_be(bytes.substr(32, 8)),
                 static_cast<LogClass>(log_class)};
}

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

Error storage_error(const std::string& path, const rocksdb::Status& status) {
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos) {
    return {Errc::locked, path + ": another process holds this home"};
  }
  return {status.IsCorruption() ? Errc::damaged : Errc::storage, path + ": " + status.ToString()};
}

rocksdb::Options rocks_options(const RocksOptions& budget, rocksdb::Env* env);
Result<std::unique_ptr<rocksdb::DB>> open_db(const std::string& path, const RocksOptions& budget,
                                             rocksdb::Env* env, std::string& recovery_note);

class RocksStore final : public EventStore {
 public:
  RocksStore(std::string path, const RocksOptions& budget)
      : path_(std::move(path)), budget_(budget) {
    if (budget_.files) env_ = rocksdb::NewCompositeEnv(budget_.files);
  }

  // What recovery has to say; empty where nothing was damaged.
  const std::string& recovery_note() const { return recovery_note_; }

  Status open() {
    auto db = open_db(path_, budget_, env(), recovery_note_);
    if (!db && !budget_.read_only && release_ballast()) {
      db = open_db(path_, budget_, env(), recovery_note_);
    }
    if (!db) return db.error();
    db_ = db.take();
    auto loaded = load(budget_.create && !budget_.read_only);
    if (!loaded) db_.reset();
    if (loaded && !budget_.read_only) keep_ballast();
    return loaded;
  }

  Status reopen() override {
    db_.reset();
    logs_.clear();
    next_number_ = 0;
    (void)release_ballast();
    return open();
  }

  std::uint64_t free_bytes() const override {
    std::uint64_t bytes = 0;
    return env()->GetFreeSpace(path_, &bytes).ok() ? bytes : UINT64_MAX;
  }

  Status append(const StoreBatch& batch, bool sync) override {
    if (!db_) return closed(Errc::in_doubt);
    rocksdb::WriteBatch writes;
    std::vector<std::pair<LogName, Log>> changed;
    std::uint32_t next_number = next_number_;
    for (const auto& append : batch.appends) {
      Log log;
      if (const auto known = logs_.find(append.log); known != logs_.end()) {
        log = known->second;
      } else {
        log.number = next_number++;
        writes.Put(key_of('L', log.number), encode_name(append.log));
      }
      VERBENA_CHECK(log.head.size == append.first);
      VERBENA_CHECK(append.first + append.events.size() == append.head.size);
      for (std::size_t i = 0; i < append.events.size(); ++i) {
        writes.Put(key_of('E', log.number, append.first + i), append.events[i]);
      }
      const Bytes head = encode_head(append.head);
      if (log.kept.keeps_previous(log.head.size, append)) {
        writes.Put(key_of('H', log.number, log.head.size), encode_head(log.head));
      }
      writes.Put(key_of('N', log.number), head);
      log.head = append.head;
      changed.emplace_back(append.log, log);
    }
    for (const auto& write : batch.meta) {
      const Bytes key = "M" + write.key;
      if (write.value) {
        writes.Put(key, *write.value);
      } else {
        writes.Delete(key);
      }
    }
    rocksdb::WriteOptions options;
    options.sync = sync;
    const auto status = db_->Write(options, &writes);
    if (!status.ok()) {
      return Error{Errc::in_doubt, path_ + ": the write failed: " + status.ToString()};
    }
    next_number_ = next_number;
    for (auto& [name, log] : changed) logs_[name] = log;
    return done();
  }

  Status sync() override {
    if (!db_) return closed(Errc::storage);
    const auto status = db_->SyncWAL();
    return status.ok() ? done() : Status(storage_error(path_, status));
  }

  std::vector<StoredLog> logs() const override {
    std::vector<StoredLog> out;
    for (const auto& [name, log] : logs_) out.push_back({name, log.head});
    return out;
  }

  Status read(const LogName& name, std::uint64_t first, std::uint64_t count,
              const EventVisitor& visit) const override {
    if (!db_) return closed(Errc::storage);
    const auto found = logs_.find(name);
    if (found == logs_.end() || first >= found->second.head.size) return done();
    const std::uint64_t end =
        std::min(found->second.head.size, first + std::min(count, UINT64_MAX - first));
    // Single events are read where a purse is: those beside one are likely to be next.
    const auto options = end - first == 1 ? rocksdb::ReadOptions() : scan_options();
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
    std::uint64_t index = first;
    for (it->Seek(key_of('E', found->second.number, first)); index < end; it->Next(), ++index) {
      if (!it->Valid()) break;
      if (it->key() != slice(key_of('E', found->second.number, index))) break;
      const auto value = it->value();
      if (auto status = visit(index, {value.data(), value.size()}); !status) return status;
    }
    if (!it->status().ok()) return storage_error(path_, it->status());
    if (index < end) {
      return Error{Errc::damaged, path_ + ": event " + std::to_string(index) + " of log " +
                                      hex(name.id()).substr(0, 16) + " is missing"};
    }
    return done();
  }

  Result<std::vector<Head>> heads(const LogName& name, std::uint64_t above) const override {
    if (!db_) return closed(Errc::storage);
    std::vector<Head> out;
    const auto found = logs_.find(name);
    if (found == logs_.end()) return out;
    const Bytes prefix = key_of('H', found->second.number);
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(scan_options()));
    for (it->Seek(key_of('H', found->second.number, above + 1));
         it->Valid() && it->key().starts_with(prefix); it->Next()) {
      auto head = decode_head({it->value().data(), it->value().size()});
      if (!head) return head.error();
      out.push_back(head.take());
    }
    if (!it->status().ok()) return storage_error(path_, it->status());
    if (found->second.head.size > above) out.push_back(found->second.head);
    return out;
  }

  Result<std::optional<Bytes>> meta(std::string_view key) const override {
    if (!db_) return closed(Errc::storage);
    std::string value;
    const auto status = db_->Get({}, "M" + Bytes(key), &value);
    if (status.IsNotFound()) return std::optional<Bytes>{};
    if (!status.ok()) return storage_error(path_, status);
    return std::optional<Bytes>{std::move(value)};
  }

  Status meta_range(std::string_view prefix, const MetaVisitor& visit) const override {
    if (!db_) return closed(Errc::storage);
    const Bytes start = "M" + Bytes(prefix);
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
    for (it->Seek(start); it->Valid() && it->key().starts_with(start); it->Next()) {
      const auto key = it->key(), value = it->value();
      auto status = visit({key.data() + 1, key.size() - 1}, {value.data(), value.size()});
      if (!status) return status;
    }
    return it->status().ok() ? done() : Status(storage_error(path_, it->status()));
  }

 private:
  struct Log {
    std::uint32_t number = 0;
    Head head;
    KeptHeads kept;
  };

  static rocksdb::ReadOptions scan_options() {
    rocksdb::ReadOptions options;
    options.readahead_size = 256 << 10;
    options.fill_cache = false;
    return options;
  }

  Error closed(Errc code) const { return {code, path_ + ": the store could not be opened again"}; }

  rocksdb::Env* env() const { return env_ ? env_.get() : rocksdb::Env::Default(); }
  std::string ballast() const { return path_ + ".ballast"; }

  // True where the disk was full and has room again.
  bool release_ballast() {
    return free_bytes() < free_bytes_floor && env()->DeleteFile(ballast()).ok();
  }

  // Without it a store on a full disk could not even be opened: recovery writes too.
  void keep_ballast() {
    if (budget_.ballast_bytes == 0 || env()->FileExists(ballast()).ok()) return;
    if (free_bytes() < free_bytes_floor + budget_.ballast_bytes) return;
    std::unique_ptr<rocksdb::WritableFile> file;
    if (!env()->NewWritableFile(ballast(), &file, rocksdb::EnvOptions()).ok()) return;
    (void)file->Allocate(0, budget_.ballast_bytes);
    (void)file->Close();
  }

  Status load(bool create) {
    std::string version;
    const auto found = db_->Get({}, "V", &version);
    if (found.IsNotFound()) {
      if (!create) return Error{Errc::damaged, path_ + ": the store has no format version"};
      rocksdb::WriteOptions durable;
      durable.sync = true;
      const auto wrote = db_->Put(durable, "V", std::string(1, format_version));
      if (!wrote.ok()) return storage_error(path_, wrote);
    } else if (!found.ok()) {
      return storage_error(path_, found);
    } else if (version.size() != 1 || version[0] > format_version) {
      return Error{Errc::future_version,
                   path_ + ": the store has a later format than this build reads"};
    }
    return load_logs();
  }

  Status load_logs() {
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
    for (it->Seek("L"); it->Valid() && it->key().starts_with("L"); it->Next()) {
      const auto key = it->key(), value = it->value();
      const auto name = decode_name({value.data(), value.size()});
      if (key.size() != 5 || !name) return Error{Errc::damaged, path_ + ": a log name is damaged"};
      Log log;
      log.number = static_cast<std::uint32_t>(get_be({key.data() + 1, 4}));
      std::string bytes;
      const auto got = db_->Get({}, key_of('N', log.number), &bytes);
      if (!got.ok()) return storage_error(path_, got);
      auto head = decode_head(bytes);
      if (!head) return Error{Errc::damaged, path_ + ": a stored head is damaged"};
      log.head = head.take();
      log.kept.forget();
      next_number_ = std::max(next_number_, log.number + 1);
      logs_[*name] = log;
    }
    return it->status().ok() ? done() : Status(storage_error(path_, it->status()));
  }

  std::string path_;
  RocksOptions budget_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;  // null: a reopen failed
  std::string recovery_note_;
  std::map<LogName, Log> logs_;
  std::uint32_t next_number_ = 0;
};

rocksdb::Options rocks_options(const RocksOptions& budget, rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = budget.create && !budget.read_only;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.write_buffer_size = budget.memtable_bytes;
  options.max_write_buffer_number = 2;
  // A log grows at its end: the memtable remembers where that is.
  options.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewCappedPrefixTransform(log_key_bytes));
  options.max_background_jobs = 1;
  options.max_open_files = 64;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.compression = rocksdb::kZSTD;
  options.stats_dump_period_sec = 0;
  options.max_bgerror_resume_count = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(budget.block_cache_bytes);
  table.block_size = 16 << 10;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

bool is_manifest(std::string_view text) {
  return text.find("MANIFEST") != std::string_view::npos;
}

// Copies what recovery would change or drop, so that it cannot destroy evidence. Names the copy;
// without one nothing is recovered.
Result<std::string> set_aside(const std::string& path, rocksdb::Env& env) {
  for (int n = 1;; ++n) {
    const std::string target = path + ".damaged-" + std::to_string(n);
    if (env.FileExists(target).ok()) continue;
    std::vector<std::string> names;
    auto status = env.CreateDirIfMissing(target);
    if (status.ok()) status = env.GetChildren(path, &names);
    for (const auto& name : names) {
      std::string content;
      const bool wanted = name.ends_with(".log") || is_manifest(name) || name == "CURRENT";
      if (!wanted || !rocksdb::ReadFileToString(&env, path + "/" + name, &content).ok()) continue;
      if (!status.ok()) break;
      status = rocksdb::WriteStringToFile(&env, content, target + "/" + name, true);
    }
    if (!status.ok()) return storage_error(target, status);
    return target;
  }
}

// Two tables of the same events: made anew from a log whose table was written already.
bool is_told_twice(const rocksdb::Status& status) {
  return status.IsCorruption() &&
         status.ToString().find("force_consistency_checks") != std::string::npos;
}

// With a MANIFEST made from the tables and logs that are there. What two tables tell alike becomes
// one, so that it opens strictly again.
Result<std::unique_ptr<rocksdb::DB>> open_made_anew(const std::string& path,
                                                    rocksdb::Options options, bool torn) {
  options.force_consistency_checks = false;
  auto status = torn ? rocksdb::RepairDB(path, options) : rocksdb::Status::OK();
  rocksdb::DB* raw = nullptr;
  if (status.ok()) status = rocksdb::DB::Open(options, path, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (status.ok()) status = db->CompactRange({}, nullptr, nullptr);
  if (!status.ok()) return storage_error(path, status);
  return db;
}

// Strictly first; where that is refused, the damaged logs are set aside and the store recovers to
// the last consistent point. RocksDB forgives its MANIFEST no torn end, though a power cut while it
// is written leaves one: it is made anew then, from the tables and logs. So it is where the power
// failed again meanwhile, and CURRENT names one that is gone.
Result<std::unique_ptr<rocksdb::DB>> open_db(const std::string& path, const RocksOptions& budget,
                                             rocksdb::Env* env, std::string& recovery_note) {
  rocksdb::Options options = rocks_options(budget, env);
  rocksdb::DB* raw = nullptr;
  auto status = budget.read_only ? rocksdb::DB::OpenForReadOnly(options, path, &raw)
                                 : rocksdb::DB::Open(options, path, &raw);
  if (status.IsCorruption() && !budget.read_only) {
    const auto aside = set_aside(path, *env);
    if (!aside) return aside.error();
    recovery_note = status.ToString() + "; the damaged files are kept in " + *aside;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    status = rocksdb::DB::Open(options, path, &raw);
  }
  const bool gone = status.IsNotFound() || status.IsPathNotFound();  // and not a full disk
  const bool torn = (status.IsCorruption() || gone) && is_manifest(status.ToString());
  if ((torn || is_told_twice(status)) && !budget.read_only) {
    if (recovery_note.empty()) {
      const auto aside = set_aside(path, *env);
      if (!aside) return aside.error();
      recovery_note = status.ToString() + "; the damaged files are kept in " + *aside;
    }
    return open_made_anew(path, options, torn);
  }
  if (!status.ok()) return storage_error(path, status);
  return std::unique_ptr<rocksdb::DB>(raw);
}

}  // namespace

Result<OpenedStore> open_rocks_store(const std::string& path, const RocksOptions& budget) {
  auto store = std::make_unique<RocksStore>(path, budget);
  if (auto status = store->open(); !status) return status.error();
  OpenedStore out;
  out.recovery_note = store->recovery_note();
  out.recovered = !out.recovery_note.empty();
  out.store = std::move(store);
  return out;
}

}  // namespace verbena::ledger
