// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/signed_maker.h"

#include <catch2/catch.hpp>

#include "ledger/purse/presence.h"
#include "test/card_emulator/chip_bands.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Errc;
using ledger::Refusal;
using test::Device;
using test::SignedField;
using test::SmartCard;
using test::Tear;

namespace {

// What a chip is to anybody who has no keys.
bool is_as_delivered(SmartCard& card, ledger::Random& random) {
  SmartCard delivered = SmartCard::ntag424(random);
  const auto same = [](const test::CardFile& a, const test::CardFile& b) {
    return a.wire == b.wire && a.read == b.read && a.write == b.write &&
           a.read_write == b.read_write && a.change == b.change && a.data == b.data &&
           a.message == b.message;
  };
  for (auto& [number, file] : card.files) {
    if (!same(file, delivered.files[number])) return false;
  }
  return card.keys == delivered.keys;
}

}  // namespace

TEST_CASE("A made band has keys of its own and is read by those who have the festival's") {
  SignedField field;
  const Bytes image = field.new_image();
  const auto made = field.make(image, {});
  REQUIRE(made.ok());
  CHECK(made->image == image);
  CHECK_FALSE(made->was_made);
  Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
  CHECK(*field.read(pos) == image);
  std::set<Bytes> keys;
  for (const auto& [number, key] : field.card.keys) keys.insert(key);
  CHECK(keys.size() == node::nfc::chip_keys);
  CHECK_FALSE(keys.contains(Bytes(16, '\0')));
  for (const auto& [number, version] : field.card.key_versions) CHECK(version == 1);
  // Nobody reads or writes it without a key.
  for (const int number : {2, 3}) {
    const auto& file = field.card.files[number];
    for (const int right : {file.read, file.write, file.read_write, file.change}) {
      CHECK(right < node::nfc::chip_keys);
    }
    CHECK(file.wire == test::Wire::enciphered);
  }
}

TEST_CASE("A purse on an NTAG 424 DNA says that its steps are to be proven") {
  SignedField field;
  const auto made = field.make();
  REQUIRE(made.ok());
  CHECK(ledger::proves_presence(test::purse_of(made->image)));
}

TEST_CASE("A band from before chips proved anything is made again, or wiped") {
  for (const bool again : {true, false}) {
    SignedField field;
    const auto made = field.make();
    REQUIRE(made.ok());
    const auto number = node::nfc::presence_key_number;
    field.card.keys[number] =
        ledger::to_bytes(*node::nfc::key_of_chip(field.keys, made->uid, number));
    field.card.files[2].message.reset();
    field.card.files[1].data.replace(0, 8, "VBAND002");
    Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
    CHECK(field.read(pos).error().refusal == Refusal::band_unfinished);
    if (again) {
      const auto anew = field.make();
      REQUIRE(anew.ok());
      CHECK(*field.read(pos) == anew->image);
    } else {
      REQUIRE(field.unmake().ok());
      CHECK(is_as_delivered(field.card, field.world.random));
    }
  }
}

TEST_CASE("Wherever the making of a band is cut short it is made at the next try") {
  SignedField first;
  REQUIRE(first.make().ok());
  const auto tears = test::tears_of(first.card.field());
  CHECK(tears.size() > 100);
  std::size_t unfinished = 0;
  for (const auto& tear : tears) {
    CAPTURE(static_cast<int>(tear.at), tear.count, tear.bytes);
    SignedField field;
    Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
    const auto torn = field.make(tear);
    CHECK_FALSE(torn.ok());
    const auto tapped = field.read(pos);
    if (!tapped) {
      CHECK(tapped.error().refusal == Refusal::band_unfinished);
      ++unfinished;
    }
    // Torn once more at the same place, then left in the field.
    (void)field.make(tear);
    const auto made = field.make();
    REQUIRE(made.ok());
    CHECK(*field.read(pos) == made->image);
  }
  CHECK(unfinished > 90);
}

TEST_CASE("A wiped band is a chip as delivered, wherever the wiping was cut short") {
  SignedField first;
  REQUIRE(first.make().ok());
  REQUIRE(first.unmake().ok());
  CHECK(is_as_delivered(first.card, first.world.random));
  for (const auto& tear : test::tears_of(first.card.field())) {
    CAPTURE(static_cast<int>(tear.at), tear.count, tear.bytes);
    SignedField field;
    Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
    REQUIRE(field.make().ok());
    CHECK_FALSE(field.unmake(tear).ok());
    const auto tapped = field.read(pos);
    if (!tapped) CHECK(tapped.error().refusal == Refusal::band_unfinished);
    REQUIRE(field.unmake().ok());
    CHECK(is_as_delivered(field.card, field.world.random));
    REQUIRE(field.make().ok());
  }
}

TEST_CASE("A band that was used is not made anew, and one that was not is left as it is") {
  SignedField field;
  Device& desk = field.world.add(schemas::TOP_UP_DESK, "desk");
  const Bytes image = field.new_image();
  REQUIRE(field.make(image, {}).ok());
  const auto again = field.make();
  REQUIRE(again.ok());
  CHECK(again->was_made);
  CHECK(again->image == image);
  REQUIRE(field.tap(desk, SignedField::top_up(1, 1000))->has_done());
  const auto refused = field.make();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::bad_input);
  const auto used = field.read(desk);
  REQUIRE(used.ok());
  REQUIRE(field.unmake().ok());
  CHECK(field.make(*used, {}).error().code == Errc::bad_input);  // an old purse on a new band
  CHECK(field.make(field.world.band().image, {}).error().code == Errc::bad_input);
  REQUIRE(field.make().ok());
}

TEST_CASE("A chip of another festival, or with somebody else's keys, is left as it is") {
  SignedField field;
  REQUIRE(field.make().ok());
  const auto files = field.card.files[2].data;
  ++field.keys.festival;
  CHECK(field.make().error().refusal == Refusal::other_festival);
  CHECK(field.unmake().error().refusal == Refusal::other_festival);
  SignedField begun;  // by another festival, and not ended
  REQUIRE_FALSE(begun.make({Tear::At::after_command, 12}).ok());
  ++begun.keys.festival;
  CHECK(begun.make().error().refusal == Refusal::other_festival);
  SignedField taken;
  for (int i = 0; i < 5; ++i) taken.card.keys[i] = Bytes(16, '\x42');
  CHECK(taken.make().error().refusal == Refusal::chip_unfit);
  taken.card.keys[0] = Bytes(16, '\0');  // only its files are guarded by others
  CHECK(taken.make().error().refusal == Refusal::chip_unfit);
  CHECK(field.card.files[2].data == files);
}
