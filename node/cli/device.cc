// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "node/cli/call.h"
#include "node/office.h"
#include "node/passphrase.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

schemas::OperateRequest revoke_request(const std::string& alias, const std::string& reason) {
  schemas::OperateRequest out;
  out.mutable_revoke()->set_alias(alias);
  out.mutable_revoke()->set_reason(reason);
  return out;
}

// From the environment, else typed twice.
Result<std::string> new_passphrase() {
  if (const char* given = std::getenv("VERBENA_NEW_PASSPHRASE")) return std::string(given);
  auto first = typed_passphrase("New passphrase: ");
  if (!first) return first;
  auto again = typed_passphrase("The same again: ");
  if (again && *again != *first) return Error{Errc::bad_input, "the two are not the same"};
  return again;
}

struct SpareOptions {
  std::string spare, stand, festival, out, name, approve;
};

// Both supervisors' homes are here: the first one's is opened, since its log tells of the device.
Result<Assigned> assign_here(const ClientOptions& call, const SpareOptions& options,
                             const AssignRequest& request) {
  auto home = client_home(call);
  if (!home) return home.error();
  auto passphrase = home_passphrase(*home);
  if (!passphrase) return passphrase.error();
  auto approving = home_passphrase(options.approve, true);
  if (!approving) return approving.error();
  auto second = read_home(options.approve, *approving);
  if (!second) return second.error();
  auto first = open_home(*home, machine().clock, machine().random, *passphrase);
  if (!first) return first.error();
  return assign_spare(request, *first, *second, machine().clock, machine().random);
}

int run_assign(const Output& output, const ClientOptions& call, const SpareOptions& options) {
  auto assigned = assign_here(call, options, {options.spare, options.out, options.stand, {}, {}});
  if (!assigned) return output.fail(assigned.error());
  const auto& device = assigned->device;
  nlohmann::ordered_json object{{"device", device.alias},
                                {"role", ledger::role_name(device.role)},
                                {"stand", device.stand},
                                {"home", options.out}};
  return output.say(object,
                    device.alias + output.text(" is assigned", " está asignado") +
                        (device.stand.empty() ? "" : output.text(" to ", " a ") + device.stand) +
                        ": " + options.out,
                    exit_done);
}

struct Replacement {
  std::string alias;
  std::optional<std::uint64_t> counting;  // of the old one, where it was revoked with it
};

Result<Replacement> enrol_here(const ClientOptions& call, const SpareOptions& options) {
  auto secret = ask_passphrase();
  if (!secret) return secret.error();
  auto office = Office::open(options.festival, *secret, machine().clock, machine().random);
  if (!office) return office.error();
  auto old = office->enrolled(call.alias);
  if (!old) return old.error();
  EnrolRequest request{old->role, old->stand, options.name, {}, old->credit_limit_minor, {}};
  if (!options.approve.empty()) {
    auto passphrase = home_passphrase(options.approve, true);
    if (!passphrase) return passphrase.error();
    request.approve = options.approve;
    request.approve_passphrase = passphrase.take();
  }
  auto made = office->enrol(request, options.out);
  if (!made) return made.error();
  return Replacement{made.take(), {}};
}

// The new device first: a stand without a till is worse than one with two. Revoked by the node
// where one is named, which knows how much of the old one's logs the field holds; else with what
// the first supervisor's home holds of them.
int run_swap(const Output& output, const ClientOptions& call, const SpareOptions& options) {
  Replacement made;
  if (options.spare.empty()) {
    auto enrolled = enrol_here(call, options);
    if (!enrolled) return output.fail(enrolled.error());
    made = enrolled.take();
  } else {
    auto assigned = assign_here(call, options,
                                {options.spare, options.out, options.stand, call.alias,
                                 call.node.empty() ? call.reason : std::string()});
    if (!assigned) return output.fail(assigned.error());
    made = {assigned->device.alias, assigned->counting};
  }
  const std::string whole =
      made.alias + output.text(" is made: ", " está dado de alta: ") + options.out;
  if (!call.node.empty()) {
    auto keys = client_keys(call);
    auto reply = keys ? operate_approved(call, *keys, revoke_request(call.alias, call.reason))
                      : Result<schemas::OperateReply>(keys.error());
    if (!reply || reply->has_refused()) {
      const std::string why = reply ? reply->refused().text() : reply.error().text;
      return output.fail(
          {Errc::refused, whole + output.text(", but ", ", pero ") + call.alias +
                              output.text(" is not revoked: ", " no está revocado: ") + why});
    }
  }
  nlohmann::ordered_json object{
      {"device", made.alias}, {"home", options.out}, {"revoked", call.alias}};
  std::string revoked = call.alias + output.text(" is revoked", " queda revocado");
  if (made.counting) {
    object["counting_events"] = *made.counting;
    revoked += output.text("; of what it wrote, ", "; de lo que registró cuentan ") +
               std::to_string(*made.counting) + output.text(" events count", " eventos");
  }
  return output.say(object, whole + "\n" + revoked + ".", exit_done);
}

