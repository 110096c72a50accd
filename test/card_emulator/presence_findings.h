// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "node/presence_check.h"
#include "test/support/world.h"

namespace verbena::test {

// What an auditor with the keys says of the presence of signed bands in a device's store.
inline std::vector<ledger::Finding> presence_findings(const Device& device, const World& world,
                                                      const node::BandKeys& keys) {
  auto report = ledger::audit(*device.store, world.root);
  VERBENA_CHECK(report.ok());
  VERBENA_CHECK(node::audit_presence(*device.store, keys, *report).ok());
  std::vector<ledger::Finding> out;
  for (const auto& finding : report->findings) {
    if (finding.kind.starts_with("presence-") || finding.kind == "phantom") out.push_back(finding);
  }
  return out;
}

inline std::size_t count_of(const std::vector<ledger::Finding>& findings, std::string_view kind) {
  return static_cast<std::size_t>(std::count_if(
      findings.begin(), findings.end(), [&](const auto& finding) { return finding.kind == kind; }));
}

}  // namespace verbena::test
