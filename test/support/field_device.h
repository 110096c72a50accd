// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/support/world.h"

// A device that the root never saw: enrolled by supervisors, known to the hub, with one event.
namespace verbena::test {

struct FieldDevice {
  Device device;
  std::string event;  // id, hex
};

// `signers[0]` publishes the certificate.
std::unique_ptr<FieldDevice> enrol_on_the_field(World& world, Device& hub, schemas::Role role,
                                                const std::string& alias,
                                                const std::vector<Device*>& signers);

}  // namespace verbena::test
