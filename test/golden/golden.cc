// SPDX-License-Identifier: Apache-2.0
#include "test/golden/golden.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace verbena::golden {

std::string path_of(const std::string& name) {
  return std::string(VERBENA_GOLDEN_DIR) + "/v1/" + name;
}

std::string slurp(const std::string& name) {
  std::ifstream in(path_of(name), std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void compare(const std::string& name, const std::string& bytes) {
  CAPTURE(name);
  if (std::getenv("VERBENA_GOLDEN_WRITE") != nullptr) {
    std::ofstream(path_of(name), std::ios::binary) << bytes;
  }
  CHECK(slurp(name) == bytes);
}

}  // namespace verbena::golden
