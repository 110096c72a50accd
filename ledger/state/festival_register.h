// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>

#include "ledger/state/approvals.h"
#include "schemas/festival.pb.h"

namespace verbena::ledger {

// What an approver of a settings change signs.
Bytes approval_message(std::uint64_t festival, std::string_view request);

// The festival's settings: a register. A write names the value it replaces; the winner is the
// unreplaced value of the highest rank (root 2, two supervisors 1), then of the lowest hash.
class FestivalRegister {
 public:
  void note(const schemas::SignedFestival& change, std::uint64_t festival, bool by_root);

  const schemas::Festival* winner(const Roster& roster) const;
  const Hash& winner_hash(const Roster& roster) const;
  // Settings that were approved, in force or not; null where they are not known or were not.
  const schemas::Festival* find(const Hash& hash, const Roster& roster) const;
  void changed() { evaluated_ = false; }

 private:
  struct Candidate {
    schemas::Festival festival;
    bool by_root = false;
    std::map<PublicKey, SignatureBytes> approvals;
  };
  int rank(const Candidate& candidate, const Roster& roster) const;
  void evaluate(const Roster& roster) const;

  std::map<Hash, Candidate> candidates_;
  mutable bool evaluated_ = false;
  mutable Hash winner_{};
};

// The item with this SKU or number in a festival; null where there is none.
const schemas::Item* find_item(const schemas::Festival& festival, std::string_view sku);
const schemas::Item* find_item(const schemas::Festival& festival, std::uint32_t number);
const schemas::Stand* find_stand(const schemas::Festival& festival, std::string_view name);
const schemas::Staff* find_staff(const schemas::Festival& festival, std::string_view alias);

}  // namespace verbena::ledger
