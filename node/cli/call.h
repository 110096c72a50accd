// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "node/cli/cli.h"
#include "node/terminal_client.h"

// What the commands that talk to a node have in common.
namespace verbena::node {

struct ClientOptions {
  std::string node, home, band, reader, tender, amount, sale, reason, to, from, reference, alias,
      file, approve, of, device, dispatch, bag, request, tip, cash, part;
  std::vector<std::string> items, approvers, paid, vouchers;
  std::uint64_t intent = 0;
  std::uint32_t meals = 0;
  bool tip_confirmed = false, age_checked = false, meal = false, rest_lost = false;

  bool taps() const { return !band.empty() || !reader.empty(); }
};

// An amount as a person types it, and where it goes in the request. Left out where it is empty.
struct AmountField {
  const char* name;  // of the option
  std::string text;
  std::function<void(schemas::OperateRequest&, std::uint64_t)> set;
};

// A subcommand with --node and --home.
std::pair<CLI::App*, std::shared_ptr<ClientOptions>> client_command(CLI::App& parent,
                                                                    const char* name,
                                                                    const char* help);
// --band FILE, or --reader: the band that is put there.
void with_band(CLI::App* sub, const std::shared_ptr<ClientOptions>& options, bool required);
void with_intent(CLI::App* sub, const std::shared_ptr<ClientOptions>& options);
// --approve HOME: whose key says yes to what needs the approval of others.
void with_approvers(CLI::App* sub, const std::shared_ptr<ClientOptions>& options);

// --home, else $VERBENA_HOME.
ledger::Result<std::string> client_home(const ClientOptions& options);
ledger::Result<HomeKeys> client_keys(const ClientOptions& options);
ledger::Result<HomeKeys> unlocked_home(const std::string& home);
// "SKU", "SKU:QTY" or "SKU:QTYPACK".
ledger::Result<std::vector<schemas::BasketLine>> parse_items(const std::vector<std::string>& items);

// Sends the intent, with the approvals that --approve and --request bring. A request for approvals
// that are missing is written to the --request file.
ledger::Result<schemas::OperateReply> operate_approved(const ClientOptions& options,
                                                       const HomeKeys& keys,
                                                       schemas::OperateRequest request);
int refused(const Output& output, const schemas::Refused& why);
// Sends the intent, as the reader of --band where there is one, and prints its receipt.
// Amounts are read with the decimals of the festival's currency, which the node is asked for.
int operate(const Output& output, const ClientOptions& options, schemas::OperateRequest request,
            const std::vector<AmountField>& amounts = {});
// Decimals of the festival's currency, as the node knows it.
ledger::Result<unsigned> festival_scale(TerminalClient& client);
// The sheets of a status "stock", for people.
std::string sheet_page(const Output& output, const nlohmann::ordered_json& object);
// Prints the rows of a status.
int run_rows(const Output& output, const ClientOptions& options, const char* what,
             const char* rows);

}  // namespace verbena::node
