// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/finding.h"

namespace verbena::ledger {

const char* finding_kind_name(FindingKind kind) {
  switch (kind) {
    case FindingKind::variance: return "variance";
    case FindingKind::surplus: return "surplus";
    case FindingKind::yield: return "yield";
    case FindingKind::creeping_variance: return "creeping-variance";
    case FindingKind::voids: return "voids";
    case FindingKind::refunds: return "refunds";
    case FindingKind::comps: return "comps";
    case FindingKind::waste: return "waste";
    case FindingKind::cash_share: return "cash-share";
    case FindingKind::silent_stand: return "silent-stand";
    case FindingKind::slow_stand: return "slow-stand";
    case FindingKind::drawer_short: return "drawer-short";
    case FindingKind::device_gap: return "device-gap";
    case FindingKind::short_delivery: return "short-delivery";
  }
  return "";
}

bool adds_to_loss(FindingKind kind) {
  switch (kind) {
    case FindingKind::variance:
    case FindingKind::surplus:
    case FindingKind::yield:
    case FindingKind::creeping_variance:
    case FindingKind::comps:  // recorded, so no count misses these
    case FindingKind::waste:
    case FindingKind::drawer_short:
    case FindingKind::device_gap:
    case FindingKind::short_delivery: return true;
    case FindingKind::voids:
    case FindingKind::refunds:
    case FindingKind::cash_share:
    case FindingKind::silent_stand:
    case FindingKind::slow_stand: return false;
  }
  return false;
}

__int128 ShrinkageReport::loss_minor() const {
  __int128 sum = 0;
  for (const auto& finding : findings) {
    if (adds_to_loss(finding.kind)) sum += finding.money_minor;
  }
  return sum;
}

}  // namespace verbena::ledger
