// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ledger/core/result.h"

namespace verbena::node {

// "06:00" as minutes from midnight, up to noon; empty where it is none.
std::optional<std::uint32_t> minute_of_day(std::string_view text);
// Whether a zone's name has the form of one of the IANA database, such as "Europe/Madrid".
bool is_zone_name(std::string_view text);

// The days of a festival: each from a local hour to that of the next. The zone's rules are those of
// this machine's copy of the IANA database.
class FestivalDays {
 public:
  // As `Festival.time_zone` and `day_starts_minute` say it; without a zone in UTC. Errc::bad_input
  // where this machine does not know the zone, or the minute is after noon.
  static ledger::Result<FestivalDays> of(const std::string& zone, std::uint32_t starts_minute);

  // Days since 1970-01-01 of milliseconds since 1970; times after 9999 are on its last day.
  std::int64_t day_of(std::uint64_t at_ms) const;
  std::uint64_t start_ms(std::int64_t day) const;
  const std::string& text() const { return text_; }  // "Europe/Madrid 06:00"

 private:
  struct Zone;
  std::shared_ptr<const Zone> zone_;
  std::string text_;
  std::uint32_t starts_minute_ = 0;
};

// "2027-06-04".
std::string day_text(std::int64_t day);
std::optional<std::int64_t> parse_day(const std::string& text);

}  // namespace verbena::node
