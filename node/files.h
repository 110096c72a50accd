// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "ledger/core/result.h"

// Files as the node needs them. Every error names the path.
namespace verbena::node {

using Path = std::filesystem::path;

ledger::Result<std::string> read_file(const Path& path, std::size_t bytes_max = 64 << 20);
// Whole or not at all: written beside, synced, renamed, directory synced.
ledger::Status write_file(const Path& path, std::string_view bytes, bool secret = false);

// The same for a file that is made piece by piece: in its place once closed.
class FileWriter {
 public:
  static ledger::Result<FileWriter> create(const Path& path);
  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&&) = delete;
  ~FileWriter();  // not closed: what was written stays beside, as PATH.new
  ledger::Status put(std::string_view bytes);
  ledger::Status close();

 private:
  FileWriter(int fd, Path path) : fd_(fd), path_(std::move(path)) {}
  ledger::Status flush();
  int fd_;
  Path path_;
  std::string held_;  // up to 1 MiB
};

// Within one file system; replaces what is there.
ledger::Status move_file(const Path& from, const Path& to);
// Zeros over all it holds, on the disk when it returns. A flash disk may keep the old bytes
// elsewhere.
ledger::Status overwrite_file(const Path& path);
// Its name goes first (PATH.gone), then the file.
ledger::Status discard_file(const Path& path);
// Both, for what is sealed to a key whose end is the end of every copy; done where there is none.
ledger::Status shred_file(const Path& path);
ledger::Status make_directory(const Path& path);
ledger::Status remove_tree(const Path& path);
bool is_link(const Path& path);
bool path_exists(const Path& path);
std::vector<Path> list_directory(const Path& path);

// An exclusive lock on a file, held until destroyed.
class FileLock {
 public:
  static ledger::Result<FileLock> take(const Path& path, bool wait);
  FileLock(FileLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace verbena::node
