// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "ledger/statement.h"
#include "node/audit_source.h"
#include "node/cli/call.h"
#include "node/report_csv.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

struct StatementOptions {
  std::string stand, file, from;
};

std::string settlements_page(const Output& output, const ordered_json& object, unsigned scale) {
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
      page += std::string("  ") + name + " " +
              ledger::format_decimal(row[key].get<std::int64_t>(), scale);
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

// Of one stand, with its own logs: for who is paid by it to compute again.
int run_statement(const Output& output, const StatementOptions& options) {
  if (options.from.empty() || options.stand.empty()) {
    return output.fail(
        {ledger::Errc::bad_input,
         output.text("a statement needs --stand and --from, a home or a bundle",
                     "un extracto necesita --stand y --from, un home o un paquete")});
  }
  auto source = open_audit_source(options.from);
  if (!source) return output.fail(source.error());
  auto file = ledger::make_statement(*source->store, source->root, options.stand);
  if (!file) return output.fail(file.error());
  const auto fingerprint = ledger::hex(ledger::key_id(source->root.certificate.key));
  auto checked = ledger::verify_statement(*file, fingerprint);
  if (!checked) return output.fail(checked.error());
  if (auto status = write_file(options.file, *file); !status) return output.fail(status.error());
  const ordered_json object{{"file", options.file},
                            {"bytes", file->size()},
                            {"stand", options.stand},
                            {"sheets", checked->rows.size()},
                            {"fingerprint", fingerprint}};
  return output.say(object,
                    output.text("Statement written: ", "Extracto escrito: ") + options.file +
                        output.text("\nCheck it with: verbena verify FILE --fingerprint ",
                                    "\nSe comprueba con: verbena verify ARCHIVO --fingerprint ") +
                        fingerprint,
                    exit_done);
}

int run_report(const Output& output, const ClientOptions& options, const std::string& what,
               bool csv, const std::string& stand) {
  if (options.node.empty()) {
    return output.fail({ledger::Errc::bad_input, output.text("--node is needed", "falta --node")});
  }
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  TerminalClient client(options.node, *keys);
  auto json = client.status(what == "sheet" ? "stock" : what,
                            output.language == Language::es ? "es" : "en");
  if (!json) return output.fail(json.error());
  auto object = ordered_json::parse(*json);
  if (what == "settlement" && !stand.empty()) {
    auto rows = ordered_json::array();
    for (const auto& row : object["settlements"]) {
      if (row["holder"] == stand) rows.push_back(row);
    }
    object["settlements"] = std::move(rows);
  }
  if (csv && !output.json) {
    const std::string page = what == "sheet"        ? sheets_csv(object)
                             : what == "settlement" ? settlements_csv(object)
                                                    : findings_csv(object);
    std::fwrite(page.data(), 1, page.size(), stdout);
    return exit_done;
  }
  const auto scale = festival_scale(client);
  if (!scale) return output.fail(scale.error());
  const std::string page = what == "sheet"        ? sheet_page(output, object)
                           : what == "settlement" ? settlements_page(output, object, *scale)
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
  add_fiscal_command(*report, line);
  const std::pair<const char*, const char*> kinds[] = {
      {"sheet", "sheets, dispatches and drawers"},
      {"settlement", "what is between each stand and the festival"},
      {"shrinkage", "goods and cash that are missing, where, how much and how sure"},
  };
  for (const auto& [kind, help] : kinds) {
    auto [sub, options] = client_command(*report, kind, help);
    auto csv = std::make_shared<bool>(false);
    sub->add_flag("--csv", *csv, "a table (RFC 4180)");
    auto statement = std::make_shared<StatementOptions>();
    if (std::string(kind) == "settlement") {
      sub->get_option("--node")->required(false);
      sub->add_option("--stand", statement->stand, "of one stand only");
      sub->add_option("--statement", statement->file,
                      "write a file that proves it, from the stand's own events");
      sub->add_option("--from", statement->from,
                      "for --statement: a home without a running node, or a bundle");
    }
    sub->callback([&, options = options, csv, statement, name = std::string(kind)] {
      run = [&, options, csv, statement, name] {
        return statement->file.empty() ? run_report(output, *options, name, *csv, statement->stand)
                                       : run_statement(output, *statement);
      };
    });
  }
}

}  // namespace verbena::node
