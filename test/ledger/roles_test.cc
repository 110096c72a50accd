// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "ledger/core/certificate.h"
#include "ledger/roles.h"

using namespace verbena;

TEST_CASE("Every role may do what its table says and nothing else") {
  const std::map<std::string, std::set<std::string>> table = {
      {"root", {}},
      {"supervisor",
       {"status", "replicate", "bundle", "balance", "stock count", "stock close", "stock sheet",
        "wall", "festival apply", "device revoke", "band block", "band replace"}},
      {"hub",
       {"status", "replicate", "bundle", "balance", "stock sheet", "stock expected", "wall",
        "festival apply", "band block", "band replace", "voucher issue"}},
      {"admin", {"status", "replicate", "bundle", "stock sheet", "stock expected", "wall"}},
      {"top-up",
       {"status", "replicate", "bundle", "balance", "topup", "refund", "shift", "gift",
        "voucher issue"}},
      {"vendor",
       {"status", "replicate", "bundle", "balance", "sell", "void", "stock dispatch",
        "stock receive", "stock waste", "stock give", "stock count", "stock close", "shift",
        "return"}},
      {"stand-lead",
       {"status", "replicate", "bundle", "balance", "sell", "void", "stock dispatch",
        "stock receive", "stock waste", "stock give", "stock count", "stock close", "stock sheet",
        "shift", "return"}},
      {"store",
       {"status", "replicate", "bundle", "stock deliver", "stock dispatch", "stock receive",
        "stock waste", "stock give", "stock count", "stock close", "stock sheet"}},
      {"courier",
       {"status", "replicate", "bundle", "stock dispatch", "stock receive", "stock waste",
        "stock give", "stock count", "stock close"}},
      {"refund-officer", {"status", "replicate", "bundle", "balance", "refund"}},
      {"auditor", {"status", "replicate", "bundle", "stock sheet", "stock expected", "wall"}},
  };
  CHECK(table.size() == 11);
  for (const auto& [name, actions] : table) {
    const auto role = ledger::role_from_name(name);
    REQUIRE(role.has_value());
    for (const auto action : ledger::all_actions) {
      CAPTURE(name, ledger::action_name(action));
      CHECK(ledger::may(*role, action) == actions.contains(ledger::action_name(action)));
    }
  }
  for (const auto action : ledger::all_actions) {
    CHECK_FALSE(ledger::may(schemas::ROLE_UNSPECIFIED, action));
  }
}
