// SPDX-License-Identifier: Apache-2.0
#include "test/support/crash_disk.h"

#include <rocksdb/env.h>

#include <algorithm>

#include "test/support/world.h"

namespace verbena::test {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

std::string directory_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string plain(const std::string& path) {
  return path.ends_with('/') ? directory_of(path) : path;
}

class Reader final : public rocksdb::FSSequentialFile {
 public:
  Reader(const CrashDisk& disk, std::shared_ptr<CrashDisk::File> file)
      : disk_(disk), file_(std::move(file)) {}
  IOStatus Read(std::size_t n, const IOOptions&, Slice* out, char* scratch,
                IODebugContext*) override {
    return disk_.look([&] {
      const std::size_t got = file_->bytes.copy(scratch, n, std::min(at_, file_->bytes.size()));
      at_ += got;
      *out = Slice(scratch, got);
    });
  }
  IOStatus Skip(std::uint64_t n) override {
    at_ += n;
    return IOStatus::OK();
  }

 private:
  const CrashDisk& disk_;
  std::shared_ptr<CrashDisk::File> file_;
  std::size_t at_ = 0;
};

class RandomReader final : public rocksdb::FSRandomAccessFile {
 public:
  RandomReader(const CrashDisk& disk, std::shared_ptr<CrashDisk::File> file)
      : disk_(disk), file_(std::move(file)) {}
  IOStatus Read(std::uint64_t offset, std::size_t n, const IOOptions&, Slice* out, char* scratch,
                IODebugContext*) const override {
    return disk_.look([&] {
      const auto from = std::min<std::size_t>(offset, file_->bytes.size());
      *out = Slice(scratch, file_->bytes.copy(scratch, n, from));
    });
  }

