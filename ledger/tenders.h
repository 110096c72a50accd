// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace verbena::ledger {

constexpr std::size_t tender_bytes_max = 32;

// Whether value may be said to have come in by this: "cash", or whatever else a festival is paid
// with, such as "card". Names that the fold and the books use for something else, such as "gift",
// and what is no short printable name, are none.
bool is_tender(std::string_view name);

}  // namespace verbena::ledger
