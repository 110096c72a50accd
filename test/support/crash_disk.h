// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/file_system.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace verbena::test {

// What a power cut leaves of bytes that were written and never synced.
enum class Tail { kept, dropped, torn, garbled };

// A disk in memory that forgets like a real one: bytes last once their file is synced, names once
// their directory is. Every operation that changes it has a number; it can fail from a number on,
// and a copy can be taken of what a power cut at any moment would leave.
class CrashDisk final : public rocksdb::FileSystem {
 public:
  enum class Fault { none, io_error, no_space };

  // Called before each operation that changes the disk, with its number; not re-entered.
  using Watcher = std::function<void(std::uint64_t operation)>;
  void watch(Watcher watcher) { watcher_ = std::move(watcher); }

  // Operations [first, first + count) fail and change nothing.
  void fail(std::uint64_t first, std::uint64_t count, Fault fault);
  // All files together, with what is reserved for them; more does not fit.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  // Somebody else's file takes what is left but `bytes`.
  void fill_up_to(std::uint64_t bytes);
  std::uint64_t operations() const { return operations_; }

  // `seed` chooses where a torn tail ends and what garbles it. May be called by the watcher.
  std::shared_ptr<CrashDisk> after_power_cut(Tail tail, std::uint64_t seed) const;
  // The same bytes, everything durable.
  std::shared_ptr<CrashDisk> copy() const { return after_power_cut(Tail::kept, 0); }

  std::vector<std::string> files() const;
  std::string& bytes(const std::string& path);  // to be damaged while nothing runs
  void remove(const std::string& path);

  const char* Name() const override { return "CrashDisk"; }
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* out,
                                      rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* out,
                                        rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>* out,
                                    rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions&,
                                 std::unique_ptr<rocksdb::FSDirectory>* out,
                                 rocksdb::IODebugContext*) override;
  rocksdb::IOStatus FileExists(const std::string& path, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetChildren(const std::string& path, const rocksdb::IOOptions&,
                                std::vector<std::string>* out, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDir(const std::string& path, const rocksdb::IOOptions&,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& path, const rocksdb::IOOptions&,
                                       rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteDir(const std::string& path, const rocksdb::IOOptions&,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions&,
                                std::uint64_t* out, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileModificationTime(const std::string& path, const rocksdb::IOOptions&,
                                            std::uint64_t* out, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus LockFile(const std::string& path, const rocksdb::IOOptions&,
                             rocksdb::FileLock** out, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetTestDirectory(const rocksdb::IOOptions&, std::string* out,
                                     rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewLogger(const std::string& path, const rocksdb::IOOptions&,
                              std::shared_ptr<rocksdb::Logger>* out,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetAbsolutePath(const std::string& path, const rocksdb::IOOptions&,
                                    std::string* out, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus IsDirectory(const std::string& path, const rocksdb::IOOptions&, bool* out,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions&,
                                 std::uint64_t* out, rocksdb::IODebugContext*) override;

  struct File {
    std::string bytes;
    std::size_t durable = 0;   // files only grow: a prefix
    std::size_t reserved = 0;  // on disk, written or not
    std::size_t taken() const { return std::max(bytes.size(), reserved); }
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;

  // For the files it hands out: one operation that changes the disk.
  rocksdb::IOStatus change(const std::function<void()>& apply, std::size_t grows_by = 0);
  rocksdb::IOStatus look(const std::function<void()>& see) const;
  void sync_names(const std::string& directory);

 private:
  std::shared_ptr<File> find(const std::string& path) const;
  std::uint64_t free_bytes() const;

  mutable std::recursive_mutex mutex_;
  Names names_;    // as a running process sees them
  Names durable_;  // as of the last sync of their directory
  std::set<std::string> directories_;
  std::set<std::string> locks_;
  Watcher watcher_;
  std::uint64_t operations_ = 0;
  std::uint64_t fail_first_ = 0, fail_count_ = 0;
  Fault fault_ = Fault::none;
  std::uint64_t capacity_ = std::uint64_t{1} << 40;
};

}  // namespace verbena::test
