// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ledger/core/mutant.h"

namespace verbena::sim {

// A planted bug, and the invariant whose check must see it.
struct MutantRow {
  ledger::Mutant mutant = ledger::Mutant::none;
  const char* name;
  const char* invariant;
  const char* option = "";  // without which the line it breaks is never run
};
const std::vector<MutantRow>& mutants();

// Plants it in this thread. False where there is none of this name, or this build has no mutants.
bool plant(const std::string& name);

}  // namespace verbena::sim
