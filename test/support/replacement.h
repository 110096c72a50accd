// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/band.h"
#include "test/support/world.h"

// Requests for bands that are lost.
namespace verbena::test {

inline std::uint64_t purse_of(const Band& band) {
  return ledger::decode_slot(ledger::decode_band(band.image)->slots[0])->head.purse;
}

inline schemas::OperateRequest block_request(std::uint64_t purse) {
  schemas::OperateRequest out;
  out.mutable_block()->set_purse(purse);
  out.mutable_block()->set_reason("lost");
  return out;
}

inline schemas::OperateRequest replace_request(std::uint64_t purse) {
  schemas::OperateRequest out;
  out.mutable_replace()->set_purse(purse);
  out.mutable_replace()->set_reason("lost");
  return out;
}

}  // namespace verbena::test
