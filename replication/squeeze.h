// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "ledger/core/result.h"

namespace verbena::replication {

// For files that are kept: smaller than a pack of the wire, and slower to make.
std::string squeeze(std::string_view raw);
// Errc::bad_input where it is not what squeeze() makes, or unfolds to more than `raw_bytes_max`.
ledger::Result<std::string> unsqueeze(std::string_view squeezed, std::size_t raw_bytes_max);

}  // namespace verbena::replication
