// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/unread_purses.h"

#include <utility>

#include "ledger/core/result.h"

namespace verbena::ledger {

namespace {

constexpr std::uint16_t confirmed_flag = 1, rule_broken_flag = 2;
constexpr int flag_bits = 2;
constexpr std::uint64_t tags = (1U << (16 - flag_bits)) - 1;  // 0 is none

// The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint16_t tag_of(std::uint64_t purse) {
  return static_cast<std::uint16_t>(1 + mixed(purse) % tags);
}

// Its bit among 1,024: which of 16 numbers, and the bit in it.
std::pair<std::size_t, std::uint64_t> bit_of(std::uint64_t purse) {
  const std::uint64_t top = mixed(purse) >> 54;
  return {top / 64, std::uint64_t{1} << top % 64};
}

// Of the words from `at` on the first with this tag; else how many there are. Whole rows at first,
// which the compiler turns into a few wide comparisons.
std::size_t find_tag(const std::vector<std::uint16_t>& words, std::size_t at, std::uint16_t tag) {
  constexpr std::size_t row = 64;
  for (; at + row <= words.size(); at += row) {
    std::uint16_t hits = 0;
    for (std::size_t i = 0; i < row; ++i) {
      hits = static_cast<std::uint16_t>(hits | (words[at + i] >> flag_bits == tag ? 1 : 0));
    }
    if (hits != 0) break;
  }
  while (at < words.size() && words[at] >> flag_bits != tag) ++at;
  return at;
}

}  // namespace

void UnreadPurses::add(std::uint64_t purse, const UnreadEvent& event) {
  if (event.log >= logs_.size()) logs_.resize(event.log + 1);
  Log& log = logs_[event.log];
  if (log.left == 0) log.first = event.index;
  VERBENA_CHECK(event.index >= log.first + log.words.size());
  const std::size_t size = event.index - log.first + 1;
  // Thousands of logs grow slowly: what doubles would be half empty in most.
  if (size > log.words.capacity()) log.words.reserve(size + size / 8 + 4);
  log.words.resize(size, 0);
  log.words.back() = static_cast<std::uint16_t>(tag_of(purse) << flag_bits |
                                                (event.confirmed ? confirmed_flag : 0) |
                                                (event.rule_broken ? rule_broken_flag : 0));
  const auto [number, bit] = bit_of(purse);
  log.bits[number] |= bit;
  ++log.left;
  ++events_;
}

void UnreadPurses::confirm(std::uint32_t log, std::uint64_t index) {
  if (log >= logs_.size() || index < logs_[log].first) return;
  const std::uint64_t at = index - logs_[log].first;
  if (at < logs_[log].words.size() && logs_[log].words[at] != 0) {
    logs_[log].words[at] |= confirmed_flag;
  }
}

void UnreadPurses::show(std::uint32_t number, std::size_t at, const Visit& visit) {
  Log& log = logs_[number];
  const std::uint16_t word = log.words[at];
  if (!visit(
          {number, log.first + at, (word & confirmed_flag) != 0, (word & rule_broken_flag) != 0})) {
    return;
  }
  log.words[at] = 0;
  --events_;
  if (--log.left == 0) log = {};
}

void UnreadPurses::each(std::uint64_t purse, const Visit& visit) {
  const std::uint16_t tag = tag_of(purse);
  const auto [which, bit] = bit_of(purse);
  for (std::uint32_t number = 0; number < logs_.size(); ++number) {
    if ((logs_[number].bits[which] & bit) == 0) continue;
    const auto& words = logs_[number].words;
    for (std::size_t at = find_tag(words, 0, tag); at < words.size();
         at = find_tag(words, at + 1, tag)) {
      show(number, at, visit);
    }
  }
}

void UnreadPurses::some(std::size_t most, const Visit& visit) {
  for (std::uint32_t number = 0; number < logs_.size() && most > 0; ++number) {
    const auto& words = logs_[number].words;
    for (std::size_t at = 0; at < words.size() && most > 0; ++at) {
      if (words[at] == 0) continue;
      show(number, at, visit);
      --most;
    }
  }
}

}  // namespace verbena::ledger
