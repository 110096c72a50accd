// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/support/vouchers.h"

// Gifts, tips, ages and deposits of a random festival, and what somebody claims of them.
namespace verbena::test {

// Something that the product's own rules do or refuse. A sale's reply, where there was one.
std::optional<schemas::OperateReply> do_beside(World& world, Device& till, Device& desk,
                                               Band& band);
// Something that no build writes, about this band.
void lie_beside(World& world, Device& liar, const Band& band);

// Vouchers of a festival of zones: issued by the desk, and shown at tills more than once.
struct VoucherDrawer {
  std::vector<std::string> codes;
  // One of the last: what is shown again is shown soon.
  const std::string& any(SeededRandom& random) const;
  // The reply of a sale, where there was one.
  std::optional<schemas::OperateReply> use(World& world, Device& till, Device& desk);
  // Something that no build writes: an issue, a sale, a void.
  void lie(World& world, Device& liar);
};

}  // namespace verbena::test
