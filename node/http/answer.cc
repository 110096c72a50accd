// SPDX-License-Identifier: Apache-2.0
#include "node/http/answer.h"

#include <nlohmann/json.hpp>

#include "node/terminal.h"

namespace verbena::node::http {

namespace {

unsigned status_of(const std::string& code) {
  if (code == "bad-input") return 400;
  if (code == "role-denied") return 403;
  if (code == "internal") return 500;
  return 409;
}

Answer say(unsigned status, const std::string& code, const std::string& text,
           std::uint64_t retry_after_s, std::uint64_t short_minor = 0) {
  nlohmann::ordered_json body;
  body["refused"] = {{"code", code}, {"text", text}};
  if (short_minor > 0) body["refused"]["short_minor"] = short_minor;
  if (retry_after_s > 0) body["refused"]["retry_after_s"] = retry_after_s;
  return {status, body.dump()};
}

}  // namespace

Answer refusal(unsigned status, const std::string& code, Language language,
               std::uint64_t retry_after_s) {
  return say(status, code, door_text(code, language), retry_after_s);
}

Answer refusal(const ledger::Error& error, Language language) {
  return refusal(to_reply(error).refused(), language);
}

// A rule's refusal is told in the catalogue's words; what is wrong with input, in its own.
Answer refusal(const schemas::Refused& refused, Language language) {
  const auto rule = refusal_from_code(refused.code());
  std::string text = rule == ledger::Refusal::none ? door_text(refused.code(), language)
                                                   : refusal_text(rule, language);
  if (refused.code() == "bad-input") text = refused.text();
  return say(status_of(refused.code()), refused.code(), text, 0, refused.short_minor());
}

}  // namespace verbena::node::http