int run_passphrase(const Output& output, const std::string& home) {
  if (!is_locked(home)) {
    auto keys = read_home(home);
    return output.fail(keys ? Error{Errc::bad_input, home + ": its keys are not locked"}
                            : keys.error());
  }
  auto old_one = home_passphrase(home);
  if (!old_one) return output.fail(old_one.error());
  auto new_one = new_passphrase();
  if (!new_one) return output.fail(new_one.error());
  auto status = change_passphrase(home, **old_one, *new_one, machine().random);
  if (!status) return output.fail(status.error());
  return output.say(nlohmann::ordered_json{{"home", home}},
                    home + output.text(" is locked under the new passphrase.",
                                       " queda cerrado con la contraseña nueva."),
                    exit_done);
}

void add_passphrase(CLI::App& device, CommandLine& line) {
  auto* passphrase =
      device.add_subcommand("passphrase", "locks a supervisor's home under another passphrase");
  auto home = std::make_shared<std::string>();
  passphrase->add_option("home", *home, "the home")->required();
  passphrase->callback([&output = line.output, &run = line.run, home] {
    run = [&output, home] { return run_passphrase(output, *home); };
  });
}

void add_assign(CLI::App& device, CommandLine& line) {
  auto* assign = device.add_subcommand("assign", "takes a spare into use, with two supervisors");
  auto call = std::make_shared<ClientOptions>();
  auto options = std::make_shared<SpareOptions>();
  assign->add_option("spare", options->spare, "folder of the spare")->required();
  assign->add_option("--stand", options->stand, "the stand of a till");
  assign->add_option("--out", options->out, "home to make")->required();
  assign->add_option("--home", call->home,
                     "home of a supervisor, on which no node runs (default $VERBENA_HOME)");
  assign->add_option("--approve", options->approve, "home of a second supervisor")->required();
  assign->callback([&output = line.output, &run = line.run, call, options] {
    run = [&output, call, options] { return run_assign(output, *call, *options); };
  });
}

void add_swap(CLI::App& device, CommandLine& line) {
  auto [swap, call] =
      client_command(device, "swap", "a device in place of one that is lost, which is revoked");
  auto options = std::make_shared<SpareOptions>();
  swap->add_option("alias", call->alias, "the device that is lost")->required();
  swap->add_option("--reason", call->reason, "why")->required();
  auto* spare =
      swap->add_option("--spare", options->spare, "folder of a spare to put in its place");
  auto* festival =
      swap->add_option("--festival", options->festival, "directory made by init, to make a device");
  swap->add_option("--out", options->out, "home to make")->required();
  swap->add_option("--name", options->name, "the new device's alias")->needs(festival);
  auto* approve = swap->add_option("--approve", options->approve,
                                   "home of a second supervisor: for a spare, or for a device that "
                                   "takes money in");
  spare->excludes(festival)->needs(approve);
  auto* node = swap->get_option("--node");
  node->required(false);
  node->description("address of a node that revokes it; without, --home does, with what it holds");
  festival->needs(node);
  swap->callback([&output = line.output, &run = line.run, call = call, options] {
    if (options->spare.empty() && options->festival.empty()) {
      throw CLI::RequiredError("--spare or --festival");
    }
    run = [&output, call, options] { return run_swap(output, *call, *options); };
  });
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

  add_assign(*device, line);
  add_swap(*device, line);
  add_passphrase(*device, line);

  auto [list, list_options] =
      client_command(*device, "list", "who belongs, and how far each is known");
  list->callback([&, options = list_options] {
    run = [&, options] { return run_rows(output, *options, "devices", "devices"); };
  });
}

}  // namespace verbena::node
