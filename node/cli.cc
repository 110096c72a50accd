// SPDX-License-Identifier: Apache-2.0
#include "node/cli.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace verbena::node {

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
  add_client_commands(line);
  add_audit_commands(line);
  add_demo_command(line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? exit_done : exit_bad_input;
  }
  output.language = language_from(language);
  return run ? run() : exit_bad_input;
}

}  // namespace verbena::node
