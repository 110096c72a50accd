// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace verbena::ledger {

// Where an event about a purse is, and what the fold already said of it.
struct UnreadEvent {
  std::uint32_t log = 0;  // the state's log number
  std::uint32_t index = 0;
  bool is_evidence = false;  // else a step
  bool confirmed = false;
  bool rule_broken = false;
};

// Purses nobody has asked about: a till sees a few hundred bands of a site's hundred thousand, and
// keeps of the others only where their events are, some 6 bytes each.
class UnreadPurses {
 public:
  // What fits in those bytes; other events are read at once.
  static bool fits(std::uint64_t log, std::uint64_t index);

  void add(std::uint64_t purse, const UnreadEvent& event);
  bool contains(std::uint64_t purse) const { return find(purse) != none; }
  bool empty() const { return size_ == 0; }
  // In no order. What the fold said of them may be changed, where they are may not.
  void each(std::uint64_t purse, const std::function<void(UnreadEvent& event)>& visit);
  void forget(std::uint64_t purse);
  std::vector<std::uint64_t> purses(std::size_t most = SIZE_MAX) const;

 private:
  static constexpr std::size_t none = SIZE_MAX;
  // Some events of one purse, each as two varints that keep their length when a flag changes:
  // (log + 1) << 3 | flags, and index. 0 ends them.
  struct Block {
    static constexpr std::size_t bytes_max = 12;
    std::uint32_t before = 0;  // block number + 1; 0: none
    std::array<std::uint8_t, bytes_max> bytes{};
  };
  std::size_t home(std::uint64_t purse) const;
  std::size_t find(std::uint64_t purse) const;  // slot
  void put(std::uint64_t purse, std::uint32_t newest);
  void grow();
  std::uint32_t new_block(std::uint32_t before);

  // Open addressing with linear probing (Knuth, The Art of Computer Programming 3, 6.4): a slot is
  // a purse and the number + 1 of its newest block; 0: it is free.
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> newest_;
  std::size_t size_ = 0;
  std::deque<Block> blocks_;
  std::uint32_t free_ = 0;  // block number + 1
};

}  // namespace verbena::ledger
