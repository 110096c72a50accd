// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ledger/core/bytes.h"
#include "ledger/core/money.h"

// What the shrinkage engine answers.
namespace verbena::ledger {

constexpr std::size_t finding_evidence_max = 64;  // the lowest ids are kept

// Names are part of the contract with programs; see finding_kind_name.
enum class FindingKind {
  variance,           // packaged goods missing at the count
  surplus,            // more goods than there should be
  yield,              // draught: portions drawn beyond what was sold and the yield explains
  creeping_variance,  // sheets of one holder or person that only together are too much
  voids,
  refunds,
  comps,
  waste,
  cash_share,  // less cash taken than by others
  silent_stand,
  slow_stand,
  drawer_short,
  device_gap,
  short_delivery,
};

constexpr FindingKind all_finding_kinds[] = {
    FindingKind::variance,   FindingKind::surplus,
    FindingKind::yield,      FindingKind::creeping_variance,
    FindingKind::voids,      FindingKind::refunds,
    FindingKind::comps,      FindingKind::waste,
    FindingKind::cash_share, FindingKind::silent_stand,
    FindingKind::slow_stand, FindingKind::drawer_short,
    FindingKind::device_gap, FindingKind::short_delivery};

const char* finding_kind_name(FindingKind kind);  // "creeping-variance"

// True where the money adds to the loss. The others are signs of a loss that the counts measure,
// and adding them would count it twice.
bool adds_to_loss(FindingKind kind);

struct FindingLine {
  std::uint32_t item = 0;
  std::int64_t units = 0;  // missing; negative for a surplus
  Minor money_minor = 0;   // at sales price
  bool beyond = false;     // this item alone is too much
};

struct StockFinding {
  FindingKind kind = FindingKind::variance;
  std::string holder;                 // empty where one person stands at several
  std::vector<std::string> persons;   // who was there; not who is guilty
  std::string subject;                // device or dispatch
  std::vector<std::uint64_t> sheets;  // or the shift of a drawer
  // Best estimate, not a worst case: honest error cancels in sums. Negative for a surplus.
  Minor money_minor = 0;  // at sales price
  Minor cost_minor = 0;   // at cost, where known
  std::int64_t units = 0;
  std::int64_t observed = 0;        // what was counted: sales, voids, cash sales
  std::int64_t expected_milli = 0;  // what it should have been, in thousandths
  // Of a stand's silence or slowness; else `until_s` is when the newest of it was told, 0: unknown.
  std::int64_t from_s = 0, until_s = 0;
  // Greatest probability of this in an honest case; 0 = known from evidence, nothing statistical.
  std::uint32_t false_alarm_ppm = 0;
  std::vector<FindingLine> lines;  // by item
  std::vector<Hash> evidence;      // sorted, distinct
};

// What was not judged: silence about it is no sign of honesty.
struct Unjudged {
  enum class Reason { provisional, not_counted, out_of_range };
  std::string holder;
  std::uint64_t sheet = 0;
  Reason reason = Reason::provisional;

  bool operator==(const Unjudged&) const = default;
};

struct ShrinkageReport {
  std::vector<StockFinding> findings;  // by holder, kind, sheets, subject
  std::vector<Unjudged> unjudged;

  __int128 loss_minor() const;  // over the kinds that add to it
};

}  // namespace verbena::ledger