 private:
  const CrashDisk& disk_;
  std::shared_ptr<CrashDisk::File> file_;
};

class Writer final : public rocksdb::FSWritableFile {
 public:
  Writer(CrashDisk& disk, std::shared_ptr<CrashDisk::File> file)
      : disk_(disk), file_(std::move(file)) {}
  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    const std::size_t size = file_->bytes.size() + data.size();
    return disk_.change([&] { file_->bytes.append(data.data(), data.size()); },
                        size - std::min(size, file_->taken()));
  }
  IOStatus Allocate(std::uint64_t offset, std::uint64_t count, const IOOptions&,
                    IODebugContext*) override {
    const std::size_t size = offset + count;
    return disk_.change([&] { file_->reserved = std::max(file_->reserved, size); },
                        size - std::min(size, file_->taken()));
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions&, IODebugContext*) override {
    return disk_.change([&] {
      file_->bytes.resize(size);
      file_->durable = std::min<std::size_t>(file_->durable, size);
    });
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    return disk_.change([&] { file_->durable = file_->bytes.size(); });
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override {
    std::uint64_t size = 0;
    (void)disk_.look([&] { size = file_->bytes.size(); });
    return size;
  }

 private:
  CrashDisk& disk_;
  std::shared_ptr<CrashDisk::File> file_;
};

class Directory final : public rocksdb::FSDirectory {
 public:
  Directory(CrashDisk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return disk_.change([&] { disk_.sync_names(path_); });
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  CrashDisk& disk_;
  std::string path_;
};

class Silence final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class Lock final : public rocksdb::FileLock {
 public:
  explicit Lock(std::string held) : path(std::move(held)) {}
  std::string path;
};

}  // namespace

void CrashDisk::fail(std::uint64_t first, std::uint64_t count, Fault fault) {
  std::lock_guard lock(mutex_);
  fail_first_ = first;
  fail_count_ = count;
  fault_ = fault;
}

IOStatus CrashDisk::change(const std::function<void()>& apply, std::size_t grows_by) {
  std::lock_guard lock(mutex_);
  const std::uint64_t number = operations_++;
  if (watcher_) watcher_(number);
  if (fault_ != Fault::none && number >= fail_first_ && number - fail_first_ < fail_count_) {
    return fault_ == Fault::no_space ? IOStatus::NoSpace("injected: the disk is full")
                                     : IOStatus::IOError("injected: the disk failed");
  }
  if (grows_by > free_bytes()) return IOStatus::NoSpace("the disk is full");
  apply();
  return IOStatus::OK();
}

std::uint64_t CrashDisk::free_bytes() const {
  std::uint64_t taken = 0;
  for (const auto& [path, file] : names_) taken += file->taken();
  return capacity_ - std::min(capacity_, taken);
}

void CrashDisk::fill_up_to(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  auto& other = names_["/home/other"];
  other = std::make_shared<File>();
  const std::uint64_t left = free_bytes();
  other->reserved = left - std::min(left, bytes);
}

IOStatus CrashDisk::look(const std::function<void()>& see) const {
  std::lock_guard lock(mutex_);
  see();
  return IOStatus::OK();
}

void CrashDisk::sync_names(const std::string& directory) {
  std::erase_if(durable_,
                [&](const auto& entry) { return directory_of(entry.first) == directory; });
  for (const auto& [path, file] : names_) {
    if (directory_of(path) == directory) durable_[path] = file;
  }
}

// Dropped: only what was synced, names too. Torn: the names as they were, each unsynced tail cut
// somewhere. Garbled: torn, with noise in the last bytes before the cut.
std::shared_ptr<CrashDisk> CrashDisk::after_power_cut(Tail tail, std::uint64_t seed) const {
  std::lock_guard lock(mutex_);
  auto out = std::make_shared<CrashDisk>();
  out->directories_ = directories_;
  SeededRandom random(seed);
  for (const auto& [path, file] : tail == Tail::dropped ? durable_ : names_) {
    const std::size_t loose = file->bytes.size() - file->durable;
    std::size_t kept = file->bytes.size();
    if (tail == Tail::dropped) kept = file->durable;
    if (tail == Tail::torn || tail == Tail::garbled) {
      kept = file->durable + random.below(loose + 1);
    }
    auto left = std::make_shared<File>(File{file->bytes.substr(0, kept), kept, file->reserved});
    if (tail == Tail::garbled) {
      const std::size_t noise = std::min<std::size_t>(kept - file->durable, 1 + random.below(32));
      for (std::size_t i = kept - noise; i < kept; ++i) {
        left->bytes[i] = static_cast<char>(random.next());
      }
    }
    out->names_[path] = left;
  }
  out->durable_ = out->names_;
  return out;
}

std::shared_ptr<CrashDisk::File> CrashDisk::find(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? nullptr : found->second;
}

std::vector<std::string> CrashDisk::files() const {
  std::vector<std::string> out;
  for (const auto& [path, file] : names_) out.push_back(path);
  return out;
}

std::string& CrashDisk::bytes(const std::string& path) {
  return names_.at(path)->bytes;
}

void CrashDisk::remove(const std::string& path) {
  names_.erase(path);
  durable_.erase(path);
}

IOStatus CrashDisk::NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* out,
                                      IODebugContext*) {
  std::lock_guard lock(mutex_);
  auto file = find(path);
  if (!file) return IOStatus::NotFound(path);
  *out = std::make_unique<Reader>(*this, std::move(file));
  return IOStatus::OK();
}

IOStatus CrashDisk::NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* out,
                                        IODebugContext*) {
  std::lock_guard lock(mutex_);
  auto file = find(path);
  if (!file) return IOStatus::NotFound(path);
  *out = std::make_unique<RandomReader>(*this, std::move(file));
  return IOStatus::OK();
}

IOStatus CrashDisk::NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>* out,
                                    IODebugContext*) {
  return change([&] {
    auto file = std::make_shared<File>();
    names_[path] = file;
    *out = std::make_unique<Writer>(*this, std::move(file));
  });
}

IOStatus CrashDisk::NewDirectory(const std::string& path, const IOOptions&,
                                 std::unique_ptr<rocksdb::FSDirectory>* out, IODebugContext*) {
  *out = std::make_unique<Directory>(*this, plain(path));
  return IOStatus::OK();
}

IOStatus CrashDisk::FileExists(const std::string& path, const IOOptions&, IODebugContext*) {
  std::lock_guard lock(mutex_);
  return find(path) || directories_.contains(plain(path)) ? IOStatus::OK()
                                                          : IOStatus::NotFound(path);
}

