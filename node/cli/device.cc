// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "node/cli/call.h"
#include "node/office.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;

namespace {

schemas::OperateRequest revoke_request(const std::string& alias, const std::string& reason) {
  schemas::OperateRequest out;
  out.mutable_revoke()->set_alias(alias);
  out.mutable_revoke()->set_reason(reason);
  return out;
}

struct SwapOptions {
  std::string festival, out, name, approve;
};

// The new device first: a stand without a till is worse than one with two. Revoked by the node,
// which knows how much of the old one's logs the field holds; the office does not.
int run_swap(const Output& output, const ClientOptions& call, const SwapOptions& options) {
  std::string alias;
  {
    auto secret = ask_passphrase();
    if (!secret) return output.fail(secret.error());
    auto office = Office::open(options.festival, *secret, machine().clock, machine().random);
    if (!office) return output.fail(office.error());
    auto old = office->enrolled(call.alias);
    if (!old) return output.fail(old.error());
    EnrolRequest request{old->role, old->stand, options.name, {}, old->credit_limit_minor};
    if (!options.approve.empty()) request.approve = options.approve;
    auto made = office->enrol(request, options.out);
    if (!made) return output.fail(made.error());
    alias = made.take();
  }
  auto keys = client_keys(call);
  auto reply = keys ? operate_approved(call, *keys, revoke_request(call.alias, call.reason))
                    : ledger::Result<schemas::OperateReply>(keys.error());
  const std::string made = alias + output.text(" is made: ", " está dado de alta: ") + options.out;
  if (!reply || reply->has_refused()) {
    const std::string why = reply ? reply->refused().text() : reply.error().text;
    return output.fail({Errc::refused, made + output.text(", but ", ", pero ") + call.alias +
                                           output.text(" is not revoked: ", " no está revocado: ") +
                                           why});
  }
  nlohmann::ordered_json object{{"device", alias}, {"home", options.out}, {"revoked", call.alias}};
  return output.say(object,
                    made + "\n" + call.alias + output.text(" is revoked.", " queda revocado."),
                    exit_done);
}

}  // namespace

void add_device_commands(CommandLine& line) {
  auto& output = line.output;
  auto& run = line.run;
  auto* device = line.app.add_subcommand("device", "devices of the festival");
  device->require_subcommand(1);

  auto [revoke, revoke_options] =
      client_command(*device, "revoke", "a device's events count no longer");
  revoke->add_option("alias", revoke_options->alias, "the device")->required();
  revoke->add_option("--reason", revoke_options->reason, "why")->required();
  revoke->callback([&, options = revoke_options] {
    run = [&, options] {
      return operate(output, *options, revoke_request(options->alias, options->reason));
    };
  });

  auto [swap, swap_call] = client_command(
      *device, "swap", "a new device in place of one that is lost, which is revoked");
  auto swap_options = std::make_shared<SwapOptions>();
  swap->add_option("alias", swap_call->alias, "the device that is lost")->required();
  swap->add_option("--reason", swap_call->reason, "why")->required();
  swap->add_option("--festival", swap_options->festival, "directory made by init")->required();
  swap->add_option("--out", swap_options->out, "home to make")->required();
  swap->add_option("--name", swap_options->name, "the new device's alias");
  swap->add_option("--approve", swap_options->approve,
                   "home of a second supervisor, for a device that takes money in");
  swap->callback([&, swap_call = swap_call, swap_options] {
    run = [&, swap_call, swap_options] { return run_swap(output, *swap_call, *swap_options); };
  });

  auto [list, list_options] =
      client_command(*device, "list", "who belongs, and how far each is known");
  list->callback([&, options = list_options] {
    run = [&, options] { return run_rows(output, *options, "devices", "devices"); };
  });
}

}  // namespace verbena::node
