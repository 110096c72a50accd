// SPDX-License-Identifier: Apache-2.0
#include "node/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

Error file_error(const Path& path, const char* what) {
  return {Errc::storage, path.string() + ": " + what + ": " + std::strerror(errno)};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status sync_directory(const Path& directory) {
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return file_error(directory, "cannot be synced");
  return ledger::done();
}

}  // namespace

Result<std::string> read_file(const Path& path, std::size_t bytes_max) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return file_error(path, "cannot be opened");
  std::string out;
  char buffer[64 << 10];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path, "cannot be read");
    if (got == 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
    if (out.size() > bytes_max) return Error{Errc::bad_input, path.string() + ": too large"};
  }
}

Status write_file(const Path& path, std::string_view bytes, bool secret) {
  const Path beside = path.string() + ".new";
  {
    const Descriptor fd(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644));
    if (fd.get() < 0) return file_error(beside, "cannot be created");
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return file_error(beside, "cannot be written");
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(fd.get()) != 0) return file_error(beside, "cannot be synced");
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return file_error(path, "cannot be replaced");
  const Path parent = path.parent_path();
  return sync_directory(parent.empty() ? Path(".") : parent);
}

Status move_file(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return file_error(from, "cannot be moved");
  return ledger::done();
}

Status make_directory(const Path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return Error{Errc::storage, path.string() + ": cannot be created: " + error.message()};
  }
  return ledger::done();
}

Status remove_tree(const Path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return Error{Errc::storage, path.string() + ": cannot be removed: " + error.message()};
  return ledger::done();
}

bool path_exists(const Path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::vector<Path> list_directory(const Path& path) {
  std::vector<Path> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<FileLock> FileLock::take(const Path& path, bool wait) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return file_error(path, "cannot be opened");
  if (::flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) != 0) {
    ::close(fd);
    return Error{Errc::locked, path.string() + ": another process holds it"};
  }
  return FileLock(fd);
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace verbena::node
