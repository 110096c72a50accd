// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/voucher.h"
#include "test/support/beside.h"

// A festival of two zones, and the requests about vouchers.
namespace verbena::test {

// `lending_festival` in two zones.
inline schemas::Festival zoned_festival() {
  schemas::Festival out = lending_festival();
  place_in_zones(out);
  return out;
}

// An approval is for these vouchers, so the intent is said from the start.
inline schemas::OperateRequest issue_request(std::uint64_t amount_minor, std::uint32_t count,
                                             std::uint64_t intent, const std::string& zone = {}) {
  schemas::OperateRequest out;
  out.set_intent(intent);
  auto* issue = out.mutable_issue_vouchers();
  issue->set_amount_minor(amount_minor);
  issue->set_count(count);
  issue->set_zone(zone);
  issue->set_tender("cash");
  return out;
}

inline schemas::OperateRequest pay_request(const std::string& sku,
                                           const std::vector<std::string>& codes) {
  auto out = sell_request(sku, 1, "cash");
  for (const auto& code : codes) out.mutable_sell()->add_voucher(code);
  return out;
}

}  // namespace verbena::test
