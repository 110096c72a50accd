// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/secure_chip.h"

#include <catch2/catch.hpp>

#include "ledger/purse/short_band.h"

using namespace verbena;
using namespace verbena::node::nfc::secure;
using ledger::Bytes;
using ledger::Errc;

namespace {

Bytes slot_of(std::uint32_t credited, std::uint32_t debited) {
  ledger::BandSlot slot;
  slot.head.credited = credited;
  slot.head.debited = debited;
  return ledger::seal_slot(slot, 1, ledger::SigningKey::from_seed({7}));
}

}  // namespace

TEST_CASE("A choice is read as it was written and names only places that there are") {
  const auto frame = ledger::frame_of(slot_of(5000, 450));
  REQUIRE(frame.ok());
  for (std::size_t place = 0; place < places; ++place) {
    const Bytes bytes = encode_choice(choice_of(place, 1 - place, *frame));
    CHECK(bytes.size() == choice_bytes);
    const auto read = parse_choice(bytes);
    REQUIRE(read.ok());
    CHECK(read->frame == place);
    CHECK(read->certificate == 1 - place);
    CHECK(frame->substr(frame->size() - 64, read->seal.size()) == read->seal);
    for (const std::size_t at : {0, 1}) {
      Bytes wrong = bytes;
      wrong[at] = static_cast<char>(places);
      CHECK(parse_choice(wrong).error().code == Errc::bad_input);
    }
    CHECK(parse_choice(bytes.substr(1)).error().code == Errc::bad_input);
  }
}

TEST_CASE("A value is what is left of the credit, never less than nothing, and has an end") {
  CHECK(*value_beside(slot_of(0, 0)) == 0);
  CHECK(*value_beside(slot_of(5000, 450)) == 4550);
  CHECK(*value_beside(slot_of(450, 5000)) == 0);
  CHECK(*value_beside(slot_of(0xffffffff, 0x80000000)) == 0x7fffffff);
  CHECK(value_beside(slot_of(0x80000000, 0)).error().refusal ==
        ledger::Refusal::amount_out_of_range);
  CHECK(value_beside("no slot").error().code == Errc::bad_input);
}
