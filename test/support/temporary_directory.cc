// SPDX-License-Identifier: Apache-2.0
#include "test/support/temporary_directory.h"

#include <stdlib.h>

#include "ledger/core/result.h"

namespace verbena::test {

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "verbena-test-XXXXXX").string();
  VERBENA_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::filesystem::remove_all(path_);
}

}  // namespace verbena::test
