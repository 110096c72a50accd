// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/cli/call.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

// A field that a spreadsheet neither splits nor runs.
std::string csv_field(const ordered_json& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (!value.is_number() && !text.empty() &&
      std::string("=+-@\t\r").find(text[0]) != std::string::npos) {
    text.insert(0, "'");
  }
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string csv_line(const std::vector<std::string>& columns, const ordered_json& row) {
  std::string out;
  for (const auto& column : columns) {
    if (!out.empty()) out += ",";
    out += row.contains(column) ? csv_field(row[column]) : "";
  }
  return out + "\r\n";
}

std::string csv_head(const std::vector<std::string>& columns) {
  std::string out;
  for (const auto& column : columns) out += (out.empty() ? "" : ",") + column;
  return out + "\r\n";
}

std::string sheets_csv(const ordered_json& object) {
  const std::vector<std::string> columns{"holder",
                                         "sheet",
                                         "state",
                                         "sku",
                                         "expected_start",
                                         "counted_start",
                                         "in",
                                         "out",
                                         "sold",
                                         "gratis",
                                         "waste",
                                         "expected_end",
                                         "counted_end",
                                         "variance",
                                         "variance_at_price_minor",
                                         "variance_at_cost_minor"};
  std::string out = csv_head(columns);
  for (const auto& sheet : object["sheets"]) {
    for (ordered_json row : sheet["lines"]) {
      for (const char* name : {"holder", "sheet", "state"}) row[name] = sheet[name];
      out += csv_line(columns, row);
    }
  }
  return out;
}

std::string findings_csv(const ordered_json& object) {
  const std::vector<std::string> columns{"kind",           "holder", "persons",      "subject",
                                         "sheets",         "units",  "amount_minor", "cost_minor",
                                         "confidence_ppm", "text"};
  std::string out = csv_head(columns);
  for (const auto& row : object["findings"]) out += csv_line(columns, row);
  return out;
}

std::string settlements_csv(const ordered_json& object) {
  std::vector<std::string> columns;
  if (!object["settlements"].empty()) {
    for (const auto& [name, value] : object["settlements"][0].items()) columns.push_back(name);
  }
  std::string out = csv_head(columns);
  for (const auto& row : object["settlements"]) out += csv_line(columns, row);
  return out;
}

std::string settlements_page(const Output& output, const ordered_json& object) {
  const std::pair<const char*, const char*> names[] = {
      {"turnover_minor", output.text("turnover", "ventas")},
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
