// SPDX-License-Identifier: Apache-2.0
#include "node/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

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

Status write_all(int fd, const Path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return file_error(path, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return ledger::done();
}

Status sync_directory(const Path& directory) {
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return file_error(directory, "cannot be synced");
  return ledger::done();
}

Status put_in_place(const Path& beside, const Path& path) {
  if (::rename(beside.c_str(), path.c_str()) != 0) return file_error(path, "cannot be replaced");
  const Path parent = path.parent_path();
  return sync_directory(parent.empty() ? Path(".") : parent);
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
    if (auto status = write_all(fd.get(), beside, bytes); !status) return status;
    if (::fsync(fd.get()) != 0) return file_error(beside, "cannot be synced");
  }
  return put_in_place(beside, path);
}

Result<FileWriter> FileWriter::create(const Path& path) {
  const Path beside = path.string() + ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return file_error(beside, "cannot be created");
  return FileWriter(fd, path);
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      held_(std::move(other.held_)) {}

FileWriter::~FileWriter() {
  if (fd_ >= 0) ::close(fd_);
}

Status FileWriter::put(std::string_view bytes) {
  held_ += bytes;
  return held_.size() < std::size_t{1} << 20 ? ledger::done() : flush();
}

Status FileWriter::flush() {
  auto status = write_all(fd_, path_, held_);
  held_.clear();
  return status;
}

Status FileWriter::close() {
  if (auto status = flush(); !status) return status;
  const Path beside = path_.string() + ".new";
  if (::fsync(fd_) != 0) return file_error(beside, "cannot be synced");
  ::close(std::exchange(fd_, -1));
  return put_in_place(beside, path_);
}

Status move_file(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return file_error(from, "cannot be moved");
  return ledger::done();
}

Status overwrite_file(const Path& path) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat about {};
  if (fd.get() < 0 || ::fstat(fd.get(), &about) != 0) return file_error(path, "cannot be opened");
  const std::string zeros(64 << 10, '\0');
  for (auto left = static_cast<std::size_t>(about.st_size); left > 0;) {
    const auto part = std::string_view(zeros).substr(0, left);
    if (auto status = write_all(fd.get(), path, part); !status) return status;
    left -= part.size();
  }
  if (::fsync(fd.get()) != 0) return file_error(path, "cannot be synced");
  return ledger::done();
}

Status discard_file(const Path& path) {
  const bool renamed = path.extension() == ".gone";  // by an earlier call that was cut short
  const Path gone = renamed ? path : Path(path.string() + ".gone");
  if ((!renamed && ::rename(path.c_str(), gone.c_str()) != 0) || ::unlink(gone.c_str()) != 0) {
    return file_error(path, "cannot be removed");
  }
  return sync_directory(path.parent_path().empty() ? Path(".") : path.parent_path());
}

Status shred_file(const Path& path) {
  if (!path_exists(path)) return ledger::done();
  if (auto status = overwrite_file(path); !status) return status;
  return discard_file(path);
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

bool is_link(const Path& path) {
  std::error_code error;
  return std::filesystem::is_symlink(path, error);
}

bool path_exists(const Path& path) {
  std::error_code error;
  return std::filesystem::symlink_status(path, error).type() !=
         std::filesystem::file_type::not_found;
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
