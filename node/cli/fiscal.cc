// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/fiscal_book.h"
#include "node/audit_source.h"
#include "node/cli/call.h"
#include "node/report_fiscal.h"

namespace verbena::node {

using ledger::Errc;

namespace {

struct FiscalOptions {
  std::string from, day, stand, device;
  bool receipts = false, csv = false;
  std::uint64_t at_seal = 0;
};

int print(const std::string& page) {
  std::fwrite(page.data(), 1, page.size(), stdout);
  std::fflush(stdout);
  return exit_done;
}

int run_fiscal(const Output& output, const FiscalOptions& options) {
  const auto day = options.day.empty() ? std::nullopt : parse_day(options.day);
  if (!options.day.empty() && !day) {
    return output.fail({Errc::bad_input, output.text("--day is a date such as 2027-06-04",
                                                     "--day es una fecha como 2027-06-04")});
  }
  if (!day && (options.csv || options.receipts)) {
    return output.fail({Errc::bad_input, output.text("--csv and --receipts need --day",
                                                     "--csv y --receipts necesitan --day")});
  }
  auto source = open_audit_source(options.from, options.at_seal);
  if (!source) return output.fail(source.error());
  auto book = ledger::keep_fiscal_book(*source->store, source->root.certificate);
  if (!book) return output.fail(book.error());
  const auto chain = z_chain(book.take(), {options.stand, options.device});
  if (!chain) return output.fail(chain.error());
  if (!day) return output.say(z_days_json(*chain), z_days_page(output, *chain), exit_done);
  for (const auto& report : chain->reports) {
    if (report.day.day != *day) continue;
    if (options.csv && !output.json) {
      return print(options.receipts ? receipts_csv(*chain, report.day) : z_csv(report));
    }
    return output.say(z_json(*chain, report, options.receipts),
                      z_page(output, *chain, report, options.receipts), exit_done);
  }
  return output.fail({Errc::bad_input, options.day + output.text(": no receipt on this day",
                                                                 ": sin recibos ese día")});
}

int run_receipt(const Output& output, const ClientOptions& options, const std::string& event) {
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  TerminalClient client(options.node, *keys);
  auto json = client.status("receipt/" + event, output.language == Language::es ? "es" : "en");
  if (!json) return output.fail(json.error());
  const auto object = nlohmann::ordered_json::parse(*json);
  return output.say(object, own_receipt_page(output, object), exit_done);
}

}  // namespace

void add_fiscal_command(CLI::App& report, CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* sub = report.add_subcommand(
      "fiscal", "receipts by series, tax by rate and a chained report of each day; not certified");
  auto options = std::make_shared<FiscalOptions>();
  sub->add_option("--from", options->from, "a home without a running node, a bundle or an archive")
      ->required();
  sub->add_option("--day", options->day, "such as 2027-06-04; absent: all days with their hashes");
  auto* stand = sub->add_option("--stand", options->stand, "of one stand only");
  sub->add_option("--device", options->device, "of one device only")->excludes(stand);
  sub->add_option("--at", options->at_seal, "of an archive: before the seal with this number");
  sub->add_flag("--receipts", options->receipts, "every receipt of the day");
  sub->add_flag("--csv", options->csv, "a table (RFC 4180), whose last line is its own hash");
  sub->callback([&, options] { run = [&, options] { return run_fiscal(output, *options); }; });

  auto [receipt, call] = client_command(
      report, "receipt", "a sale as it can be printed, with the number its device gave it");
  auto event = std::make_shared<std::string>();
  receipt->add_option("id", *event, "of the sale: its event id, or 8 or more digits of it")
      ->required();
  receipt->callback([&, call = call, event] {
    run = [&, call, event] { return run_receipt(output, *call, *event); };
  });
}

}  // namespace verbena::node
