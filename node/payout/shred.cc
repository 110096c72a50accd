// SPDX-License-Identifier: Apache-2.0
#include "node/payout/shred.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Status;

Status shred_file(const Path& path) {
  const auto failed = [&](const char* what) {
    return Error{Errc::storage, path.string() + ": " + what + ": " + std::strerror(errno)};
  };
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno == ENOENT ? ledger::done() : Status(failed("cannot be opened"));
  struct stat about {};
  bool overwritten = ::fstat(fd, &about) == 0;
  const char zeros[4096] = {};
  for (off_t at = 0; overwritten && at < about.st_size;) {
    const auto most = std::min<off_t>(about.st_size - at, sizeof zeros);
    const ssize_t put = ::pwrite(fd, zeros, static_cast<std::size_t>(most), at);
    if (put < 0 && errno == EINTR) continue;
    overwritten = put > 0;
    if (overwritten) at += put;
  }
  overwritten = overwritten && ::fsync(fd) == 0;
  const Status result = overwritten ? ledger::done() : Status(failed("cannot be overwritten"));
  ::close(fd);
  if (!result.ok()) return result;
  if (::unlink(path.c_str()) != 0) return failed("cannot be removed");
  const int directory = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  if (directory >= 0) ::close(directory);
  return synced ? ledger::done() : Status(failed("its directory cannot be synced"));
}

}  // namespace verbena::node
