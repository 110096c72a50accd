// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

#include "ledger/state/roster.h"
#include "schemas/festival.pb.h"

namespace verbena::ledger {

struct StaffCard {
  Hash id{};        // SHA-256 of the card's bytes
  Hash verifier{};  // Argon2id over the PIN, salted with the secret on the staff band
};

// Who may sign in at a till: a register for each alias. A card names the one it replaces; the
// winner is the unreplaced one of the lowest id. Pure function of the set of cards noted.
class StaffRegister {
 public:
  void note(const schemas::StaffCard& card, const Hash& id, const EventPlace& published);
  // The roster's standings may have moved.
  void changed();

  // Null where the alias has none in force.
  const StaffCard* find(const std::string& alias, const Roster& roster) const;
  // Aliases whose card may be another one than at the last call.
  std::set<std::string> take_changed() { return std::exchange(changed_, {}); }

 private:
  struct Noted {
    StaffCard card;
    bool taken_back = false;
    Hash replaces{};
    std::set<EventPlace> published;
  };
  std::map<std::string, std::map<Hash, Noted>> cards_;
  std::set<std::string> changed_;
};

}  // namespace verbena::ledger
