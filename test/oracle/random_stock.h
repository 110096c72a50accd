// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/support/world.h"

// What happens with goods and cash in a random festival, and what somebody claims that happened.
namespace verbena::test {

// Something a till, a store or a desk does by the product's own rules.
void keep_stock(World& world, Device& at, Device& store);
// A void of this sale, with the approvals of so many as are asked for, or of fewer.
void void_approved(World& world, Device& at, const std::string& sale);
// Something that no build writes, by this device or a supervisor; `others` are logs and devices to
// lie about.
void lie_about_stock(World& world, Device& somebody, const std::vector<Device*>& others);

}  // namespace verbena::test