IOStatus CrashDisk::GetChildren(const std::string& path, const IOOptions&,
                                std::vector<std::string>* out, IODebugContext*) {
  std::lock_guard lock(mutex_);
  const std::string directory = plain(path);
  out->clear();
  if (!directories_.contains(directory)) return IOStatus::NotFound(path);
  for (const auto& [name, file] : names_) {
    if (directory_of(name) == directory) out->push_back(name.substr(directory.size() + 1));
  }
  return IOStatus::OK();
}

IOStatus CrashDisk::DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) {
  {
    std::lock_guard lock(mutex_);
    if (!find(path)) return IOStatus::NotFound(path);
  }
  return change([&] { names_.erase(path); });
}

IOStatus CrashDisk::CreateDir(const std::string& path, const IOOptions&, IODebugContext*) {
  return change([&] { directories_.insert(plain(path)); });
}

IOStatus CrashDisk::CreateDirIfMissing(const std::string& path, const IOOptions& options,
                                       IODebugContext* debug) {
  std::lock_guard lock(mutex_);
  return directories_.contains(plain(path)) ? IOStatus::OK() : CreateDir(path, options, debug);
}

IOStatus CrashDisk::DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) {
  return change([&] { directories_.erase(path); });
}

IOStatus CrashDisk::GetFileSize(const std::string& path, const IOOptions&, std::uint64_t* out,
                                IODebugContext*) {
  std::lock_guard lock(mutex_);
  const auto file = find(path);
  if (!file) return IOStatus::NotFound(path);
  *out = file->bytes.size();
  return IOStatus::OK();
}

IOStatus CrashDisk::GetFileModificationTime(const std::string& path, const IOOptions&,
                                            std::uint64_t* out, IODebugContext*) {
  *out = 0;
  std::lock_guard lock(mutex_);
  return find(path) ? IOStatus::OK() : IOStatus::NotFound(path);
}

IOStatus CrashDisk::RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                               IODebugContext*) {
  {
    std::lock_guard lock(mutex_);
    if (!find(from)) return IOStatus::NotFound(from);
  }
  return change([&] {
    names_[to] = names_.at(from);
    names_.erase(from);
  });
}

IOStatus CrashDisk::LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** out,
                             IODebugContext*) {
  std::lock_guard lock(mutex_);
  *out = nullptr;
  if (!locks_.insert(path).second) return IOStatus::IOError("lock " + path + ": held already");
  *out = new Lock(path);  // RocksDB gives it back to UnlockFile
  return IOStatus::OK();
}

IOStatus CrashDisk::UnlockFile(rocksdb::FileLock* held, const IOOptions&, IODebugContext*) {
  std::lock_guard lock(mutex_);
  const std::unique_ptr<Lock> owned(static_cast<Lock*>(held));
  locks_.erase(owned->path);
  return IOStatus::OK();
}

IOStatus CrashDisk::GetTestDirectory(const IOOptions&, std::string* out, IODebugContext*) {
  *out = "/test";
  return IOStatus::OK();
}

IOStatus CrashDisk::NewLogger(const std::string&, const IOOptions&,
                              std::shared_ptr<rocksdb::Logger>* out, IODebugContext*) {
  *out = std::make_shared<Silence>();
  return IOStatus::OK();
}

IOStatus CrashDisk::GetAbsolutePath(const std::string& path, const IOOptions&, std::string* out,
                                    IODebugContext*) {
  *out = path;
  return IOStatus::OK();
}

IOStatus CrashDisk::IsDirectory(const std::string& path, const IOOptions&, bool* out,
                                IODebugContext*) {
  std::lock_guard lock(mutex_);
  *out = directories_.contains(plain(path));
  return IOStatus::OK();
}

IOStatus CrashDisk::GetFreeSpace(const std::string&, const IOOptions&, std::uint64_t* out,
                                 IODebugContext*) {
  std::lock_guard lock(mutex_);
  *out = free_bytes();
  return IOStatus::OK();
}

}  // namespace verbena::test
