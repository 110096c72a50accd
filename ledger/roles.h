// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "schemas/festival.pb.h"

namespace verbena::ledger {

// What can be asked of a node. Every door (gRPC, HTTP, command line) asks `may` first.
enum class Action {
  sell,
  top_up,
  refund,
  balance,
  void_sale,
  give_back,
  gift,
  block_band,
  replace_band,
  issue_vouchers,
  stock_deliver,
  stock_dispatch,
  stock_receive,
  stock_count,
  stock_waste,
  stock_give,
  stock_close,
  stock_sheet,
  stock_expected,
  wall,
  shift,
  apply_festival,
  revoke,
  status,
  replicate,
  bundle,
};
constexpr Action all_actions[] = {
    Action::sell,           Action::top_up,         Action::refund,         Action::balance,
    Action::void_sale,      Action::stock_deliver,  Action::stock_dispatch, Action::stock_receive,
    Action::stock_count,    Action::stock_waste,    Action::stock_give,     Action::stock_close,
    Action::stock_sheet,    Action::stock_expected, Action::shift,          Action::apply_festival,
    Action::revoke,         Action::status,         Action::replicate,      Action::bundle,
    Action::give_back,      Action::gift,           Action::block_band,     Action::replace_band,
    Action::issue_vouchers,
};

const char* action_name(Action action);

// Deny by default.
bool may(schemas::Role role, Action action);

// Who asks: the device the call comes from and, where somebody signed in there, who.
struct Caller {
  Caller(schemas::Role device_role, std::string alias = {}, std::vector<schemas::Role> roles = {})
      : device(device_role), staff(std::move(alias)), staff_roles(std::move(roles)) {}
  schemas::Role device;
  std::string staff;  // alias; empty: the device itself
  std::vector<schemas::Role> staff_roles;
};

// Where somebody signed in, the device's role and one of theirs must both allow it.
bool may(const Caller& caller, Action action);
// "a vendor", or the staff alias.
std::string caller_name(const Caller& caller);

}  // namespace verbena::ledger
