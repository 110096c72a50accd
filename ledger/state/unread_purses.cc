// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/unread_purses.h"

#include <algorithm>
#include <utility>

#include "ledger/core/result.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t slots_first = 16;
constexpr std::uint32_t flag_bits = 3;
constexpr std::uint32_t flag_mask = (1U << flag_bits) - 1;
constexpr std::size_t varint_bytes_max = 5;  // of 32 bits

std::uint32_t marked(const UnreadEvent& event) {
  return (event.log + 1) << flag_bits | (event.is_evidence ? 1U : 0U) |
         (event.confirmed ? 2U : 0U) | (event.rule_broken ? 4U : 0U);
}

// Both return how many bytes it took.
std::size_t put_varint(std::uint32_t value, std::uint8_t* out) {
  std::size_t bytes = 0;
  for (; value >= 0x80; value >>= 7) out[bytes++] = static_cast<std::uint8_t>(value | 0x80);
  out[bytes++] = static_cast<std::uint8_t>(value);
  return bytes;
}

std::size_t take_varint(const std::uint8_t* in, std::uint32_t& value) {
  value = 0;
  for (std::size_t bytes = 0;; ++bytes) {
    value |= static_cast<std::uint32_t>(in[bytes] & 0x7f) << (7 * bytes);
    if ((in[bytes] & 0x80) == 0) return bytes + 1;
  }
}

// The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

bool UnreadPurses::fits(std::uint64_t log, std::uint64_t index) {
  return log + 1 < (UINT64_C(1) << (32 - flag_bits)) && index <= UINT32_MAX;
}

// The high half of a product: any number of slots will do.
std::size_t UnreadPurses::home(std::uint64_t purse) const {
  return static_cast<std::size_t>(static_cast<unsigned __int128>(mix(purse)) * keys_.size() >> 64);
}

std::size_t UnreadPurses::find(std::uint64_t purse) const {
  if (size_ == 0) return none;
  for (std::size_t at = home(purse); newest_[at] != 0; at = at + 1 == keys_.size() ? 0 : at + 1) {
    if (keys_[at] == purse) return at;
  }
  return none;
}

void UnreadPurses::put(std::uint64_t purse, std::uint32_t newest) {
  std::size_t at = home(purse);
  while (newest_[at] != 0) at = at + 1 == keys_.size() ? 0 : at + 1;
  keys_[at] = purse;
  newest_[at] = newest;
}

void UnreadPurses::grow() {
  const auto keys = std::move(keys_);
  const auto newest = std::move(newest_);
  const std::size_t slots = std::max(slots_first, keys.size() + keys.size() / 4);
  keys_.assign(slots, 0);
  newest_.assign(slots, 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (newest[i] != 0) put(keys[i], newest[i]);
  }
}

std::uint32_t UnreadPurses::new_block(std::uint32_t before) {
  std::uint32_t number = free_;
  if (number != 0) {
    free_ = blocks_[number - 1].before;
  } else {
    blocks_.emplace_back();
    number = static_cast<std::uint32_t>(blocks_.size());
    VERBENA_CHECK(number != 0);
  }
  blocks_[number - 1] = {before, {}};
  return number;
}

void UnreadPurses::add(std::uint64_t purse, const UnreadEvent& event) {
  VERBENA_CHECK(fits(event.log, event.index));
  std::array<std::uint8_t, 2 * varint_bytes_max> bytes;
  std::size_t count = put_varint(marked(event), bytes.data());
  count += put_varint(event.index, bytes.data() + count);

  std::size_t slot = find(purse);
  if (slot == none) {
    if ((size_ + 1) * 8 > keys_.size() * 7) grow();  // an eighth of the slots is free
    put(purse, new_block(0));
    ++size_;
    slot = find(purse);
  }
  const auto taken = [](const Block& block) {
    std::size_t at = 0;
    for (std::uint32_t value = 0; at < Block::bytes_max && block.bytes[at] != 0;) {
      at += take_varint(block.bytes.data() + at, value);
      at += take_varint(block.bytes.data() + at, value);
    }
    return at;
  };
  std::size_t at = taken(blocks_[newest_[slot] - 1]);
  if (at + count > Block::bytes_max) {
    newest_[slot] = new_block(newest_[slot]);
    at = 0;
  }
  std::copy_n(bytes.begin(), count, blocks_[newest_[slot] - 1].bytes.begin() + at);
}

void UnreadPurses::each(std::uint64_t purse, const std::function<void(UnreadEvent& event)>& visit) {
  const std::size_t slot = find(purse);
  if (slot == none) return;
  for (std::uint32_t number = newest_[slot]; number != 0; number = blocks_[number - 1].before) {
    Block& block = blocks_[number - 1];
    for (std::size_t at = 0; at < Block::bytes_max && block.bytes[at] != 0;) {
      const std::size_t first = at;
      std::uint32_t mark = 0, index = 0;
      at += take_varint(block.bytes.data() + at, mark);
      at += take_varint(block.bytes.data() + at, index);
      UnreadEvent event{(mark >> flag_bits) - 1, index, (mark & 1U) != 0, (mark & 2U) != 0,
                        (mark & 4U) != 0};
      visit(event);
      const std::uint32_t now = (mark & ~flag_mask) | (marked(event) & flag_mask);
      if (now != mark) put_varint(now, block.bytes.data() + first);
    }
  }
}

void UnreadPurses::forget(std::uint64_t purse) {
  std::size_t hole = find(purse);
  if (hole == none) return;
  for (std::uint32_t number = newest_[hole]; number != 0;) {
    const std::uint32_t before = std::exchange(blocks_[number - 1].before, free_);
    free_ = number;
    number = before;
  }
  // Whoever stands behind the hole and could stand in it moves up, so that no probe ends there.
  newest_[hole] = 0;
  --size_;
  const std::size_t slots = keys_.size();
  for (std::size_t at = (hole + 1) % slots; newest_[at] != 0; at = (at + 1) % slots) {
    const std::size_t from_home = (at + slots - home(keys_[at])) % slots;
    if (from_home < (at + slots - hole) % slots) continue;
    keys_[hole] = keys_[at];
    newest_[hole] = newest_[at];
    newest_[at] = 0;
    hole = at;
  }
  if (size_ == 0) *this = {};
}

std::vector<std::uint64_t> UnreadPurses::purses(std::size_t most) const {
  std::vector<std::uint64_t> out;
  out.reserve(std::min(size_, most));
  for (std::size_t i = 0; i < keys_.size() && out.size() < most; ++i) {
    if (newest_[i] != 0) out.push_back(keys_[i]);
  }
  return out;
}

}  // namespace verbena::ledger
