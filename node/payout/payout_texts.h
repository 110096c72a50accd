// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "node/payout/claim_desk.h"
#include "node/texts.h"

// What people at the claim desk and the office read, in English and Spanish.
namespace verbena::node {

// "claim-noted", "claim-refused" or "claim-locked": the code in JSON.
const char* claim_code(ClaimWord word);
const char* claim_text(ClaimWord word, Language language);
// What a notice of a payout means; the kind itself where it is unknown.
std::string_view notice_text(std::string_view kind, Language language);

}  // namespace verbena::node
