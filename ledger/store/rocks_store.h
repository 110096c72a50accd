// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ledger/store/store.h"

namespace rocksdb {
class FileSystem;
}

namespace verbena::ledger {

struct RocksOptions {
  bool read_only = false;
  bool create = true;
  std::size_t memtable_bytes = 4 << 20;
  std::size_t block_cache_bytes = 8 << 20;
  // Set aside beside the store and given back when the disk is full, so that it can open again.
  std::size_t ballast_bytes = 16 << 20;
  // Where the files are; empty: this machine's disk.
  std::shared_ptr<rocksdb::FileSystem> files;
};

struct OpenedStore {
  std::unique_ptr<EventStore> store;
  // The strict open was refused and the files were set aside before a point-in-time recovery.
  bool recovered = false;
  std::string recovery_note;
};

// The only user of RocksDB. Opens strictly; where that is refused, copies the damaged write-ahead
// log aside and recovers to the last consistent point: the caller must then compare what it holds
// with the head file and with peers (reliability: no single recovery mode is right alone).
Result<OpenedStore> open_rocks_store(const std::string& path, const RocksOptions& options);

}  // namespace verbena::ledger
