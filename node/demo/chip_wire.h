// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// How the demonstration talks with the program that is its chips, over that program's stdin and
// stdout. A message is its length u16, big-endian, and so many bytes; each is answered by one.
namespace verbena::node {

constexpr const char* chip_program = "verbena-chips";

enum class ChipCommand : std::uint8_t {  // the first byte of what the program is told
  add = 1,         // one chip more, as delivered; the first is number 0. Answer: empty
  place = 2,       // number u32, leaves u8: it comes into the field. Answer: its ATR
  transceive = 3,  // an APDU to what is in the field. Answer: as a reader gives it; empty: it left
};

// When a band leaves the reader's field.
enum class Leaves : std::uint8_t {
  afterwards = 0,    // when it is done with
  before_write = 1,  // as it is to be written: it is as before
  after_write = 2,   // written, but nobody was told
};

}  // namespace verbena::node
