// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "ledger/state/festival_register.h"
#include "node/cli/cli.h"
#include "node/festival_file.h"
#include "node/terminal_client.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

struct ClientOptions {
  std::string node, home, band, tender, amount, sale, reason, to, from, reference, alias, file,
      approve;
  std::vector<std::string> items;
  std::uint64_t intent = 0;
};

Result<HomeKeys> client_keys(const ClientOptions& options) {
  std::string home = options.home;
  if (const char* given = std::getenv("VERBENA_HOME"); home.empty() && given) home = given;
  if (home.empty()) {
    return Error{Errc::bad_input, "whose keys? give --home HOME or set VERBENA_HOME"};
  }
  std::optional<std::string> secret;
  if (const char* given = std::getenv("VERBENA_PASSPHRASE")) secret = given;
  return read_home(home, secret);
}

// "SKU" or "SKU:QTY".
Result<std::vector<schemas::BasketLine>> parse_items(const std::vector<std::string>& items) {
  std::vector<schemas::BasketLine> out;
  for (const auto& item : items) {
    schemas::BasketLine line;
    const auto colon = item.find(':');
    line.set_sku(item.substr(0, colon));
    line.set_quantity(1);
    if (colon != std::string::npos) {
      const auto quantity = ledger::parse_decimal(item.substr(colon + 1), 0);
      if (!quantity || *quantity > UINT32_MAX) {
        return Error{Errc::bad_input, "\"" + item + "\": the quantity must be a whole number"};
      }
      line.set_quantity(static_cast<std::uint32_t>(*quantity));
    }
    out.push_back(std::move(line));
  }
  return out;
}

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
  out["state"] = "confirmed";
  out["repeated"] = done.repeated_intent();
  return out;
}

std::string receipt_sentence(const Output& output, const schemas::Receipted& done) {
  std::string out =
      output.text("Done: ", "Hecho: ") + ledger::format_decimal(done.amount_minor(), 2);
  if (done.purse() != 0) {
    out += output.text(", balance ", ", saldo ") + ledger::format_decimal(done.balance_minor(), 2);
  }
  return out + " [" + ledger::hex(done.id()).substr(0, 12) + "]";
}

int refused(const Output& output, const schemas::Refused& why) {
  if (why.code() == "bad-input") return output.fail({Errc::bad_input, why.text()});
  if (why.code() == "internal") return output.fail({Errc::internal, why.text()});
  return output.fail(ledger::refuse(refusal_from_code(why.code()), why.text()));
}

int operate(const Output& output, const ClientOptions& options, schemas::OperateRequest request) {
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  request.set_intent(options.intent);
  TerminalClient client(options.node, *keys);
  std::optional<Path> band;
  if (!options.band.empty()) band = options.band;
  auto reply = client.operate(std::move(request), band);
  if (!reply) return output.fail(reply.error());
  if (reply->has_refused()) return refused(output, reply->refused());
  return output.say(receipt_json(reply->done()), receipt_sentence(output, reply->done()),
                    exit_done);
}

int run_sell(const Output& output, const ClientOptions& options) {
  auto lines = parse_items(options.items);
  if (!lines) return output.fail(lines.error());
  if (options.band.empty() == options.tender.empty()) {
    return output.fail({Errc::bad_input, "give either --band FILE or --tender cash"});
  }
  if (!options.tender.empty() && options.tender != "cash") {
    return output.fail({Errc::bad_input, "the tender without a band is cash"});
  }
  schemas::OperateRequest request;
  request.mutable_sell()->set_tender(options.band.empty() ? "cash" : "purse");
  for (auto& line : *lines) *request.mutable_sell()->add_line() = std::move(line);
  return operate(output, options, std::move(request));
}

// The festival's scale is the node's to know; two decimals cover what a script may type, and the
// node refuses what its currency cannot hold.
int run_top_up(const Output& output, const ClientOptions& options) {
  const auto amount = ledger::parse_decimal(options.amount, 2);
  if (!amount) {
    return output.fail(
        {Errc::bad_input, "\"" + options.amount + "\" is not an amount such as 20.00"});
  }
  schemas::OperateRequest request;
  request.mutable_top_up()->set_amount_minor(*amount);
  request.mutable_top_up()->set_tender(options.tender.empty() ? "cash" : options.tender);
  return operate(output, options, std::move(request));
}

