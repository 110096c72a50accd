// SPDX-License-Identifier: Apache-2.0
#include "node/read_ahead.h"

#include <algorithm>

#include "replication/scope.h"

namespace verbena::node {

namespace {

constexpr std::size_t purses_at_once = 16;  // for so long the ledger's mutex is held

// A till that follows its zone is asked for single bands, unless cups come back to it.
bool is_asked_as_a_whole(const schemas::Festival& festival, const ledger::Certificate& device) {
  return !replication::follows_zone(&festival, device) ||
         std::any_of(festival.item().begin(), festival.item().end(),
                     [](const auto& item) { return item.deposit_minor() > 0; });
}

}  // namespace

bool read_ahead(ledger::Ledger& ledger) {
  bool left = false;
  if (!ledger.identity()) return left;
  try {
    ledger.ask([&](ledger::State& state, const ledger::DeviceView& device) {
      const auto* festival = state.festival();
      left = festival != nullptr && is_asked_as_a_whole(*festival, device.certificate) &&
             !state.evaluate_some(purses_at_once);
    });
  } catch (const ledger::Unreadable&) {
    left = false;
  }
  return left;
}

}  // namespace verbena::node
