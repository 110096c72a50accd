// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/support/world.h"

// What a device of a test holds, asked through its ledger's door.
namespace verbena::test {

inline __int128 balance(Device& device, const std::string& path, const std::string& unit = "EUR") {
  __int128 out = 0;
  device.ledger->ask(
      [&](ledger::State& state, const auto&) { out = state.accounts().balance(unit, path); });
  return out;
}

inline ledger::PurseView purse(Device& device, std::uint64_t id) {
  ledger::PurseView out;
  device.ledger->ask([&](ledger::State& state, const auto&) { out = state.purse(id); });
  return out;
}

}  // namespace verbena::test
