// SPDX-License-Identifier: Apache-2.0
#include "node/cli/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "node/home.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

Result<std::string> typed_passphrase(const std::string& prompt) {
  if (::isatty(STDIN_FILENO) != 1) {
    return Error{Errc::bad_input, "a passphrase is needed: set VERBENA_PASSPHRASE"};
  }
  const char* typed = ::getpass(prompt.c_str());
  if (typed == nullptr || *typed == '\0') return Error{Errc::bad_input, "no passphrase was given"};
  return std::string(typed);
}

Result<std::string> ask_passphrase() {
  if (const char* given = std::getenv("VERBENA_PASSPHRASE")) return std::string(given);
  return typed_passphrase("Passphrase: ");
}

Result<std::optional<std::string>> home_passphrase(const std::string& home, bool approves) {
  if (!is_locked(home)) return std::optional<std::string>();
  const char* given = approves ? std::getenv("VERBENA_APPROVE_PASSPHRASE") : nullptr;
  if (given == nullptr) given = std::getenv("VERBENA_PASSPHRASE");
  if (given != nullptr) return std::optional<std::string>(given);
  auto typed = typed_passphrase("Passphrase of " + home + ": ");
  if (!typed) return typed.error();
  return std::optional(typed.take());
}

Machine& machine() {
  static Machine only;
  return only;
}

int run_cli(int argc, char** argv) {
  CLI::App app{"Verbena: payments for festivals without a network"};
  app.require_subcommand(1);
  Output output;
  std::string language;
  if (const char* locale = std::getenv("LC_ALL")) language = locale;
  if (const char* locale = std::getenv("LANG"); language.empty() && locale) language = locale;
  app.add_flag("--json", output.json, "print one JSON object on stdout and nothing else there");
  app.add_option("--lang", language, "en or es");
  app.fallthrough();
  std::function<int()> run;
  CommandLine line{app, output, run};
  add_make_commands(line);
  add_staff_commands(line);
  add_client_commands(line);
  add_voucher_commands(line);
  add_approve_command(line);
  add_report_commands(line);
  add_audit_commands(line);
  add_close_commands(line);
  add_books_commands(line);
  add_claim_commands(line);
  add_payout_command(line);
  add_proof_commands(line);
  add_wipe_command(line);
  add_demo_command(line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? exit_done : exit_bad_input;
  }
  output.language = language_from(language);
  try {
    return run ? run() : exit_bad_input;
  } catch (const ledger::Unreadable& error) {
    return output.fail({ledger::Errc::storage, error.what()});
  }
}

}  // namespace verbena::node