int run_stock(const Output& output, const ClientOptions& options, const std::string& action) {
  auto lines = parse_items(options.items);
  if (!lines) return output.fail(lines.error());
  schemas::OperateRequest request;
  auto* stock = request.mutable_stock();
  stock->set_action(action);
  for (auto& line : *lines) *stock->add_line() = std::move(line);
  stock->set_to(options.to);
  stock->set_from(options.from);
  stock->set_reference(options.reference);
  stock->set_reason(options.reason);
  return operate(output, options, std::move(request));
}

int run_status(const Output& output, const ClientOptions& options) {
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  TerminalClient client(options.node, *keys);
  auto json = client.status();
  if (!json) return output.fail(json.error());
  const auto object = ordered_json::parse(*json);
  std::string sentence =
      object["device"].get<std::string>() + " (" + object["role"].get<std::string>() +
      "): " + std::to_string(object["events"].get<std::uint64_t>()) +
      output.text(" events, ", " eventos, ") + std::to_string(object["peers"].size()) +
      output.text(" peers, unwitnessed ", " vecinos, sin testigo ") +
      std::to_string(object["unwitnessed"]["count"].get<std::uint64_t>());
  for (const auto& alarm : object["alarms"]) sentence += "\n! " + alarm["text"].get<std::string>();
  return output.say(object, sentence, exit_done);
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

// Shows the difference; with a second supervisor's home both sign and it is put in force.
int run_apply(const Output& output, const ClientOptions& options) {
  auto text = read_file(options.file);
  if (!text) return output.fail(text.error());
  auto wanted = parse_festival(*text, options.file);
  if (!wanted) return output.fail(wanted.error());
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  TerminalClient client(options.node, *keys);
  schemas::OperateRequest request;
  request.mutable_apply()->set_festival(wanted->SerializeAsString());
  auto proposed = client.operate(request, {});
  if (!proposed) return output.fail(proposed.error());
  if (proposed->has_refused()) return refused(output, proposed->refused());
  ordered_json object;
  object["difference"] = ordered_json::array();
  std::string page;
  for (const auto& line : proposed->done().difference()) {
    object["difference"].push_back(line);
    page += line + "\n";
  }
  object["applied"] = false;
  if (options.approve.empty()) {
    page += output.text("Not applied: a second supervisor approves with --approve HOME",
                        "No aplicado: un segundo supervisor aprueba con --approve HOME");
    return output.say(object, page, exit_done);
  }
  std::optional<std::string> secret;
  if (const char* given = std::getenv("VERBENA_PASSPHRASE")) secret = given;
  auto second = read_home(options.approve, secret);
  if (!second) return output.fail(second.error());
  schemas::SignedFestival approved;
  approved.set_festival(proposed->done().proposal());
  const auto message = ledger::approval_message(keys->root.festival, approved.festival());
  for (const HomeKeys* approver : {&*keys, &*second}) {
    auto* approval = approved.add_approval();
    const auto& key = approver->identity.key;
    approval->set_key(ledger::to_bytes(key.public_key()));
    approval->set_signature(ledger::to_bytes(key.sign(ledger::approval_context, message)));
  }
  request.mutable_apply()->set_approved(approved.SerializeAsString());
  auto applied = client.operate(request, {});
  if (!applied) return output.fail(applied.error());
  if (applied->has_refused()) return refused(output, applied->refused());
  object["applied"] = true;
  object["id"] = ledger::hex(applied->done().id());
  return output.say(object, page + output.text("Applied.", "Aplicado."), exit_done);
}

}  // namespace

