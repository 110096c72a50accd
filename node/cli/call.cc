// SPDX-License-Identifier: Apache-2.0
#include "node/cli/call.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "ledger/state/approvals.h"
#include "node/readers.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

ordered_json receipt_json(const schemas::Receipted& done) {
  ordered_json out;
  out["id"] = ledger::hex(done.id());
  if (done.purse() != 0) {
    out["purse"] = ledger::hex_u64(done.purse());
    out["counter"] = done.counter();
  } else {
    out["purse"] = nullptr;
    out["counter"] = nullptr;
  }
  out["amount_minor"] = done.amount_minor();
  out["balance_minor"] = done.balance_minor();
  if (done.cash_minor() > 0) out["cash_minor"] = done.cash_minor();
  if (done.crew_minor() > 0) out["crew_minor"] = done.crew_minor();
  if (done.voucher_minor() > 0) out["voucher_minor"] = done.voucher_minor();
  if (done.meals_left() > 0 || done.crew_minor() > 0) out["meals_left"] = done.meals_left();
  out["state"] = "confirmed";
  out["repeated"] = done.repeated_intent();
  return out;
}

std::string receipt_sentence(const Output& output, const schemas::Receipted& done) {
  const auto money = [&](auto minor) { return ledger::format_decimal(minor, done.scale()); };
  std::string out = output.text("Done: ", "Hecho: ") + money(done.amount_minor());
  if (done.voucher_minor() > 0) {
    out += output.text(", by vouchers ", ", con vales ") + money(done.voucher_minor());
  }
  if (done.cash_minor() > 0) {
    out += output.text(", in cash ", ", en efectivo ") + money(done.cash_minor());
  }
  if (done.crew_minor() > 0) {
    out += output.text(", by the festival ", ", a cargo del festival ") + money(done.crew_minor());
  }
  if (done.purse() != 0) {
    out += output.text(", balance ", ", saldo ") + money(done.balance_minor());
  }
  if (done.meals_left() > 0) {
    out += output.text(", meals left ", ", comidas restantes ") + std::to_string(done.meals_left());
  }
  return out + " [" + ledger::hex(done.id()).substr(0, 12) + "]";
}

// A request that what the file has cannot answer any more: for something else, or for a log that
// has gone on too far.
bool is_newer(const std::string& file, const std::string& request) {
  if (request.empty() || !path_exists(file)) return !request.empty();
  const auto bytes = read_file(file);
  schemas::ApprovalRequest old, wanted;
  if (!bytes || !old.ParseFromString(*bytes) || !wanted.ParseFromString(request)) return true;
  constexpr std::uint64_t events_left_min = 16;
  return old.log() != wanted.log() || old.event() != wanted.event() ||
         wanted.size() - old.size() + events_left_min > ledger::approval_window;
}

}  // namespace

std::pair<CLI::App*, std::shared_ptr<ClientOptions>> client_command(CLI::App& parent,
                                                                    const char* name,
                                                                    const char* help) {
  auto* sub = parent.add_subcommand(name, help);
  auto options = std::make_shared<ClientOptions>();
  sub->add_option("--node", options->node, "address of the node")->required();
  sub->add_option("--home", options->home, "home whose keys are used (default $VERBENA_HOME)");
  return {sub, options};
}

void with_band(CLI::App* sub, const std::shared_ptr<ClientOptions>& options, bool required) {
  auto* group = sub->add_option_group("band");
  group->add_option("--band", options->band, "band file");
  group->add_option("--reader", options->reader,
                    "pcsc, pcsc:NAME or file:DIR: the band that is put there");
  if (required) {
    group->require_option(1);
  } else {
    group->require_option(0, 1);
  }
}

void with_intent(CLI::App* sub, const std::shared_ptr<ClientOptions>& options) {
  sub->add_option("--intent", options->intent, "number that makes a retry harmless");
}

void with_approvers(CLI::App* sub, const std::shared_ptr<ClientOptions>& options) {
  sub->add_option("--approve", options->approvers, "home of a supervisor who approves");
  sub->add_option("--request", options->request,
                  "file for the request where approvals are missing, and with them to send");
}

namespace {

std::optional<std::string> given_passphrase() {
  const char* given = std::getenv("VERBENA_PASSPHRASE");
  return given == nullptr ? std::nullopt : std::optional<std::string>(given);
}

// The band of --band or --reader, held until this ends.
struct BandAtHand {
  std::unique_ptr<TagReader> reader;
  std::unique_ptr<Tag> tag;  // null: neither was given
};

Result<BandAtHand> band_at_hand(const ClientOptions& options) {
  BandAtHand out;
  if (!options.band.empty()) {
    auto tag = hold_file(options.band);
    if (!tag) return tag.error();
    out.tag = tag.take();
  }
  if (options.reader.empty()) return out;
  auto home = client_home(options);
  if (!home) return home.error();
  auto keys = read_band_keys(*home, given_passphrase());
  if (!keys) return keys.error();
  auto reader = open_reader(options.reader, *keys, machine().random);
  if (!reader) return reader.error();
  out.reader = reader.take();
  auto held = wait_for_tag(*out.reader, machine().clock);
  if (!held) return held.error();
  out.tag = std::move(held->tag);
  return out;
}

}  // namespace

