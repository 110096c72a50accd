// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace verbena::sim {

// What one till gave, as long as it remembered that, to copies of a band.
struct CloneVisit {
  std::string copy;        // the band as this till left it
  bool informed = true;    // each time it gave something it knew of another copy
  bool once = true;        // it was asked for one sale only
  bool past_known = true;  // it held the band's last step when it sold first
  std::string first_id;    // of that sale, 32 bytes
};

// A band that was copied once it was charged, and carried to till after till.
struct CloneRaid {
  std::uint64_t purse = 0;
  std::uint32_t counter = 0;     // of its last step when it was copied
  std::uint64_t held_minor = 0;  // B of the design's section 7
  std::string image;             // as it left the desk
  bool once = false;             // one sale a till, the largest it gives
  // By till and how often that was put back from a backup: then it knows nothing of its own sales.
  std::map<std::pair<std::size_t, std::uint64_t>, CloneVisit> visits;
};

}  // namespace verbena::sim
