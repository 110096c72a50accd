// SPDX-License-Identifier: Apache-2.0
#include "node/tap_tally.h"

#include "ledger/core/result.h"

namespace verbena::node {

using ledger::Refusal;
using ledger::refusal_code;

void TapTally::began(const schemas::OperateReply& reply) {
  const std::string& refused = reply.refused().code();
  if (refused == refusal_code(Refusal::approval_needed)) return;
  ++taps_;
  if (refused == refusal_code(Refusal::purse_frozen)) ++blocked_;
}

schemas::TapCounts TapTally::counts() const {
  schemas::TapCounts out;
  out.set_taps(taps_);
  out.set_torn(torn_);
  out.set_blocked(blocked_);
  return out;
}

}  // namespace verbena::node
