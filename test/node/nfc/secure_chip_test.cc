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
  const Bytes head = frame->substr(0, ledger::purse_head_bytes);
  for (std::size_t place = 0; place < places; ++place) {
    for (const std::int32_t change : {0, 450, -450, 0x7fffffff, -0x7fffffff}) {
      const Bytes bytes = encode_choice({place, 1 - place, change, digest_of_head(head)});
      CHECK(bytes.size() == choice_bytes);
      const auto read = parse_choice(bytes);
      REQUIRE(read.ok());
      CHECK(read->frame == place);
      CHECK(read->certificate == 1 - place);
      CHECK(read->change_minor == change);
      CHECK(read->digest == digest_of_head(head));
      Bytes wrong = bytes;
      wrong[0] = static_cast<char>(places * places);
      CHECK(parse_choice(wrong).error().code == Errc::bad_input);
      CHECK(parse_choice(bytes.substr(1)).error().code == Errc::bad_input);
    }
  }
}

TEST_CASE("A choice holds the digest of one head and of no other") {
  const Bytes head = ledger::frame_of(slot_of(5000, 450))->substr(0, ledger::purse_head_bytes);
  for (std::size_t i = 0; i < head.size(); ++i) {
    Bytes other = head;
    other[i] = static_cast<char>(other[i] ^ 1);
    CHECK(digest_of_head(other) != digest_of_head(head));
  }
  CHECK(digest_of_head(head).size() == choice_digest_bytes);
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
