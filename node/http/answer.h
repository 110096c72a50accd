// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "node/texts.h"
#include "schemas/terminal.pb.h"

// How the HTTP door says things: docs/http.md.
namespace verbena::node::http {

struct Answer {
  unsigned status = 200;
  std::string json;  // or what the headers say
  std::map<std::string, std::string> headers = {};
};

// A refusal by its code, with a sentence in the language. `retry_after_s` 0: not said.
Answer refusal(unsigned status, const std::string& code, Language language,
               std::uint64_t retry_after_s = 0);
Answer refusal(const ledger::Error& error, Language language);
Answer refusal(const schemas::Refused& refused, Language language);

}  // namespace verbena::node::http
