// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/cli/call.h"
#include "node/report_csv.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

std::string settlements_page(const Output& output, const ordered_json& object) {
  const std::pair<const char*, const char*> names[] = {
      {"turnover_minor", output.text("turnover", "ventas")},
      {"tips_minor", output.text("tips", "propinas")},
      {"deposits_minor", output.text("deposits", "fianzas")},
      {"commission_minor", output.text("commission", "comisión")},
      {"hold_back_minor", output.text("held back", "retenido")},
      {"missing_goods_minor", output.text("goods missing", "género que falta")},
      {"drawer_short_minor", output.text("cash short", "efectivo que falta")},
      {"short_delivery_minor", output.text("not delivered", "no entregado")},
      {"cash_kept_minor", output.text("cash at the stand", "efectivo en la barra")},
      {"payable_minor", output.text("to be paid", "a pagar")}};
  std::string page;
  for (const auto& row : object["settlements"]) {
    page += (page.empty() ? "" : "\n") + row["holder"].get<std::string>() +
            output.text(", sheet ", ", hoja ") + row["sheet"].dump() +
            (row["final"].get<bool>() ? "" : output.text(" (may change)", " (puede cambiar)"));
    for (const auto& [key, name] : names) {
      page +=
          std::string("  ") + name + " " + ledger::format_decimal(row[key].get<std::int64_t>(), 2);
    }
  }
  return page.empty() ? output.text("Nothing was sold yet.", "Aún no se ha vendido nada.") : page;
}

std::string findings_page(const Output& output, const ordered_json& object) {
  std::string page;
  for (const auto& finding : object["findings"]) page += finding["text"].get<std::string>() + "\n";
  for (const auto& row : object["unjudged"]) {
    page += row["holder"].get<std::string>() + output.text(", sheet ", ", hoja ") +
            row["sheet"].dump() + output.text(": not judged (", ": sin juzgar (") +
            row["reason"].get<std::string>() + ")\n";
  }
  if (page.empty()) return output.text("Nothing found.", "No se ha encontrado nada.");
  page.pop_back();
  return page;
}

int run_report(const Output& output, const ClientOptions& options, const std::string& what,
               bool csv) {
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  auto json =
      TerminalClient(options.node, *keys)
          .status(what == "sheet" ? "stock" : what, output.language == Language::es ? "es" : "en");
  if (!json) return output.fail(json.error());
  const auto object = ordered_json::parse(*json);
  if (csv && !output.json) {
    const std::string page = what == "sheet"        ? sheets_csv(object)
                             : what == "settlement" ? settlements_csv(object)
                                                    : findings_csv(object);
    std::fwrite(page.data(), 1, page.size(), stdout);
    return exit_done;
  }
  const std::string page = what == "sheet"        ? sheet_page(output, object)
                           : what == "settlement" ? settlements_page(output, object)
                                                  : findings_page(output, object);
  return output.say(object, page, exit_done);
}

}  // namespace

void add_report_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* report =
      line.app.add_subcommand("report", "what the books say, for people and spreadsheets");
  report->require_subcommand(1);
  const std::pair<const char*, const char*> kinds[] = {
      {"sheet", "sheets, dispatches and drawers"},
      {"settlement", "what is between each stand and the festival"},
      {"shrinkage", "goods and cash that are missing, where, how much and how sure"},
  };
  for (const auto& [kind, help] : kinds) {
    auto [sub, options] = client_command(*report, kind, help);
    auto csv = std::make_shared<bool>(false);
    sub->add_flag("--csv", *csv, "a table (RFC 4180)");
    sub->callback([&, options = options, csv, name = std::string(kind)] {
      run = [&, options, csv, name] { return run_report(output, *options, name, *csv); };
    });
  }
}

}  // namespace verbena::node
