// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/state/custody.h"

namespace verbena::ledger {

// What two or more persons counted of one item.
struct CountedItem {
  std::optional<std::uint64_t> units;  // empty: they differ, so it must be counted again
  std::set<std::string> persons;       // who counted it so; where they differ, all who counted
};

// The count of a holder's sheet at its start or end. Each person's last attempt speaks; a figure
// holds when two persons give it, and the one that most give where there are several.
struct CountResult {
  std::map<std::uint32_t, CountedItem> items;  // by item number
  std::set<std::string> sealed_by;             // also those whose counts are still sealed
  std::vector<Hash> events;                    // the sealed counts, by id
};
CountResult counted(const CustodyBook& custody, const std::string& holder, std::uint32_t sheet,
                    schemas::CountOf of);

}  // namespace verbena::ledger