Result<std::string> client_home(const ClientOptions& options) {
  std::string home = options.home;
  if (const char* given = std::getenv("VERBENA_HOME"); home.empty() && given) home = given;
  if (home.empty()) {
    return Error{Errc::bad_input, "whose keys? give --home HOME or set VERBENA_HOME"};
  }
  return home;
}

Result<HomeKeys> client_keys(const ClientOptions& options) {
  auto home = client_home(options);
  if (!home) return home.error();
  return unlocked_home(*home);
}

Result<HomeKeys> unlocked_home(const std::string& home) {
  return read_home(home, given_passphrase());
}

Result<std::vector<schemas::BasketLine>> parse_items(const std::vector<std::string>& items) {
  std::vector<schemas::BasketLine> out;
  for (const auto& item : items) {
    schemas::BasketLine line;
    const auto colon = item.find(':');
    line.set_sku(item.substr(0, colon));
    line.set_quantity(1);
    if (colon != std::string::npos) {
      const auto pack = item.find_first_not_of("0123456789", colon + 1);
      if (pack != std::string::npos) line.set_pack(item.substr(pack));
      const auto quantity = ledger::parse_decimal(
          item.substr(colon + 1, pack == std::string::npos ? pack : pack - colon - 1), 0);
      if (!quantity || *quantity > UINT32_MAX) {
        return Error{
            Errc::bad_input,
            "\"" + item + "\": the quantity must be a whole number, then a pack where it has one"};
      }
      line.set_quantity(static_cast<std::uint32_t>(*quantity));
    }
    out.push_back(std::move(line));
  }
  return out;
}

int refused(const Output& output, const schemas::Refused& why) {
  if (why.code() == "bad-input") return output.fail({Errc::bad_input, why.text()});
  if (why.code() == "internal") return output.fail({Errc::internal, why.text()});
  return output.fail(ledger::refuse(refusal_from_code(why.code()), why.text()));
}

Result<schemas::OperateReply> operate_approved(const ClientOptions& options, const HomeKeys& keys,
                                               schemas::OperateRequest request) {
  std::vector<HomeKeys> homes;
  for (const auto& home : options.approvers) {
    auto approver = unlocked_home(home);
    if (!approver) return approver.error();
    homes.push_back(approver.take());
  }
  std::vector<const ledger::SigningKey*> approvers;
  for (const auto& home : homes) approvers.push_back(&home.identity.key);
  if (!options.request.empty() && path_exists(options.request)) {
    auto bytes = read_file(options.request);
    if (!bytes) return bytes.error();
    auto collected = parse_approval_request(*bytes);
    if (!collected) return Error{Errc::bad_input, options.request + ": " + collected.error().text};
    *request.mutable_approval() = collected->approval();
  }
  auto band = band_at_hand(options);
  if (!band) return band.error();
  auto reply = TerminalClient(options.node, keys)
                   .operate_approved(std::move(request), band->tag.get(), approvers);
  const bool keep = !options.request.empty() && reply.ok() && reply->has_refused() &&
                    is_newer(options.request, reply->refused().request());
  if (keep) {
    if (auto status = write_file(options.request, reply->refused().request()); !status) {
      return status.error();
    }
  }
  return reply;
}

Result<unsigned> festival_scale(TerminalClient& client) {
  auto json = client.status("festival");
  if (!json) return json.error();
  const auto object = ordered_json::parse(*json, nullptr, false);
  if (object.is_discarded() || !object.contains("scale")) {
    return ledger::refuse(ledger::Refusal::not_ready, "the festival's settings are missing there");
  }
  return object["scale"].get<unsigned>();
}

namespace {

ledger::Status read_amounts(TerminalClient client, const std::vector<AmountField>& amounts,
                            schemas::OperateRequest& request) {
  std::optional<unsigned> scale;
  for (const auto& [name, text, set] : amounts) {
    if (text.empty()) continue;
    if (!scale) {
      auto known = festival_scale(client);
      if (!known) return known.error();
      scale = *known;
    }
    const auto minor = ledger::parse_decimal(text, *scale);
    if (!minor) {
      return Error{Errc::bad_input, std::string(name) + " \"" + text +
                                        "\" is not an amount such as " +
                                        ledger::format_decimal(500, *scale)};
    }
    set(request, *minor);
  }
  return ledger::done();
}

}  // namespace

int operate(const Output& output, const ClientOptions& options, schemas::OperateRequest request,
            const std::vector<AmountField>& amounts) {
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  auto status = read_amounts(TerminalClient(options.node, *keys), amounts, request);
  if (!status) return output.fail(status.error());
  request.set_intent(options.intent);
  auto reply = operate_approved(options, *keys, std::move(request));
  if (!reply) return output.fail(reply.error());
  if (reply->has_refused()) return refused(output, reply->refused());
  return output.say(receipt_json(reply->done()), receipt_sentence(output, reply->done()),
                    exit_done);
}

int run_rows(const Output& output, const ClientOptions& options, const char* what,
             const char* rows) {
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  auto json = TerminalClient(options.node, *keys).status(what);
  if (!json) return output.fail(json.error());
  const auto object = ordered_json::parse(*json);
  std::string page;
  for (const auto& row : object[rows]) {
    if (!page.empty()) page += "\n";
    for (const auto& [key, value] : row.items()) {
      page += key + " " + (value.is_string() ? value.get<std::string>() : value.dump()) + "  ";
    }
  }
  return output.say(object, page, exit_done);
}

}  // namespace verbena::node
