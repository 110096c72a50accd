// SPDX-License-Identifier: Apache-2.0
#include "replication/run_parts.h"

namespace verbena::replication {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using schemas::Run;

std::vector<Run> cut_run(Run run, std::size_t part_bytes) {
  std::vector<Run> out;
  if (run.ByteSizeLong() <= part_bytes + part_bytes / 2) {
    out.push_back(std::move(run));
    return out;
  }
  std::size_t bytes = 0;
  for (int i = 0; i < run.event_size(); ++i) {
    if (out.empty() || bytes >= part_bytes) {
      Run& part = out.emplace_back();
      *part.mutable_log() = run.log();
      part.set_first(run.first() + static_cast<std::uint64_t>(i));
      part.set_continues(i > 0);
      bytes = 0;
    }
    bytes += run.event(i).size();
    out.back().add_event(std::move(*run.mutable_event(i)));
  }
  *out.back().mutable_head() = std::move(*run.mutable_head());
  return out;
}

Result<std::optional<Run>> RunParts::add(const Run& run) {
  if (run.has_head() && !run.continues()) return std::optional(run);
  if (!run.continues()) {
    begun_ = run;
    bytes_ = run.ByteSizeLong();
    return std::optional<Run>();
  }
  const auto next = begun_ ? begun_->first() + static_cast<std::uint64_t>(begun_->event_size()) : 0;
  if (!begun_ || next != run.first() ||
      begun_->log().SerializeAsString() != run.log().SerializeAsString()) {
    return std::optional<Run>();  // a later comparison brings it whole
  }
  bytes_ += run.ByteSizeLong();
  if (bytes_ > joined_bytes_max) {
    begun_.reset();
    return Error{Errc::bad_input, "a run in parts is too large"};
  }
  begun_->mutable_event()->MergeFrom(run.event());
  if (!run.has_head()) return std::optional<Run>();
  *begun_->mutable_head() = run.head();
  return std::exchange(begun_, std::nullopt);
}

}  // namespace verbena::replication
