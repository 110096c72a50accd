// SPDX-License-Identifier: Apache-2.0
// A band that is lost: blocked by one person, replaced by two.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/cli/call.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

struct LostBandOptions {
  std::string purse, reason;
};

Result<std::uint64_t> read_purse(const std::string& text) {
  const auto purse = ledger::unhex_u64(text);
  if (!purse || *purse == 0) {
    return Error{Errc::bad_input, "\"" + text + "\" is no purse: 16 hexadecimal digits"};
  }
  return *purse;
}

schemas::OperateRequest block_request(std::uint64_t purse, const LostBandOptions& options) {
  schemas::OperateRequest out;
  out.mutable_block()->set_purse(purse);
  out.mutable_block()->set_reason(options.reason);
  return out;
}

int run_block(const Output& output, const ClientOptions& call, const LostBandOptions& options) {
  auto purse = read_purse(options.purse);
  if (!purse) return output.fail(purse.error());
  auto keys = client_keys(call);
  if (!keys) return output.fail(keys.error());
  auto request = block_request(*purse, options);
  request.set_intent(call.intent);
  auto reply = operate_approved(call, *keys, std::move(request));
  if (!reply) return output.fail(reply.error());
  if (reply->has_refused()) return refused(output, reply->refused());
  const ordered_json object{{"id", ledger::hex(reply->done().id())},
                            {"purse", ledger::hex_u64(*purse)},
                            {"blocked", true},
                            {"repeated", reply->done().repeated_intent()}};
  return output.say(object,
                    output.text("Blocked: no device takes this band from when it knows. Purse ",
                                "Bloqueada: ningún dispositivo la acepta en cuanto lo sepa. "
                                "Monedero ") +
                        ledger::hex_u64(*purse),
                    exit_done);
}

ordered_json replacement_json(std::uint64_t old, const schemas::Receipted& done) {
  ordered_json out;
  out["id"] = ledger::hex(done.id());
  out["replaced"] = ledger::hex_u64(old);
  out["purse"] = ledger::hex_u64(done.purse());
  out["amount_minor"] = done.amount_minor();
  out["balance_minor"] = done.balance_minor();
  out["kept_minor"] = done.kept_minor();
  out["meals_left"] = done.meals_left();
  out["waits_for"] = ordered_json::array();
  for (const auto& device : done.waits_for()) out["waits_for"].push_back(device);
  out["repeated"] = done.repeated_intent();
  return out;
}

std::string replacement_sentence(const Output& output, const schemas::Receipted& done) {
  const auto money = [&](auto minor) { return ledger::format_decimal(minor, done.scale()); };
  std::string out = output.text("To the new band: ", "A la pulsera nueva: ") +
                    money(done.amount_minor()) + output.text(", balance ", ", saldo ") +
                    money(done.balance_minor());
  if (done.waits_for_size() == 0) return out;
  out += output.text("\nStill kept back: ", "\nQueda retenido: ") + money(done.kept_minor()) +
         output.text(". Ask again once these know of the block:",
                     ". Repítalo cuando sepan del bloqueo:");
  for (const auto& device : done.waits_for()) out += " " + device;
  return out;
}

// The block first, at once and by one person: nobody waits for a second one to stop a thief.
int run_replace(const Output& output, const ClientOptions& call, const LostBandOptions& options) {
  auto purse = read_purse(options.purse);
  if (!purse) return output.fail(purse.error());
  auto keys = client_keys(call);
  if (!keys) return output.fail(keys.error());
  auto blocked =
      TerminalClient(call.node, *keys).operate(block_request(*purse, options), std::nullopt);
  if (!blocked) return output.fail(blocked.error());
  const auto already = ledger::refusal_code(ledger::Refusal::already_blocked);
  if (blocked->has_refused() && blocked->refused().code() != already) {
    return refused(output, blocked->refused());
  }
  schemas::OperateRequest request;
  request.set_intent(call.intent);
  request.mutable_replace()->set_purse(*purse);
  request.mutable_replace()->set_reason(options.reason);
  auto reply = operate_approved(call, *keys, std::move(request));
  if (!reply) return output.fail(reply.error());
  if (reply->has_refused()) return refused(output, reply->refused());
  return output.say(replacement_json(*purse, reply->done()),
                    replacement_sentence(output, reply->done()), exit_done);
}

}  // namespace

void add_lost_band_commands(CLI::App& band, CommandLine& line) {
  auto& output = line.output;
  auto& run = line.run;
  auto [block, block_call] =
      client_command(band, "block", "no device takes this band any more, once it knows");
  auto block_options = std::make_shared<LostBandOptions>();
  block->add_option("purse", block_options->purse, "16 digits")->required();
  block->add_option("--reason", block_options->reason, "why")->required();
  with_intent(block, block_call);
  block->callback([&, call = block_call, block_options] {
    run = [&, call, block_options] { return run_block(output, *call, *block_options); };
  });

  auto [replace, replace_call] = client_command(
      band, "replace", "a new band for one that is lost, which is blocked; another approves");
  auto options = std::make_shared<LostBandOptions>();
  replace->add_option("purse", options->purse, "of the lost band, 16 digits")->required();
  auto* new_band = replace->add_option_group("new band");
  new_band->add_option("band", replace_call->band, "file of the new band");
  new_band->add_option("--reader", replace_call->reader,
                       "pcsc, pcsc:NAME or file:DIR: where the new band is put");
  new_band->require_option(1);
  replace->add_option("--reason", options->reason, "why")->required();
  with_approvers(replace, replace_call);
  with_intent(replace, replace_call);
  replace->callback([&, call = replace_call, options] {
    run = [&, call, options] { return run_replace(output, *call, *options); };
  });
}

}  // namespace verbena::node
