// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/support/beside.h"

// Gifts, tips, ages and deposits of a random festival, and what somebody claims of them.
namespace verbena::test {

// Something that the product's own rules do or refuse. A sale's reply, where there was one.
std::optional<schemas::OperateReply> do_beside(World& world, Device& till, Device& desk,
                                               Band& band);
// Something that no build writes, about this band.
void lie_beside(World& world, Device& liar, const Band& band);

}  // namespace verbena::test
