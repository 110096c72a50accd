// SPDX-License-Identifier: Apache-2.0
#include "node/festival_day.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>
#include <cctype>

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::size_t zone_bytes_max = 64;
constexpr std::uint32_t starts_minute_max = 12 * 60;
constexpr std::uint64_t last_ms = 253'402'300'799'999;  // of 9999
constexpr const char* no_zone = "UTC";

}  // namespace

struct FestivalDays::Zone {
  absl::TimeZone rules;
};

std::optional<std::uint32_t> minute_of_day(std::string_view text) {
  const auto digit = [&](std::size_t at) {
    return std::isdigit(static_cast<unsigned char>(text[at])) != 0;
  };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  if (!digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
  const auto two = [&](std::size_t at) {
    return static_cast<std::uint32_t>((text[at] - '0') * 10 + (text[at + 1] - '0'));
  };
  const std::uint32_t minute = two(0) * 60 + two(3);
  if (two(3) > 59 || minute > starts_minute_max) return std::nullopt;
  return minute;
}

bool is_zone_name(std::string_view text) {
  if (text.empty() || text.size() > zone_bytes_max) return false;
  bool begins = true;  // a part between two slashes
  for (const char c : text) {
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    const bool other = std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
                       c == '+' || c == '/';
    if (!letter && (begins || !other)) return false;
    begins = c == '/';
  }
  return !begins;
}

Result<FestivalDays> FestivalDays::of(const std::string& named, std::uint32_t starts_minute) {
  const std::string zone = named.empty() ? no_zone : named;
  if (starts_minute > starts_minute_max) {
    return Error{Errc::bad_input, "day_starts: a day starts before noon"};
  }
  FestivalDays out;
  out.starts_minute_ = starts_minute;
  out.text_ = zone;
  if (starts_minute > 0) {
    char hour[16];
    std::snprintf(hour, sizeof hour, " %02u:%02u", starts_minute / 60, starts_minute % 60);
    out.text_ += hour;
  }
  auto rules = std::make_shared<Zone>();
  if (!is_zone_name(zone) || !absl::LoadTimeZone(zone, &rules->rules)) {
    return Error{Errc::bad_input, "time_zone: this machine does not know \"" + zone +
                                      "\"; is the package tzdata installed?"};
  }
  out.zone_ = std::move(rules);
  return out;
}

std::uint64_t FestivalDays::start_ms(std::int64_t day) const {
  const absl::CivilMinute start =
      absl::CivilMinute(absl::CivilDay(1970, 1, 1) + day) + starts_minute_;
  const auto found = zone_->rules.At(absl::CivilSecond(start));
  // Of an hour that the clock skips the moment it does so, of one that comes twice the first.
  const absl::Time at = found.kind == absl::TimeZone::TimeInfo::SKIPPED ? found.trans : found.pre;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, absl::ToUnixMillis(at)));
}

std::int64_t FestivalDays::day_of(std::uint64_t at_ms) const {
  const auto ms = static_cast<std::int64_t>(std::min(at_ms, last_ms));
  const auto local = zone_->rules.At(absl::FromUnixMillis(ms)).cs;
  const absl::CivilDay near(absl::CivilMinute(local) - starts_minute_);
  std::int64_t day = near - absl::CivilDay(1970, 1, 1);
  while (start_ms(day) > static_cast<std::uint64_t>(ms)) --day;
  while (start_ms(day + 1) <= static_cast<std::uint64_t>(ms)) ++day;
  return day;
}

std::string day_text(std::int64_t day) {
  const absl::CivilDay civil = absl::CivilDay(1970, 1, 1) + day;
  char text[32];
  std::snprintf(text, sizeof text, "%04lld-%02d-%02d", static_cast<long long>(civil.year()),
                civil.month(), civil.day());
  return text;
}

std::optional<std::int64_t> parse_day(const std::string& text) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  for (const std::size_t at : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (!is_digit(text[at])) return std::nullopt;
  }
  const absl::CivilDay civil(std::stoi(text.substr(0, 4)), std::stoi(text.substr(5, 2)),
                             std::stoi(text.substr(8, 2)));
  const std::int64_t day = civil - absl::CivilDay(1970, 1, 1);
  if (day < 0 || day_text(day) != text) return std::nullopt;  // such as February 30
  return day;
}

}  // namespace verbena::node
