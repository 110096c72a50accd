// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

// The committed bytes of test/golden/v1.
namespace verbena::golden {

std::string path_of(const std::string& name);
std::string slurp(const std::string& name);
// Fails where the committed bytes are others; with VERBENA_GOLDEN_WRITE=1 these are written first.
void compare(const std::string& name, const std::string& bytes);

}  // namespace verbena::golden
