// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "node/cli/call.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

struct ApproveOptions {
  std::string file, home;
  bool show = false;
};

// A person at a terminal reads first what the key will sign.
bool says_yes(const Output& output, const std::string& sentence) {
  if (isatty(STDIN_FILENO) == 0) return true;
  std::fprintf(stderr, "%s\n%s", sentence.c_str(),
               output.text("Say yes? [y/N] ", "¿Lo aprueba? [s/N] "));
  std::string line;
  return std::getline(std::cin, line) && !line.empty() &&
         std::string_view("yYsS").find(line[0]) != std::string_view::npos;
}

// Signs what the file asks for and puts the approval into it. Needs no network: the file may come
// and go by any way.
int run_approve(const Output& output, const ApproveOptions& options) {
  auto bytes = read_file(options.file);
  if (!bytes) return output.fail(bytes.error());
  auto request = parse_approval_request(*bytes);
  if (!request) {
    return output.fail({ledger::Errc::bad_input, options.file + ": " + request.error().text});
  }
  const std::string sentence = approval_sentence(*request, output.language == Language::es);
  if (options.show) {
    return output.say(ordered_json{{"asked", sentence}, {"approvals", request->approval_size()}},
                      sentence, exit_done);
  }
  if (options.home.empty()) {
    return output.fail({ledger::Errc::bad_input, "whose yes? give --home HOME, or --show"});
  }
  auto keys = unlocked_home(options.home);
  if (!keys) return output.fail(keys.error());
  if (request->festival() != keys->root.festival) {
    return output.fail(
        ledger::refuse(ledger::Refusal::other_festival, "this request is of another festival"));
  }
  if (keys->identity.certificate.role != schemas::SUPERVISOR) {
    return output.fail(ledger::refuse(ledger::Refusal::role_denied,
                                      options.home + ": only a supervisor's key approves"));
  }
  if (!says_yes(output, sentence)) {
    return output.fail({ledger::Errc::refused, output.text("not approved", "no aprobado")});
  }
  auto approval = sign_approval(*request, keys->identity.key);
  if (!approval) return output.fail(approval.error());
  for (const auto& given : request->approval()) {
    if (given.key() == approval->key()) {
      return output.fail({ledger::Errc::bad_input, "this supervisor has approved it already"});
    }
  }
  *request->add_approval() = approval.take();
  if (auto status = write_file(options.file, request->SerializeAsString()); !status) {
    return output.fail(status.error());
  }
  return output.say(ordered_json{{"approved", sentence}, {"approvals", request->approval_size()}},
                    output.text("Approved. ", "Aprobado. ") + sentence, exit_done);
}

}  // namespace

void add_approve_command(CommandLine& line) {
  auto* approve = line.app.add_subcommand("approve", "say yes to what another device asks for");
  auto options = std::make_shared<ApproveOptions>();
  approve->add_option("file", options->file, "request written by --request FILE")->required();
  approve->add_option("--home", options->home, "home of the supervisor who approves");
  approve->add_flag("--show", options->show, "only say what is asked");
  approve->callback([&, options] {
    line.run = [&output = line.output, options] { return run_approve(output, *options); };
  });
}

}  // namespace verbena::node
