// SPDX-License-Identifier: Apache-2.0
#include "node/cli/cli.h"
#include "node/rpc.h"

int main(int argc, char** argv) {
  verbena::node::prepare_process();
  return verbena::node::run_cli(argc, argv);
}
