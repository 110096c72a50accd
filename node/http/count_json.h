// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "ledger/state/state.h"

// What a till's page may know of counts and drawers. Counts are blind: of a figure that is not an
// event yet, and of what should be there, nothing.
namespace verbena::node::http {

// How far the count of a holder's sheet has come: who has counted how often, what two persons gave
// alike (in base units), and what they did not.
nlohmann::ordered_json count_json(ledger::State& state, const std::string& holder,
                                  std::uint32_t sheet, schemas::CountOf of);

// Devices of the holder that have not closed this sheet; revoked ones never will.
nlohmann::ordered_json waits_for_json(ledger::State& state, const std::string& holder,
                                      std::uint32_t sheet);

// Items, by number, that the stand sells or that something it sells is made of.
std::set<std::uint32_t> sold_items(const schemas::Festival& festival, const std::string& stand);

// Counted less expected of the drawer whose shift this event closed, in minor units; null where the
// event closed none.
nlohmann::ordered_json over_json(ledger::State& state, const ledger::Hash& closed);

}  // namespace verbena::node::http
