// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace verbena::ledger {

// Where an event about a purse is, and what the fold already said of it.
struct UnreadEvent {
  std::uint32_t log = 0;  // the state's log number
  std::uint64_t index = 0;
  bool confirmed = false;
  bool rule_broken = false;
};

// Purses nobody has asked about: a till sees a few hundred bands of a site's hundred thousand. Of
// their events it keeps two bytes each, in the order of their log: a tag of the purse, which one in
// 16,383 others shares, and what the fold said. Who asks for a purse looks through the tags of each
// log that may have it.
class UnreadPurses {
 public:
  // Of one log in the order of its indices.
  void add(std::uint64_t purse, const UnreadEvent& event);
  void confirm(std::uint32_t log, std::uint64_t index);  // where none is, nothing
  bool empty() const { return events_ == 0; }

  // Returns whether the event is read now, and so no longer here.
  using Visit = std::function<bool(const UnreadEvent& event)>;
  // All that may be about this purse, by log and index.
  void each(std::uint64_t purse, const Visit& visit);
  // So many at most of all there are.
  void some(std::size_t most, const Visit& visit);

 private:
  struct Log {
    std::uint64_t first = 0;               // index of the first word
    std::vector<std::uint16_t> words;      // tag and flags; 0: nothing is unread there
    std::uint64_t left = 0;                // words that are not 0
    std::array<std::uint64_t, 16> bits{};  // of the purses that were here: most logs have few
  };
  void show(std::uint32_t log, std::size_t at, const Visit& visit);

  std::vector<Log> logs_;  // by number
  std::uint64_t events_ = 0;
};

}  // namespace verbena::ledger
