// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/result.h"
#include "node/demo/chip_wire.h"
#include "schemas/terminal.pb.h"

namespace verbena::node {

// Customers who take their band away in mid-write: one in so many, in turn before the band is
// written and after.
class Haste {
 public:
  Leaves next() {
    if (++taps_ % one_in != 0) return Leaves::afterwards;
    return taps_ / one_in % 2 != 0 ? Leaves::before_write : Leaves::after_write;
  }

 private:
  static constexpr std::uint64_t one_in = 20;
  std::uint64_t taps_ = 0;
};

// The till does not know yet whether the band was written: it asks to tap again.
inline bool is_torn(const ledger::Result<schemas::OperateReply>& reply) {
  return reply && reply->refused().code() == ledger::refusal_code(ledger::Refusal::tap_again);
}

}  // namespace verbena::node
