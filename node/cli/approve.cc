// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "node/cli/call.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

struct ApproveOptions {
  std::string file, home;
};

// Signs what the file asks for and puts the approval into it. Needs no network: the file may come
// and go by any way.
int run_approve(const Output& output, const ApproveOptions& options) {
  auto bytes = read_file(options.file);
  if (!bytes) return output.fail(bytes.error());
  auto request = parse_approval_request(*bytes);
  if (!request) {
    return output.fail({ledger::Errc::bad_input, options.file + ": " + request.error().text});
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
  const std::string sentence = approval_sentence(*request, output.language == Language::es);
  return output.say(ordered_json{{"approved", sentence}, {"approvals", request->approval_size()}},
                    output.text("Approved. ", "Aprobado. ") + sentence, exit_done);
}

}  // namespace

void add_approve_command(CommandLine& line) {
  auto* approve = line.app.add_subcommand("approve", "say yes to what another device asks for");
  auto options = std::make_shared<ApproveOptions>();
  approve->add_option("file", options->file, "request written by --request FILE")->required();
  approve->add_option("--home", options->home, "home of the supervisor who approves")->required();
  approve->callback([&, options] {
    line.run = [&output = line.output, options] { return run_approve(output, *options); };
  });
}

}  // namespace verbena::node
