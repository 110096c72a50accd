// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "node/cli/cli.h"
#include "node/terminal_client.h"

// What the commands that talk to a node have in common.
namespace verbena::node {

struct ClientOptions {
  std::string node, home, band, tender, amount, sale, reason, to, from, reference, alias, file,
      approve, of, device, dispatch, bag, request, tip;
  std::vector<std::string> items, approvers;
  std::uint64_t intent = 0;
  bool tip_confirmed = false, age_checked = false;
};

// A subcommand with --node and --home.
std::pair<CLI::App*, std::shared_ptr<ClientOptions>> client_command(CLI::App& parent,
                                                                    const char* name,
                                                                    const char* help);
void with_intent(CLI::App* sub, const std::shared_ptr<ClientOptions>& options);
// --approve HOME: whose key says yes to what needs the approval of others.
void with_approvers(CLI::App* sub, const std::shared_ptr<ClientOptions>& options);

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
int operate(const Output& output, const ClientOptions& options, schemas::OperateRequest request);
// The sheets of a status "stock", for people.
std::string sheet_page(const Output& output, const nlohmann::ordered_json& object);
// Prints the rows of a status.
int run_rows(const Output& output, const ClientOptions& options, const char* what,
             const char* rows);

}  // namespace verbena::node
