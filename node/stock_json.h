// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "ledger/roles.h"

namespace verbena::ledger {
class Ledger;
struct Settlement;
}  // namespace verbena::ledger

// Sheets, dispatches and drawers as JSON for `verbena stock sheet` and `verbena report`.
namespace verbena::node {

// Who asks for stock. Counts are blind: who may count sees of a sheet that is not counted yet no
// figure from which the expected one follows.
bool sees_expected(const std::vector<schemas::Role>& roles);

std::string sheets_json(const ledger::Ledger& ledger, bool expected);

nlohmann::ordered_json settlement_json(const ledger::Settlement& row);

// What is between each stand and the festival; of one holder where it is named.
std::string settlements_json(const ledger::Ledger& ledger, const std::string& holder);

}  // namespace verbena::node
