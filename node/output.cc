// SPDX-License-Identifier: Apache-2.0
#include "node/output.h"

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace verbena::node {

using ledger::Errc;

int Output::say(const nlohmann::ordered_json& object, const std::string& sentence, int code) const {
  if (json) {
    std::printf("%s\n", object.dump().c_str());
  } else if (!sentence.empty()) {
    std::printf("%s\n", sentence.c_str());
  }
  std::fflush(stdout);
  return code;
}

int Output::fail(const ledger::Error& error) const {
  if (error.code == Errc::refused) {
    nlohmann::ordered_json object;
    object["refused"] = {{"code", ledger::refusal_code(error.refusal)}, {"text", error.text}};
    const std::string advice = refusal_text(error.refusal, language);
    return say(object, advice + " (" + error.text + ")", exit_no);
  }
  if (json) {
    nlohmann::ordered_json object;
    object["error"] = {{"text", error.text}};
    std::printf("%s\n", object.dump().c_str());
  }
  std::fprintf(stderr, "verbena: %s\n", error.text.c_str());
  switch (error.code) {
    case Errc::bad_input:
    case Errc::other_festival:
    case Errc::future_version: return exit_bad_input;
    case Errc::unreachable:
    case Errc::storage:
    case Errc::locked:
    case Errc::damaged:
    case Errc::bad_signature: return exit_unreachable;
    default: return exit_internal;
  }
}

void Output::progress(const std::string& line) const {
  if (::isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "\r\033[K%s", line.c_str());
}

}  // namespace verbena::node
