// SPDX-License-Identifier: Apache-2.0
#include "replication/pace.h"

#include <algorithm>

namespace verbena::replication {

void Pace::took(std::uint64_t events, std::uint64_t now_ms) {
  if (selling(now_ms)) due_ = std::max(due_, now_ms * paced_events_per_ms) + events;
}

std::uint64_t Pace::wait_ms(std::uint64_t now_ms) const {
  const std::uint64_t allowed = now_ms * paced_events_per_ms + paced_burst;
  if (!selling(now_ms) || due_ <= allowed) return 0;
  return (due_ - allowed + paced_events_per_ms - 1) / paced_events_per_ms;
}

}  // namespace verbena::replication
