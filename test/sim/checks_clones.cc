// SPDX-License-Identifier: Apache-2.0
// What copies of a band may cost.
#include <algorithm>

#include "test/sim/checks.h"

namespace verbena::sim {

// I10, the bound of the design's section 7: with B on the band, copies that k tills took without
// knowing of each other overspend k * B - B at most, and k * min(B, L) - B where each sold once and
// did not know the band's past. Tills of two stands freeze the purse as soon as anybody holds both.
void Checks::check_clones(const Held& held, ledger::State& state) {
  const std::uint64_t limit = sim_festival().limits().offline_max_minor();
  for (const auto& raid : field_.raids) {
    std::uint64_t reached = 0;  // what the tills may give together
    std::set<std::string> stands;
    for (const auto& [till, visit] : raid.visits) {
      const bool limited = visit.once && !visit.past_known;
      if (!visit.informed) reached += limited ? std::min(raid.held_minor, limit) : raid.held_minor;
      for (const auto& one : held.events) {
        const bool first = ledger::view(one.id) == visit.first_id &&
                           one.event.step().counter() == raid.counter + 1;
        if (first && one.counts && held.posted.contains(one.place)) stands.insert(one.author.stand);
      }
    }
    ++field_.result.checked;
    const auto allowed = static_cast<__int128>(reached - std::min(reached, raid.held_minor));
    const auto balance =
        state.accounts().balance(state.currency(), "purse/" + ledger::hex_u64(raid.purse));
    if (-balance > allowed) {
      field_.violate("I10: copies of a band bought more than tills that were cut off may give");
    }
    if (stands.size() > 1 && !state.purse(raid.purse).frozen) {
      field_.violate("I10: copies that two stands took froze no purse");
    }
  }
}

}  // namespace verbena::sim
