// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace verbena::test {

// A new directory that no other process has, gone with its owner. Tests run beside one another.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace verbena::test
