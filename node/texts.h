// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "ledger/core/result.h"

// What people read, in English and Spanish. Codes in JSON are never translated.
namespace verbena::node {

enum class Language { en, es };

// From "es", "es_ES.UTF-8", ...; English where nothing fits.
Language language_from(std::string_view text);

// What a refusal means and what to do next.
const char* refusal_text(ledger::Refusal refusal, Language language);
// The same for what a door refuses before any rule is asked ("no-band", "locked-out", ...).
const char* door_text(std::string_view code, Language language);
ledger::Refusal refusal_from_code(std::string_view code);

}  // namespace verbena::node
