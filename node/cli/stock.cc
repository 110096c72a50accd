// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/cli/call.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

int run_stock(const Output& output, const ClientOptions& options, const std::string& action) {
  auto lines = parse_items(options.items);
  if (!lines) return output.fail(lines.error());
  schemas::OperateRequest request;
  auto* stock = request.mutable_stock();
  stock->set_action(action);
  for (auto& line : *lines) *stock->add_line() = std::move(line);
  stock->set_to(options.to);
  stock->set_dispatch(options.dispatch);
  stock->set_reference(options.reference);
  stock->set_reason(options.reason);
  return operate(output, options, std::move(request));
}

int run_count(const Output& output, const ClientOptions& options) {
  auto lines = parse_items(options.items);
  if (!lines) return output.fail(lines.error());
  schemas::OperateRequest request;
  auto* count = request.mutable_count();
  for (auto& line : *lines) *count->add_line() = std::move(line);
  count->set_holder(options.from);
  count->set_of(options.of.empty() ? "closing" : options.of);
  return operate(output, options, std::move(request));
}

int run_close(const Output& output, const ClientOptions& options) {
  schemas::OperateRequest request;
  request.mutable_close_sheet()->set_device(options.device);
  return operate(output, options, std::move(request));
}

void set_shift(schemas::OperateRequest& request, std::uint64_t minor) {
  request.mutable_shift()->set_amount_minor(minor);
}

int run_shift(const Output& output, const ClientOptions& options, const std::string& action) {
  schemas::OperateRequest request;
  request.mutable_shift()->set_action(action);
  request.mutable_shift()->set_bag(options.bag);
  return operate(output, options, std::move(request), {{"--amount", options.amount, set_shift}});
}

std::string cell(const ordered_json& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

int run_sheet(const Output& output, const ClientOptions& options) {
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  auto json = TerminalClient(options.node, *keys).status("stock");
  if (!json) return output.fail(json.error());
  const auto object = ordered_json::parse(*json);
  return output.say(object, sheet_page(output, object), exit_done);
}

}  // namespace

// The columns of a stadium's stand sheet, a line each item.
std::string sheet_page(const Output& output, const ordered_json& object) {
  std::string page;
  const char* columns[] = {"counted_start", "in",           "out",         "sold",    "gratis",
                           "waste",         "expected_end", "counted_end", "variance"};
  for (const auto& sheet : object["sheets"]) {
    page += (page.empty() ? "" : "\n") + sheet["holder"].get<std::string>() +
            output.text(", sheet ", ", hoja ") + cell(sheet["sheet"]) + ", " +
            cell(sheet["state"]) + "\n";
    for (const auto& row : sheet["lines"]) {
      page += "  " + cell(row["sku"]) + ":";
      for (const char* column : columns)
        page += std::string("  ") + column + " " + cell(row[column]);
      page += "\n";
    }
  }
  for (const auto& goods : object["dispatches"]) {
    for (const auto& row : goods["lines"]) {
      if (row["short"].get<std::int64_t>() == 0) continue;
      page += cell(goods["from"]) + " -> " + cell(goods["to"]) + ": " + cell(row["short"]) + " " +
              cell(row["sku"]) +
              (goods["answered"].get<bool>() ? output.text(" did not arrive", " no llegaron")
                                             : output.text(" on the way", " en camino")) +
              "\n";
    }
  }
  if (page.empty()) page = output.text("No stock was moved yet.", "Aún no se ha movido género.");
  if (page.back() == '\n') page.pop_back();
  return page;
}

void add_stock_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* stock = line.app.add_subcommand("stock", "custody of goods");
  stock->require_subcommand(1);
  const std::pair<const char*, const char*> actions[] = {
      {"deliver", "a supplier brought goods; a supervisor approves"},
      {"dispatch", "goods leave for a stand, a store or a courier"},
      {"receive", "dispatched goods arrived: what was really there"},
      {"waste", "goods broken or thrown away"},
      {"give", "goods given away"},
  };
  for (const auto& [action, help] : actions) {
    auto [sub, options] = client_command(*stock, action, help);
    sub->add_option("--item", options->items, "SKU[:QTY[PACK]]")->required();
    sub->add_option("--to", options->to, "holder the goods go to");
    sub->add_option("--dispatch", options->dispatch,
                    "event id of the dispatch, or its first digits");
    sub->add_option("--reference", options->reference, "delivery note");
    sub->add_option("--reason", options->reason, "why");
    with_approvers(sub, options);
    with_intent(sub, options);
    sub->callback([&, options = options, name = std::string(action)] {
      run = [&, options, name] { return run_stock(output, *options, name); };
    });
  }

  auto [count, count_options] =
      client_command(*stock, "count", "what lies there; sealed until a second person counted");
  count->add_option("--item", count_options->items, "SKU:QTY[PACK]")->required();
  count->add_option("--from", count_options->from, "holder, where it is not this device's");
  count->add_option("--of", count_options->of, "opening or closing (default)");
  with_intent(count, count_options);
  count->callback(
      [&, options = count_options] { run = [&, options] { return run_count(output, *options); }; });

  auto [close, close_options] = client_command(*stock, "close", "ends this device's sheet");
  close->add_option("--device", close_options->device, "a till that is gone; two supervisors");
  with_approvers(close, close_options);
  with_intent(close, close_options);
  close->callback(
      [&, options = close_options] { run = [&, options] { return run_close(output, *options); }; });

  auto [sheet, sheet_options] = client_command(*stock, "sheet", "sheets, dispatches and drawers");
  sheet->callback(
      [&, options = sheet_options] { run = [&, options] { return run_sheet(output, *options); }; });

  auto* shift = line.app.add_subcommand("shift", "a person's time at a drawer");
  shift->require_subcommand(1);
  const std::pair<const char*, const char*> shift_actions[] = {
      {"open", "with a float in the drawer"},
      {"close", "with the cash that was counted"},
      {"drop", "cash to the bank's bag; who takes it approves"},
  };
  for (const auto& [action, help] : shift_actions) {
    auto [sub, options] = client_command(*shift, action, help);
    sub->add_option("--amount", options->amount, "such as 100.00")->required();
    sub->add_option("--bag", options->bag, "number of the bank's bag");
    with_approvers(sub, options);
    with_intent(sub, options);
    sub->callback([&, options = options, name = std::string(action)] {
      run = [&, options, name] { return run_shift(output, *options, name); };
    });
  }
}

}  // namespace verbena::node
