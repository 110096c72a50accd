// SPDX-License-Identifier: Apache-2.0
#include "ledger/roles.h"

#include <algorithm>

#include "ledger/core/certificate.h"

namespace verbena::ledger {

const char* action_name(Action action) {
  switch (action) {
    case Action::sell: return "sell";
    case Action::top_up: return "topup";
    case Action::refund: return "refund";
    case Action::balance: return "balance";
    case Action::void_sale: return "void";
    case Action::give_back: return "return";
    case Action::gift: return "gift";
    case Action::block_band: return "band block";
    case Action::replace_band: return "band replace";
    case Action::issue_vouchers: return "voucher issue";
    case Action::stock_deliver: return "stock deliver";
    case Action::stock_dispatch: return "stock dispatch";
    case Action::stock_receive: return "stock receive";
    case Action::stock_count: return "stock count";
    case Action::stock_waste: return "stock waste";
    case Action::stock_give: return "stock give";
    case Action::stock_close: return "stock close";
    case Action::stock_sheet: return "stock sheet";
    case Action::stock_expected: return "stock expected";
    case Action::wall: return "wall";
    case Action::shift: return "shift";
    case Action::apply_festival: return "festival apply";
    case Action::revoke: return "device revoke";
    case Action::status: return "status";
    case Action::replicate: return "replicate";
    case Action::bundle: return "bundle";
  }
  return "unknown";
}

bool may(schemas::Role role, Action action) {
  if (role == schemas::ROLE_UNSPECIFIED || role == schemas::ROOT) return false;
  const bool sells = role == schemas::VENDOR || role == schemas::STAND_LEAD;
  const bool keeps_stock = sells || role == schemas::STORE || role == schemas::COURIER;
  switch (action) {
    case Action::status:
    case Action::replicate:
    case Action::bundle: return true;
    case Action::balance:
      return sells || role == schemas::TOP_UP_DESK || role == schemas::SUPERVISOR ||
             role == schemas::HUB || role == schemas::REFUND_OFFICER;
    case Action::sell:
    case Action::void_sale:
    case Action::give_back: return sells;
    case Action::top_up:
    case Action::gift: return role == schemas::TOP_UP_DESK;
    case Action::issue_vouchers: return role_credits(role);
    case Action::refund: return role == schemas::TOP_UP_DESK || role == schemas::REFUND_OFFICER;
    case Action::stock_deliver: return role == schemas::STORE;
    case Action::stock_dispatch:
    case Action::stock_receive:
    case Action::stock_waste:
    case Action::stock_give: return keeps_stock;
    case Action::stock_count:
    case Action::stock_close: return keeps_stock || role == schemas::SUPERVISOR;
    case Action::stock_sheet:  // what was counted; nothing of a sheet that is still to be
      return role == schemas::STAND_LEAD || role == schemas::STORE || role == schemas::SUPERVISOR ||
             may(role, Action::stock_expected);
    case Action::stock_expected:  // blind counts: nobody who counts sees what should be there
      return role == schemas::HUB || role == schemas::AUDITOR || role == schemas::ADMIN;
    case Action::wall: return role == schemas::SUPERVISOR || may(role, Action::stock_expected);
    case Action::shift: return sells || role == schemas::TOP_UP_DESK;
    case Action::apply_festival:
    case Action::block_band:
    case Action::replace_band: return is_office(role);
    case Action::revoke: return role == schemas::SUPERVISOR;
  }
  return false;
}

bool may(const Caller& caller, Action action) {
  if (!may(caller.device, action)) return false;
  if (caller.staff.empty()) return true;
  return std::any_of(caller.staff_roles.begin(), caller.staff_roles.end(),
                     [&](schemas::Role role) { return may(role, action); });
}

std::string caller_name(const Caller& caller) {
  return caller.staff.empty() ? std::string("a ") + role_name(caller.device) : caller.staff;
}

}  // namespace verbena::ledger
