// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "ledger/ledger.h"
#include "node/texts.h"

namespace verbena::node {

// What the shrinkage engine finds in what this node holds, as JSON with a sentence each.
// `now_s`: seconds since 1970 by this node's clock. `linked`: aliases of the devices that it talks
// with right now.
std::string shrinkage_json(const ledger::Ledger& ledger, std::int64_t now_s, Language language,
                           const std::set<std::string>& linked);

}  // namespace verbena::node
