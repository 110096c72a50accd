// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ledger/core/result.h"
#include "node/texts.h"

// What a command says and how it ends.
namespace verbena::node {

// Exit codes of the command-line contract.
constexpr int exit_done = 0, exit_internal = 1, exit_bad_input = 2, exit_no = 3,
              exit_unreachable = 4;

struct Output {
  bool json = false;
  Language language = Language::en;

  const char* text(const char* en, const char* es) const {
    return language == Language::es ? es : en;
  }
  // One JSON object, or one sentence for people.
  int say(const nlohmann::ordered_json& object, const std::string& sentence, int code) const;
  int fail(const ledger::Error& error) const;
  void progress(const std::string& line) const;  // stderr, on a terminal only
};

}  // namespace verbena::node
