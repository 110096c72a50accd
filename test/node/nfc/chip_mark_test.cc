// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/chip_mark.h"

#include <catch2/catch.hpp>

using namespace verbena;
using namespace verbena::node::nfc;
using ledger::Bytes;
using ledger::Refusal;
using State = ChipMark::State;

namespace {

constexpr std::uint64_t festival = 0x0102030405060708, purse = 0x8877665544332211;

}  // namespace

TEST_CASE("A mark is read as it was written and says why there is no band") {
  for (const State state : {State::unfinished, State::made}) {
    const auto mark = parse_mark(encode_mark({state, festival, purse}));
    CHECK(mark.state == state);
    CHECK(mark.festival == festival);
    CHECK(mark.purse == purse);
    CHECK(is_band_of(mark, festival).ok() == (state == State::made));
    CHECK(is_band_of(mark, festival + 1).error().refusal == Refusal::other_festival);
  }
  CHECK(is_band_of({State::unfinished, festival}, festival).error().refusal ==
        Refusal::band_unfinished);
  CHECK(is_band_of({}, festival).error().refusal == Refusal::band_unfinished);
}

TEST_CASE("A mark that was torn over another says nothing false") {
  const Bytes begun = encode_mark({State::unfinished, festival, purse}),
              made = encode_mark({State::made, festival, purse}), none(chip_mark_bytes, '\0');
  for (const auto& [before, after] :
       {std::pair(none, begun), std::pair(begun, made), std::pair(made, begun),
        std::pair(begun, none), std::pair(encode_mark({State::made, ~festival}), begun)}) {
    for (std::size_t bytes = 0; bytes <= chip_mark_bytes; ++bytes) {
      const Bytes torn = after.substr(0, bytes) + before.substr(bytes);
      const auto mark = parse_mark(torn);
      CAPTURE(bytes, static_cast<int>(mark.state));
      if (mark.state == State::none) continue;
      const Bytes whole = encode_mark(mark);
      CHECK((whole == before || whole == after));
    }
  }
}
