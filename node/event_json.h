// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "ledger/core/bytes.h"
#include "node/texts.h"

namespace verbena::ledger {
class Ledger;
}

namespace verbena::node {

// One event about goods or a drawer, in words and figures, as JSON: what findings name as evidence.
// Empty where no such event is held, or it does not count. What a sealed count holds is told only
// once a second person's count has opened it.
std::optional<std::string> event_json(const ledger::Ledger& ledger, const ledger::Hash& id,
                                      Language language);

}  // namespace verbena::node
