// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace verbena::sim {

// A day of a whole festival: what so many devices weigh together, how long they take, and whether
// all hold the same in the end. Tills follow their zone, all others hold everything. Devices meet
// each half hour by the product's own sessions; nothing else goes wrong.
struct SiteOptions {
  std::uint64_t seed = 1;
  std::size_t nodes = 1'000;
  std::size_t full = 60;  // of these hold everything: the hub, desks
  std::uint64_t sales = 500'000;
};

struct SiteDay {
  std::size_t zones = 0, stands = 0;
  std::uint64_t sales = 0, by_band = 0, top_ups = 0;
  std::uint64_t meetings = 0;
  std::uint64_t events = 0;          // that the hub holds
  std::uint64_t copies = 0;          // of events, on all devices together
  std::size_t rounds_after_day = 0;  // of meetings, until all agreed
  bool same_digest = false;          // at all that hold everything
  bool same_scopes = false;          // at each till: all of what it follows
  std::string digest;
  std::vector<std::string>
      violations;  // refusals, and money that is not what was sold and topped up

  bool passed() const { return same_digest && same_scopes && violations.empty(); }
};

SiteDay run_site(const SiteOptions& options);
std::string site_json(const SiteOptions& options, const SiteDay& day, double wall_s,
                      std::uint64_t peak_bytes);

}  // namespace verbena::sim
