// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace verbena::node {

struct CommandLine;

void add_claim_commands(CommandLine& line);  // claim, forget
void add_payout_command(CommandLine& line);

}  // namespace verbena::node
