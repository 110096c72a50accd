// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ledger/core/log.h"
#include "schemas/event.pb.h"

namespace verbena::ledger {

constexpr std::uint32_t event_version = 1;
constexpr std::size_t event_bytes_max = 16 * 1024;
constexpr int postings_max = 64;
constexpr int moves_max = 64;
constexpr int lines_max = 64;
constexpr std::size_t purse_prefix_bytes = 12;
constexpr std::uint32_t meals_max = 255;  // of one purse, over a festival: a band counts them so

using PursePrefix = std::array<std::uint8_t, purse_prefix_bytes>;
PursePrefix purse_prefix(const Hash& event_id);

// Parses into `out` (reuse it: twice as fast as a new object). Says what is wrong by field. Unknown
// kinds and unknown fields pass: relays keep the bytes.
Status parse_event(std::string_view bytes, schemas::Event& out);

// Where an event stands: its author's log and its index there.
struct EventPlace {
  Hash log{};
  std::uint64_t index = 0;
  auto operator<=>(const EventPlace&) const = default;
};

}  // namespace verbena::ledger
