// SPDX-License-Identifier: Apache-2.0
#include "node/band_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "ledger/purse/band.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

Result<BandFile> BandFile::open(const Path& path) {
  if (!path_exists(path)) return Error{Errc::storage, path.string() + ": no such band"};
  auto lock = FileLock::take(path, true);
  if (!lock) return lock.error();
  return BandFile(path, lock.take());
}

Result<std::string> BandFile::read() const {
  return read_file(path_, ledger::band_bytes);
}

// In place and only from the first byte that differs: the other slot is never touched, so a torn
// write leaves it valid.
Result<std::string> BandFile::write(std::string_view image) const {
  auto before = read();
  if (!before) return before.error();
  if (image.size() != before->size()) {
    return Error{Errc::bad_input, path_.string() + ": the image has another size"};
  }
  std::size_t first = 0, last = image.size();
  while (first < last && image[first] == (*before)[first]) ++first;
  while (last > first && image[last - 1] == (*before)[last - 1]) --last;
  const int fd = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return Error{Errc::storage, path_.string() + ": cannot be opened for writing"};
  const ssize_t put = ::pwrite(fd, image.data() + first, last - first, static_cast<off_t>(first));
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  if (put != static_cast<ssize_t>(last - first) || !synced) {
    return Error{Errc::storage, path_.string() + ": cannot be written"};
  }
  return read();
}

Status create_band_file(const Path& path, std::string_view image) {
  if (path_exists(path)) return Error{Errc::bad_input, path.string() + ": exists already"};
  return write_file(path, image);
}

}  // namespace verbena::node
