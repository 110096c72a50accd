// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "schemas/festival.pb.h"

namespace verbena::ledger {

// What can be asked of a node. Every door (gRPC, HTTP, command line) asks `may` first.
enum class Action {
  sell,
  top_up,
  refund,
  balance,
  void_sale,
  stock_deliver,
  stock_dispatch,
  stock_receive,
  stock_count,
  stock_waste,
  stock_sheet,
  apply_festival,
  revoke,
  status,
  replicate,
  bundle,
};
constexpr Action all_actions[] = {
    Action::sell,        Action::top_up,        Action::refund,         Action::balance,
    Action::void_sale,   Action::stock_deliver, Action::stock_dispatch, Action::stock_receive,
    Action::stock_count, Action::stock_waste,   Action::stock_sheet,    Action::apply_festival,
    Action::revoke,      Action::status,        Action::replicate,      Action::bundle,
};

const char* action_name(Action action);

// Deny by default.
bool may(schemas::Role role, Action action);

}  // namespace verbena::ledger
