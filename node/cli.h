// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "node/output.h"

namespace CLI {
class App;
}

namespace verbena::node {

int run_cli(int argc, char** argv);

// A command registers its options and sets `run`; the exit code comes back through it.
struct CommandLine {
  CLI::App& app;
  Output& output;
  std::function<int()>& run;
};

void add_make_commands(CommandLine& line);    // init, enrol, band, node
void add_client_commands(CommandLine& line);  // sell, topup, balance, refund, void, stock, ...
void add_audit_commands(CommandLine& line);   // audit, bundle
void add_demo_command(CommandLine& line);

}  // namespace verbena::node