void add_client_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  const auto command = [&](CLI::App& parent, const char* name, const char* help) {
    auto* sub = parent.add_subcommand(name, help);
    auto options = std::make_shared<ClientOptions>();
    sub->add_option("--node", options->node, "address of the node")->required();
    sub->add_option("--home", options->home, "home whose keys are used (default $VERBENA_HOME)");
    return std::pair{sub, options};
  };
  const auto with_intent = [](CLI::App* sub, const std::shared_ptr<ClientOptions>& options) {
    sub->add_option("--intent", options->intent, "number that makes a retry harmless");
  };

  auto [sell, sell_options] = command(line.app, "sell", "sell for a band or cash");
  sell->add_option("--band", sell_options->band, "band file");
  sell->add_option("--tender", sell_options->tender, "cash");
  sell->add_option("--item", sell_options->items, "SKU[:QTY]")->required();
  with_intent(sell, sell_options);
  sell->callback(
      [&, options = sell_options] { run = [&, options] { return run_sell(output, *options); }; });

  auto [top_up, top_up_options] = command(line.app, "topup", "put value on a band");
  top_up->add_option("--band", top_up_options->band, "band file")->required();
  top_up->add_option("--amount", top_up_options->amount, "such as 20.00")->required();
  top_up->add_option("--tender", top_up_options->tender, "cash, card, ...");
  with_intent(top_up, top_up_options);
  top_up->callback([&, options = top_up_options] {
    run = [&, options] { return run_top_up(output, *options); };
  });

  auto [refund, refund_options] = command(line.app, "refund", "pay a band's balance out in cash");
  refund->add_option("--band", refund_options->band, "band file")->required();
  with_intent(refund, refund_options);
  refund->callback([&, options = refund_options] {
    run = [&, options] {
      schemas::OperateRequest request;
      request.mutable_refund();
      return operate(output, *options, std::move(request));
    };
  });

  auto [balance, balance_options] = command(line.app, "balance", "read a band");
  balance->add_option("--band", balance_options->band, "band file")->required();
  balance->callback([&, options = balance_options] {
    run = [&, options] {
      schemas::OperateRequest request;
      request.mutable_balance();
      return operate(output, *options, std::move(request));
    };
  });

  auto [void_sale, void_options] = command(line.app, "void", "take a sale back");
  void_sale->add_option("--sale", void_options->sale, "event id or its first digits")->required();
  void_sale->add_option("--reason", void_options->reason, "why")->required();
  with_intent(void_sale, void_options);
  void_sale->callback([&, options = void_options] {
    run = [&, options] {
      schemas::OperateRequest request;
      request.mutable_void_sale()->set_sale(options->sale);
      request.mutable_void_sale()->set_reason(options->reason);
      return operate(output, *options, std::move(request));
    };
  });

  auto* stock = line.app.add_subcommand("stock", "custody of goods");
  stock->require_subcommand(1);
  const std::pair<const char*, const char*> actions[] = {
      {"deliver", "a supplier brought goods"},  {"dispatch", "goods leave for a stand"},
      {"receive", "dispatched goods arrived"},  {"count", "what lies there, counted"},
      {"waste", "goods broken or thrown away"},
  };
  for (const auto& [action, help] : actions) {
    auto [sub, options] = command(*stock, action, help);
    sub->add_option("--item", options->items, "SKU[:QTY]")->required();
    sub->add_option("--to", options->to, "stand the goods go to");
    sub->add_option("--from", options->from, "holder, where it is not this device's");
    sub->add_option("--reference", options->reference, "delivery note");
    sub->add_option("--reason", options->reason, "why");
    with_intent(sub, options);
    sub->callback([&, options = options, name = std::string(action)] {
      run = [&, options, name] { return run_stock(output, *options, name); };
    });
  }

  auto [sheet, sheet_options] = command(*stock, "sheet", "expected, counted and missing by holder");
  sheet->callback([&, options = sheet_options] {
    run = [&, options] { return run_rows(output, *options, "stock", "rows"); };
  });

  auto* festival = line.app.add_subcommand("festival", "the festival's settings");
  festival->require_subcommand(1);
  auto [apply, apply_options] = command(
      *festival, "apply", "change prices, items, stands or limits; two supervisors approve");
  apply->add_option("file", apply_options->file, "festival file (TOML)")->required();
  apply->add_option("--approve", apply_options->approve, "home of the second supervisor");
  apply->callback(
      [&, options = apply_options] { run = [&, options] { return run_apply(output, *options); }; });

  auto* device = line.app.add_subcommand("device", "devices of the festival");
  device->require_subcommand(1);
  auto [revoke, revoke_options] = command(*device, "revoke", "a device's events count no longer");
  revoke->add_option("alias", revoke_options->alias, "the device")->required();
  revoke->add_option("--reason", revoke_options->reason, "why")->required();
  revoke->callback([&, options = revoke_options] {
    run = [&, options] {
      schemas::OperateRequest request;
      request.mutable_revoke()->set_alias(options->alias);
      request.mutable_revoke()->set_reason(options->reason);
      return operate(output, *options, std::move(request));
    };
  });

  auto [list, list_options] = command(*device, "list", "who belongs, and how far each is known");
  list->callback([&, options = list_options] {
    run = [&, options] { return run_rows(output, *options, "devices", "devices"); };
  });

  auto [status, status_options] =
      command(line.app, "status", "what a node knows and whom it hears");
  status->callback([&, options = status_options] {
    run = [&, options] { return run_status(output, *options); };
  });
}

}  // namespace verbena::node
