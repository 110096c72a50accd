// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/staff_register.h"

#include <algorithm>

namespace verbena::ledger {

void StaffRegister::note(const schemas::StaffCard& card, const Hash& id,
                         const EventPlace& published) {
  const auto verifier = fixed<32>(card.verifier());
  if (!is_alias(card.alias()) || (!verifier && !card.verifier().empty())) return;
  Noted& noted = cards_[card.alias()][id];
  noted.card = {id, verifier.value_or(Hash{})};
  noted.taken_back = !verifier;
  noted.replaces = fixed<32>(card.replaces()).value_or(Hash{});
  noted.published.insert(published);
  changed_.insert(card.alias());
}

void StaffRegister::changed() {
  for (const auto& [alias, cards] : cards_) changed_.insert(alias);
}

const StaffCard* StaffRegister::find(const std::string& alias, const Roster& roster) const {
  const auto found = cards_.find(alias);
  if (found == cards_.end()) return nullptr;
  const auto counts = [&](const Noted& noted) {
    return std::any_of(
        noted.published.begin(), noted.published.end(),
        [&](const EventPlace& place) { return place.index < roster.standing(place.log).cut; });
  };
  std::set<Hash> replaced;
  for (const auto& [id, noted] : found->second) {
    if (noted.replaces != id && counts(noted)) replaced.insert(noted.replaces);
  }
  for (const auto& [id, noted] : found->second) {  // ascending: the lowest id wins a tie
    if (replaced.contains(id) || !counts(noted)) continue;
    return noted.taken_back ? nullptr : &noted.card;
  }
  return nullptr;
}

}  // namespace verbena::ledger
