// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/ev2_chip.h"

// What a chip with keys says of itself to anybody: whether it is a band, and of which festival.
namespace verbena::node::nfc {

// "VBAND003" || state u8 || festival u64 || purse u64 || zeros || first 4 bytes of SHA-256 over all
// before: what was done to a chip, for whom, and of which purse its key for presence is, or is to
// be, where it is not as delivered. Not every chip writes it whole; what was torn says nothing.
struct ChipMark {
  enum class State : std::uint8_t { none = 0, unfinished = 1, made = 2 };
  State state = State::none;
  std::uint64_t festival = 0;
  std::uint64_t purse = 0;  // 0: it proves nothing, or not with key 4
};
constexpr std::size_t chip_mark_bytes = 32;
ledger::Bytes encode_mark(const ChipMark& mark);
ChipMark parse_mark(std::string_view bytes);

// Why a tap finds no band of this festival there; done where the mark says that it does.
ledger::Status is_band_of(const ChipMark& mark, std::uint64_t festival);

}  // namespace verbena::node::nfc
