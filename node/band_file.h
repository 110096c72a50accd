// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/files.h"

// A simulated band as a file: two slots, one reader at a time, durable writes.
namespace verbena::node {

class BandFile {
 public:
  // Holds the band in the field until destroyed.
  static ledger::Result<BandFile> open(const Path& path);

  ledger::Result<std::string> read() const;
  // Writes what changed, syncs, and returns what is read back.
  ledger::Result<std::string> write(std::string_view image) const;

 private:
  BandFile(Path path, FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  Path path_;
  FileLock lock_;
};

ledger::Status create_band_file(const Path& path, std::string_view image);

}  // namespace verbena::node
