// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/core/result.h"
#include "schemas/festival.pb.h"

namespace verbena::node {

// Reads a festival file (TOML). Items are numbered in file order; version is 1. Errors read
// "<name>:<line>: <what is wrong>".
ledger::Result<schemas::Festival> parse_festival(const std::string& text, const std::string& name);

// The settings that replace `current`: items keep their numbers, new ones get the next, missing
// ones are retired.
schemas::Festival next_version(const schemas::Festival& current, const std::string& current_hash,
                               const schemas::Festival& wanted);

// One line a difference, for the people who approve it.
std::vector<std::string> differences(const schemas::Festival& from, const schemas::Festival& to);

// Decimal digits of an ISO 4217 currency this build knows; -1 otherwise.
int currency_scale(std::string_view code);

}  // namespace verbena::node
