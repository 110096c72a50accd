// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ledger/core/crypto.h"
#include "node/output.h"
#include "node/system_clock.h"

namespace CLI {
class App;
}

namespace verbena::node {

int run_cli(int argc, char** argv);

// From the environment, else asked for on the terminal without showing it.
ledger::Result<std::string> ask_passphrase();
// On the terminal, without showing it.
ledger::Result<std::string> typed_passphrase(const std::string& prompt);
// Of a home whose key is locked, the same way; of who approves from VERBENA_APPROVE_PASSPHRASE
// first, so that two persons keep one each. Empty: the key is not locked.
ledger::Result<std::optional<std::string>> home_passphrase(const std::string& home,
                                                           bool approves = false);

struct Machine {
  SystemClock clock;
  ledger::SystemRandom random;
};
Machine& machine();

// A command registers its options and sets `run`; the exit code comes back through it.
struct CommandLine {
  CLI::App& app;
  Output& output;
  std::function<int()>& run;
};

void add_make_commands(CommandLine& line);                  // init, enrol, band new, node
void add_band_commands(CLI::App& band, CommandLine& line);  // band personalise, show, wipe, keys
void add_lost_band_commands(CLI::App& band, CommandLine& line);  // band block, replace
void add_staff_commands(CommandLine& line);                      // staff band, staff wall
void add_approve_command(CommandLine& line);
void add_stock_commands(CommandLine& line);    // stock, shift
void add_device_commands(CommandLine& line);   // device revoke, assign, swap, list
void add_report_commands(CommandLine& line);   // report
void add_client_commands(CommandLine& line);   // sell, topup, balance, refund, void, stock, ...
void add_voucher_commands(CommandLine& line);  // voucher issue, voucher show
void add_audit_commands(CommandLine& line);    // audit, bundle
void add_close_commands(CommandLine& line);    // close, seal
void add_books_commands(CommandLine& line);    // export
void add_proof_commands(CommandLine& line);    // prove, verify
void add_claim_commands(CommandLine& line);    // claim, forget
void add_payout_command(CommandLine& line);
void add_wipe_command(CommandLine& line);
void add_demo_command(CommandLine& line);
// report fiscal, report receipt
void add_fiscal_command(CLI::App& report, CommandLine& line);

// The part of `verify` that judges proofs of wipe.
int run_verify_wipe(const Output& output, std::string_view file, const std::string& fingerprint);

}  // namespace verbena::node
