// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/tag_reader.h"

namespace verbena::node {

// From "file:DIR" (simulated), "pcsc" (whatever PC/SC readers there are) or "pcsc:NAME" (those
// whose name begins so). Errors: bad_input for anything else, unreachable without a PC/SC service.
ledger::Result<std::unique_ptr<TagReader>> open_reader(const std::string& spec);

}  // namespace verbena::node
