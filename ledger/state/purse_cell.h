// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "ledger/core/event.h"
#include "ledger/core/flat_set.h"
#include "ledger/state/account_book.h"
#include "ledger/state/roster.h"

namespace verbena::ledger {

// On the purse's side of a posting: value that buys goods and is paid out to nobody.
constexpr std::string_view gift_mark = "gift";
// Outside, on the side of who pays: the festival, for meals of its crew.
constexpr std::string_view crew_mark = "crew";

// What a sale brings beside what a purse pays for the goods: a void takes back no more of each.
struct BesideMinor {
  std::uint64_t tips = 0;
  std::uint64_t deposits = 0;
  std::uint64_t cash = 0;  // to the stand, from outside
  std::uint64_t crew = 0;  // the same, by the festival
  bool covers(const BesideMinor& taken) const {
    return taken.tips <= tips && taken.deposits <= deposits && taken.cash <= cash &&
           taken.crew <= crew;
  }
};
// `from`: who pays tips and deposits.
BesideMinor beside_in(const schemas::Event& event, schemas::AccountClass from);
BesideMinor beside_out(const schemas::Event& event);
std::uint64_t gift_in(const schemas::Event& event);  // entering a purse as a gift
std::uint64_t gift_out(const schemas::Event& event);
std::uint64_t entering_minor(const schemas::Event& event, schemas::AccountClass to);
std::uint64_t leaving_minor(const schemas::Event& event, schemas::AccountClass from);
// A grant, or cups whose deposit goes to a purse by the grant they bear.
bool is_grant(const schemas::Event& event);

// A purse event as the fold needs it. Money the step moves is already in `transfers`.
struct PurseEvent {
  Hash id{};
  std::uint32_t log = 0;  // the state's log number
  std::uint64_t index = 0;
  std::uint32_t counter = 0;
  std::uint64_t credited = 0;  // totals after this event
  std::uint64_t debited = 0;
  std::uint64_t gift_debited = 0;
  PursePrefix previous{};
  std::uint64_t credit_minor = 0;  // what this event adds to credited
  std::uint64_t debit_minor = 0;   // what this event adds to debited
  std::uint64_t gift_minor = 0;    // of that, paid from gifts
  std::uint32_t meals_used = 0;    // after this event
  std::uint32_t meals = 0;         // of that, by this event
  BesideMinor beside;
  bool confirmed = false;
  bool rule_broken = false;
  std::vector<Transfer> transfers;
};

// A band seen in this state, sealed by the device that wrote it.
struct PurseSighting {
  std::uint32_t counter = 0;
  std::uint64_t credited = 0;
  std::uint64_t debited = 0;
  PursePrefix hash{};
  std::string writer;  // alias of the device whose seal it bears
  auto operator<=>(const PurseSighting&) const = default;
};

// Value given away from the band. Competes with others of the same source.
struct PurseGrant {
  Hash id{};
  std::uint32_t log = 0;
  std::uint64_t index = 0;
  schemas::GrantSource source = schemas::GRANT_UNSPECIFIED;
  Bytes source_id;
  std::uint32_t line = 0;
  std::uint64_t amount_minor = 0;
  std::uint64_t gift_minor = 0;  // of that, as a gift
  std::uint32_t meals = 0;
  std::uint64_t replaced = 0;  // the purse it comes out of; 0: none
  BesideMinor taken;           // what it takes back besides
  bool rule_broken = false;
  std::vector<Transfer> transfers;
};

// What of this purse was given to another, whose band takes the place of this one's. Breaks no
// rule.
struct PurseReplacement {
  std::uint32_t log = 0;
  std::uint64_t index = 0;
  Hash id{};
  std::uint32_t line = 0;
  std::uint64_t amount_minor = 0;
  std::uint64_t gift_minor = 0;  // of that, as a gift
  std::uint32_t meals = 0;
  std::uint64_t to = 0;  // purse
};
// Of which purse a replacement takes the place; 0: this is no grant of one, or of a wrong form.
std::uint64_t replaced_purse(const schemas::Grant& grant, const schemas::Event& event);

struct PurseGap {
  std::uint32_t first = 0;  // counters known to exist and not held
  std::uint32_t last = 0;
  std::uint64_t credit_minor = 0;
  std::uint64_t debit_minor = 0;
  std::string charged;  // device alias when evidence names one, else the purse
};

// What a purse's events add up to.
struct PurseView {
  std::uint32_t counter = 0;  // greatest posted
  std::uint64_t credited = 0;
  std::uint64_t debited = 0;
  std::uint64_t gift_debited = 0;
  std::uint64_t granted = 0;
  std::uint64_t gift_granted = 0;  // of that
  std::uint64_t gift_left = 0;     // not spent; 0 where a band alone tells of the last step
  std::uint32_t meals_used = 0;    // as gift_debited
  std::uint64_t meals_granted = 0;
  std::uint64_t deposits_left = 0;  // paid from this purse and not given back to it
  PursePrefix hash{};
  bool frozen = false;
  bool forked = false;
  std::uint64_t replaced_by = 0;          // the purse that takes its place; 0: none
  std::uint64_t replaced_minor = 0;       // what went there, gifts too
  std::uint32_t replaced_lines = 0;       // the least line that nothing has used
  bool replaced_twice = false;            // others were to take its place as well
  std::uint64_t pending_debit_minor = 0;  // of steps that may come to count
  std::uint32_t posted = 0;
  std::uint32_t pending = 0;
  std::uint32_t aborted = 0;
  std::vector<PurseGap> gaps;
  std::vector<Transfer> transfers;
  FlatSet<Hash> posted_ids;
  std::vector<Hash> grant_ids;  // posted
  // Log number and index of what is posted and counts: copies of its bytes elsewhere do not.
  FlatSet<std::pair<std::uint32_t, std::uint64_t>> posted_places;
};

// What a cell needs to know of the rest of the state.
struct CellContext {
  std::function<bool(std::uint32_t log, std::uint64_t index)> counts;
  std::function<const Certificate&(std::uint32_t log)> author;
  std::function<const Hash&(std::uint32_t log)> log_id;
  // The transfer with its receiving side suspended.
  std::function<Transfer(const Transfer&, std::uint32_t log, std::uint64_t index)> suspend;
  std::function<Transfer(std::uint64_t purse, const std::string& charged, bool credit,
                         std::uint64_t amount)>
      gap_leg;
  // Whether this grant is the replacement that counts of its purse and line.
  std::function<bool(const PurseGrant&)> replaces;
};

// All that is known of one purse. Its view is a pure function of the sets it holds.
struct PurseCell {
  std::uint64_t purse = 0;
  std::vector<PurseEvent> events;
  std::set<PurseSighting> sightings;
  std::vector<PurseGrant> grants;
  std::vector<PurseReplacement> replacements;
  std::vector<EventPlace> blocks;  // that count

  bool empty() const {
    return events.empty() && sightings.empty() && grants.empty() && replacements.empty() &&
           blocks.empty();
  }
  PurseView evaluate(const CellContext& context) const;
  // Those that count, by line: of line 0 one, and of the others those to the same purse.
  std::map<std::uint32_t, const PurseReplacement*> replaced(const CellContext& context) const;
};

}  // namespace verbena::ledger
