// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "ledger/state/festival_register.h"
#include "node/cli/call.h"
#include "node/festival_file.h"
#include "node/voucher_text.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

std::vector<AmountField> sell_amounts(const ClientOptions& options) {
  using Request = schemas::OperateRequest;
  return {{"--tip", options.tip,
           [](Request& to, std::uint64_t minor) { to.mutable_sell()->set_tip_minor(minor); }},
          {"--cash", options.cash,
           [](Request& to, std::uint64_t minor) { to.mutable_sell()->set_cash_minor(minor); }},
          {"--part", options.part,
           [](Request& to, std::uint64_t minor) { to.mutable_sell()->set_part_minor(minor); }}};
}

int run_sell(const Output& output, const ClientOptions& options) {
  auto lines = parse_items(options.items);
  if (!lines) return output.fail(lines.error());
  const bool by_voucher = !options.vouchers.empty();
  if (options.taps() != options.tender.empty() && !(by_voucher && !options.taps())) {
    return output.fail({Errc::bad_input,
                        "give either --band FILE, --reader SPEC, --tender cash or --voucher CODE"});
  }
  if (!options.tender.empty() && options.tender != "cash") {
    return output.fail({Errc::bad_input, "the tender without a band is cash"});
  }
  if (options.meal && !options.taps()) {
    return output.fail({Errc::bad_input, "--meal goes with a band"});
  }
  schemas::OperateRequest request;
  auto* sell = request.mutable_sell();
  sell->set_tender(!options.taps() ? "cash" : options.meal ? "meal" : "purse");
  for (auto& line : *lines) *sell->add_line() = std::move(line);
  for (const auto& part : options.paid) sell->add_part(part);
  for (const auto& text : options.vouchers) {
    auto code = voucher_from_text(text);
    if (!code) return output.fail(code.error());
    sell->add_voucher(code.take());
  }
  sell->set_rest_forfeited(options.rest_lost);
  sell->set_tip_confirmed(options.tip_confirmed);
  sell->set_age_checked(options.age_checked);
  return operate(output, options, std::move(request), sell_amounts(options));
}

int run_return(const Output& output, const ClientOptions& options) {
  auto lines = parse_items(options.items);
  if (!lines) return output.fail(lines.error());
  if (options.taps() != options.tender.empty() ||
      (!options.tender.empty() && options.tender != "cash")) {
    return output.fail(
        {Errc::bad_input, "give either --band FILE, --reader SPEC or --tender cash"});
  }
  schemas::OperateRequest request;
  request.mutable_give_back()->set_tender(options.taps() ? "purse" : "cash");
  for (auto& line : *lines) *request.mutable_give_back()->add_line() = std::move(line);
  return operate(output, options, std::move(request));
}

int run_gift(const Output& output, const ClientOptions& options) {
  schemas::OperateRequest request;
  request.mutable_gift()->set_reason(options.reason);
  request.mutable_gift()->set_meals(options.meals);
  return operate(output, options, std::move(request),
                 {{"--amount", options.amount, [](auto& to, std::uint64_t minor) {
                     to.mutable_gift()->set_amount_minor(minor);
                   }}});
}

