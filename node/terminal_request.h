// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/rules.h"
#include "schemas/terminal.pb.h"

// What a request to a terminal asks for, and the rule that answers it.
namespace verbena::node {

// Empty: no action this build knows.
std::optional<ledger::Action> action_of(const schemas::OperateRequest& request);
bool needs_band(const schemas::OperateRequest& request);

// A request with what the node adds to it before the ledger decides.
struct RequestParts {
  const schemas::OperateRequest& request;
  const std::string& staff;  // who is signed in; empty: the device itself
  ledger::Hash salt{};
  std::vector<ledger::LogSummary> logs;   // to revoke, or to close a lost till's sheet
  std::optional<ledger::FoundSale> sale;  // to void
  std::vector<ledger::FoundSale> paid;    // parts of the sale
  std::uint64_t intent = 0;               // vouchers are made of it
};
ledger::Result<ledger::Plan> plan_request(const RequestParts& parts,
                                          const std::optional<ledger::BandReading>& band,
                                          ledger::State& state,
                                          const ledger::DeviceIdentity& identity,
                                          const ledger::DeviceView& device);

// Whether a repeated intent asks for what its first event did.
bool same_content(const schemas::OperateRequest& request, const schemas::Event& first,
                  ledger::State& state, const ledger::DeviceIdentity& identity);

}  // namespace verbena::node
