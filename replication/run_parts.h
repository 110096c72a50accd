// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ledger/core/result.h"
#include "schemas/sync.pb.h"

// A run ends at a kept head, so 64 sales are the least that can be admitted; on a slow link they
// are a second, and a revocation waits behind them on every hop. So they are sent in parts, between
// which others' runs go.
namespace verbena::replication {

constexpr std::size_t joined_bytes_max = 1 << 20;  // of a run that came in parts

// In order: parts of about `part_bytes` each, an event at least. One, as it was, where it is short.
std::vector<schemas::Run> cut_run(schemas::Run run, std::size_t part_bytes);

// What one end of a stream has received of the run that comes in parts; one run at a time.
class RunParts {
 public:
  // The whole run once its last part is there, nothing before, and nothing for a part of which the
  // beginning never came. Errc::bad_input: the parts come to more than joined_bytes_max.
  ledger::Result<std::optional<schemas::Run>> add(const schemas::Run& run);

 private:
  std::optional<schemas::Run> begun_;
  std::size_t bytes_ = 0;
};

}  // namespace verbena::replication
