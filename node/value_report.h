// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ledger/ledger.h"

// What supervisors look at besides goods and stands: value on paper, and bands that are no longer
// taken. As docs/http.md says.
namespace verbena::node {

constexpr std::size_t value_rows_max = 500;  // of a list; the counts beside it are of all

// Vouchers by issuer: issued, spent and open, and those that were spent beyond what they were
// worth.
std::string vouchers_json(const ledger::Ledger& ledger);
std::string vouchers_csv(const nlohmann::ordered_json& object);  // a line an issuer

// Bands that are blocked or replaced, and what is still to follow to the new ones.
std::string bands_json(const ledger::Ledger& ledger);
std::string bands_csv(const nlohmann::ordered_json& object);  // a line a band

}  // namespace verbena::node
