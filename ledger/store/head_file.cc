// SPDX-License-Identifier: Apache-2.0
#include "ledger/store/head_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ledger/core/merkle.h"

namespace verbena::ledger {

namespace {

constexpr std::string_view magic = "VHEAD001";
constexpr std::size_t entry_bytes = 41 + 112;
constexpr std::size_t file_bytes_max = 16 << 20;

Error file_error(const std::string& path, const char* what) {
  return {Errc::storage, path + ": " + what + ": " + std::strerror(errno)};
}

Bytes encode(const std::vector<StoredLog>& logs) {
  Bytes out(magic);
  for (const auto& log : logs) {
    out.append(view(log.name.certificate));
    put_u64(out, log.name.incarnation);
    put_u8(out, static_cast<std::uint8_t>(log.name.log_class));
    out += encode_head(log.head);
  }
  out.append(view(sha256({out})));
  return out;
}

// A rename lasts through a power cut once its directory is on disk.
Status sync_directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_error(directory, "cannot be opened");
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  if (!synced) return file_error(directory, "cannot be synced");
  return done();
}

}  // namespace

Status write_head_file(const std::string& path, const std::vector<StoredLog>& own_logs) {
  const Bytes bytes = encode(own_logs);
  const std::string beside = path + ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return file_error(beside, "cannot be created");
  const bool written =
      ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  const bool synced = written && ::fdatasync(fd) == 0;
  ::close(fd);
  if (!synced) return file_error(beside, "cannot be written");
  if (::rename(beside.c_str(), path.c_str()) != 0) return file_error(path, "cannot be replaced");
  return sync_directory_of(path);
}

Result<std::vector<StoredLog>> read_head_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::vector<StoredLog>{};
    return file_error(path, "cannot be opened");
  }
  Bytes bytes;
  char buffer[64 << 10];
  ssize_t got = 0;
  while ((got = ::read(fd, buffer, sizeof buffer)) > 0 && bytes.size() <= file_bytes_max) {
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(fd);
  if (got < 0) return file_error(path, "cannot be read");
  const Error damaged{Errc::damaged, path + ": its content does not match its hash"};
  if (bytes.size() < magic.size() + 32 || !bytes.starts_with(magic)) return damaged;
  const auto body = std::string_view(bytes).substr(0, bytes.size() - 32);
  if (view(sha256({body})) != std::string_view(bytes).substr(body.size())) return damaged;
  if ((body.size() - magic.size()) % entry_bytes != 0) return damaged;
  std::vector<StoredLog> out;
  for (std::size_t at = magic.size(); at < body.size(); at += entry_bytes) {
    const auto entry = body.substr(at, entry_bytes);
    auto head = decode_head(entry.substr(41));
    const auto log_class = static_cast<std::uint8_t>(entry[40]);
    if (!head || log_class < 1 || log_class > 3) return damaged;
    out.push_back({{*fixed<32>(entry.substr(0, 32)), get_be(entry.substr(32, 8)),
                    static_cast<LogClass>(log_class)},
                   *head});
  }
  return out;
}

std::vector<std::string> compare_heads(const std::vector<StoredLog>& remembered,
                                       const EventStore& store) {
  std::vector<std::string> out;
  const auto held = store.logs();
  for (const auto& log : remembered) {
    const auto found = std::find_if(held.begin(), held.end(),
                                    [&](const auto& other) { return other.name == log.name; });
    const std::uint64_t size = found == held.end() ? 0 : found->head.size;
    const std::string what = std::string("own ") + log_class_name(log.name.log_class) + " log " +
                             hex(log.name.id()).substr(0, 16);
    if (size < log.head.size) {
      out.push_back(what + " came back with " + std::to_string(size) + " of " +
                    std::to_string(log.head.size) +
                    " events; this device goes on in a new life and asks its peers for the rest");
      continue;
    }
    MerklePeaks peaks;
    auto status =
        store.read(log.name, 0, log.head.size, [&](std::uint64_t, std::string_view event) {
          peaks.append(leaf_hash(event));
          return done();
        });
    if (!status || peaks.root() != log.head.root) {
      out.push_back(what + " came back with other events than were signed");
    }
  }
  return out;
}

}  // namespace verbena::ledger
