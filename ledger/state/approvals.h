// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

#include "ledger/state/roster.h"

// Two-person rules: an event counts only with the yes of others, each by a key of their own.
namespace verbena::ledger {

constexpr std::string_view approval_context = "verbena-approval-v1";
constexpr std::uint64_t approval_window = 64;  // events of the log, from the size that was signed
constexpr int approvals_max = 8;

// SHA-256 over what an event does: kind, postings, moves, purse step and payload. Time, context,
// intent and approvals are not in it: they are settled when the event is written.
Hash request_hash(const schemas::Event& event);

// A yes to this event in this log, from `size` on.
schemas::Approval approve(const schemas::Event& event, std::uint64_t festival, const Hash& log,
                          std::uint64_t size, const SigningKey& key);

// The person whose valid yes this is to the event in this log of its author; empty: nobody's. Says
// nothing of where it counts.
std::string approving_person(const schemas::Event& event, const Hash& log,
                             const schemas::Approval& approval, const Certificate& author,
                             const Roster& roster);

// Whose approvals count. An approval counts once in its log, for the first event that bears it.
class ApprovalBook {
 public:
  // Distinct persons, none the author, whose approval of this event counts at this place.
  std::set<std::string> persons(const schemas::Event& event, const EventPlace& place,
                                const Certificate& author, const Roster& roster);
  // The event is written there: its approvals are used up.
  void take(const schemas::Event& event, const EventPlace& place);
  // True where an answer of persons() would be another one now.
  bool moved(const Roster& roster) const;

 private:
  std::map<PublicKey, std::string> asked_;                // key -> person; empty: may not approve
  std::map<std::pair<Hash, Bytes>, std::uint64_t> used_;  // (log, signature) -> index
};

}  // namespace verbena::ledger