int run_top_up(const Output& output, const ClientOptions& options) {
  schemas::OperateRequest request;
  request.mutable_top_up()->set_tender(options.tender.empty() ? "cash" : options.tender);
  return operate(output, options, std::move(request),
                 {{"--amount", options.amount, [](auto& to, std::uint64_t minor) {
                     to.mutable_top_up()->set_amount_minor(minor);
                   }}});
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
  auto [sell, sell_options] = client_command(line.app, "sell", "sell for a band or cash");
  with_band(sell, sell_options, false);
  sell->add_option("--tender", sell_options->tender, "cash");
  sell->add_option("--item", sell_options->items, "SKU[:QTY]")->required();
  sell->add_option("--tip", sell_options->tip, "on top, such as 1.00");
  sell->add_flag("--tip-confirmed", sell_options->tip_confirmed,
                 "it is meant, though it is more than the goods");
  sell->add_flag("--age-checked", sell_options->age_checked,
                 "you looked: the customer is old enough");
  sell->add_option("--cash", sell_options->cash, "of the goods, in cash beside the band");
  sell->add_option("--part", sell_options->part,
                   "this band pays so much of the goods; they go with the sale that names this");
  sell->add_option("--paid", sell_options->paid, "such a part, by its event id");
  sell->add_option("--voucher", sell_options->vouchers,
                   "a voucher pays, as it was scanned: VV1:...; cash pays the rest");
  sell->add_flag("--rest-lost", sell_options->rest_lost,
                 "the customer agrees to lose what the voucher is above the goods");
  sell->add_flag("--meal", sell_options->meal, "the band's crew meals pay for the goods");
  with_intent(sell, sell_options);
  sell->callback(
      [&, options = sell_options] { run = [&, options] { return run_sell(output, *options); }; });

  auto [give_back, give_back_options] =
      client_command(line.app, "return", "cups come back: their deposit goes to a band or in cash");
  with_band(give_back, give_back_options, false);
  give_back->add_option("--tender", give_back_options->tender, "cash");
  give_back->add_option("--item", give_back_options->items, "SKU[:QTY]")->required();
  with_intent(give_back, give_back_options);
  give_back->callback([&, options = give_back_options] {
    run = [&, options] { return run_return(output, *options); };
  });

  auto [gift, gift_options] =
      client_command(line.app, "gift", "value for a band that is never paid out; another approves");
  with_band(gift, gift_options, true);
  gift->add_option("--amount", gift_options->amount, "such as 5.00");
  gift->add_option("--meals", gift_options->meals, "crew meals");
  gift->add_option("--reason", gift_options->reason, "why")->required();
  with_approvers(gift, gift_options);
  with_intent(gift, gift_options);
  gift->callback(
      [&, options = gift_options] { run = [&, options] { return run_gift(output, *options); }; });

  auto [top_up, top_up_options] = client_command(line.app, "topup", "put value on a band");
  with_band(top_up, top_up_options, true);
  top_up->add_option("--amount", top_up_options->amount, "such as 20.00")->required();
  top_up->add_option("--tender", top_up_options->tender, "cash, card, ...");
  with_intent(top_up, top_up_options);
  top_up->callback([&, options = top_up_options] {
    run = [&, options] { return run_top_up(output, *options); };
  });

  auto [refund, refund_options] =
      client_command(line.app, "refund", "pay a band's balance out in cash");
  with_band(refund, refund_options, true);
  with_intent(refund, refund_options);
  refund->callback([&, options = refund_options] {
    run = [&, options] {
      schemas::OperateRequest request;
      request.mutable_refund();
      return operate(output, *options, std::move(request));
    };
  });

  auto [balance, balance_options] = client_command(line.app, "balance", "read a band");
  with_band(balance, balance_options, true);
  balance->callback([&, options = balance_options] {
    run = [&, options] {
      schemas::OperateRequest request;
      request.mutable_balance();
      return operate(output, *options, std::move(request));
    };
  });

  auto [void_sale, void_options] = client_command(line.app, "void", "take a sale back");
  void_sale->add_option("--sale", void_options->sale, "event id or its first digits")->required();
  void_sale->add_option("--reason", void_options->reason, "why")->required();
  with_approvers(void_sale, void_options);
  with_intent(void_sale, void_options);
  void_sale->callback([&, options = void_options] {
    run = [&, options] {
      schemas::OperateRequest request;
      request.mutable_void_sale()->set_sale(options->sale);
      request.mutable_void_sale()->set_reason(options->reason);
      return operate(output, *options, std::move(request));
    };
  });

  add_stock_commands(line);

  auto* festival = line.app.add_subcommand("festival", "the festival's settings");
  festival->require_subcommand(1);
  auto [apply, apply_options] = client_command(
      *festival, "apply", "change prices, items, stands or limits; two supervisors approve");
  apply->add_option("file", apply_options->file, "festival file (TOML)")->required();
  apply->add_option("--approve", apply_options->approve, "home of the second supervisor");
  apply->callback(
      [&, options = apply_options] { run = [&, options] { return run_apply(output, *options); }; });

  add_device_commands(line);

  auto [status, status_options] =
      client_command(line.app, "status", "what a node knows and whom it hears");
  status->callback([&, options = status_options] {
    run = [&, options] { return run_status(output, *options); };
  });
}

}  // namespace verbena::node
