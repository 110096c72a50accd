// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/secure_band.h"

#include <catch2/catch.hpp>

#include "ledger/tap.h"
#include "test/node/nfc/stall.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Errc;
using ledger::Refusal;
using test::ChipField;
using test::SmartCard;
using test::Tear;
namespace secure = node::nfc::secure;

namespace {

constexpr auto chips = {SmartCard::desfire_light, SmartCard::desfire_ev3};
constexpr std::size_t certificate_bytes = ledger::credit_certificate_bytes, frame_bytes = 128;

struct Stall : test::Stall {
  explicit Stall(SmartCard (*delivered)(ledger::Random&) = SmartCard::desfire_light)
      : test::Stall(delivered) {}
  test::CardFile& file(node::nfc::ChipFile which) { return card.files[which.number]; }
  // What a device writes with its share of the keys, past all rules.
  node::nfc::SecureBand held_by(const node::BandKeys& share) {
    place();
    return {channel, share, world.random};
  }
};

}  // namespace

TEST_CASE("Wherever a sale on a DESFire is torn nothing is lost, doubled or left open") {
  test::tear_everywhere(SmartCard::desfire_light, false, {frame_bytes, 1});
  test::tear_everywhere(SmartCard::desfire_ev3, false, {frame_bytes, 1}, false);
}

TEST_CASE("Wherever a top-up on a DESFire is torn nothing is lost, doubled or left open") {
  test::tear_everywhere(SmartCard::desfire_light, true, {certificate_bytes, frame_bytes, 1});
  test::tear_everywhere(SmartCard::desfire_ev3, true, {certificate_bytes, frame_bytes, 1}, false);
}

TEST_CASE("The value on the chip is what was credited on the band and is left of it") {
  for (const auto delivered : chips) {
    Stall stall(delivered);
    CHECK(stall.file(secure::value_file).value == 5000 - 450);
    REQUIRE(Stall::done(stall.tap(stall.other, Stall::beer(3))));
    CHECK(stall.file(secure::value_file).value == 5000 - 900);
    stall.meet();
    REQUIRE(Stall::done(stall.tap(stall.desk, Stall::top_up(4, 2000))));
    CHECK(stall.file(secure::value_file).value == 7000 - 900);
    stall.agree(7000, 900);
  }
}

TEST_CASE("A band that spends more than was credited on it has no value, and takes credit again") {
  Stall stall;
  const auto share = *node::share_of(stall.keys, schemas::TOP_UP_DESK);
  const Bytes spent = stall.after(stall.desk, 0, 5000);  // a grant from elsewhere is spent, too
  auto band = stall.held_by(share);
  REQUIRE(band.read().ok());
  REQUIRE(band.write(spent).ok());
  CHECK(stall.file(secure::value_file).value == 0);
  const Bytes credited = stall.after(stall.desk, 1000, 0);
  auto again = stall.held_by(share);
  REQUIRE(again.read().ok());
  REQUIRE(again.write(credited).ok());
  CHECK(stall.file(secure::value_file).value == 1000 - 450);
}

TEST_CASE("No till can write a credit certificate or add to the value of a DESFire") {
  for (const auto delivered : chips) {
    Stall stall(delivered);
    const Bytes credited = stall.after(stall.desk, 100, 0);
    const SmartCard before = stall.card;
    const auto share = *node::share_of(stall.keys, schemas::VENDOR);
    CHECK_FALSE(share.credit);
    auto band = stall.held_by(share);
    REQUIRE(band.read().ok());
    CHECK(band.write(credited).error().refusal == Refusal::band_keys_missing);
    // Nor past the driver.
    node::nfc::Ev2Chip chip(stall.channel);
    const auto enter = [&] {
      REQUIRE(secure::select(chip).ok());
      REQUIRE(node::nfc::enter_for_tap(chip, share, stall.world.random).ok());
    };
    enter();
    CHECK(chip.write(secure::certificates_file, 0, "x").error().code == Errc::refused);
    enter();
    CHECK(chip.credit(secure::value_file, 1).error().code == Errc::refused);
    for (const auto& [number, file] : before.files) {
      CHECK(stall.card.files[number].data == file.data);
      CHECK(stall.card.files[number].value == file.value);
    }
  }
}

TEST_CASE("A DESFire that a till put back to an older state is told by its value") {
  Stall stall;
  const auto frames = stall.file(secure::frames_file).data;
  const auto records = stall.file(secure::choice_file).records;
  REQUIRE(Stall::done(stall.tap(stall.pos, Stall::beer(3))));
  REQUIRE(stall.read(stall.pos).ok());
  // A till may write both, and take from the value; adding to it is what it cannot.
  stall.file(secure::frames_file).data = frames;
  stall.file(secure::choice_file).records = records;
  CHECK(stall.read(stall.pos).error().refusal == Refusal::band_rolled_back);
}

TEST_CASE("A DESFire whose places do not hold what was committed is damaged") {
  Stall stall;
  const SmartCard whole = stall.card;
  const auto refusal_of = [&] { return stall.read(stall.pos).error().refusal; };
  const auto newest = [&]() -> Bytes& { return stall.file(secure::choice_file).records.back(); };
  const auto active = secure::parse_choice(newest())->frame;
  newest()[0] = static_cast<char>(secure::places * secure::places);  // there is no such place
  CHECK(refusal_of() == Refusal::band_damaged);
  stall.card = whole;
  newest()[0] = static_cast<char>(newest()[0] ^ 1);  // the frame that does not count
  CHECK(refusal_of() == Refusal::band_damaged);
  stall.card = whole;
  const auto at = secure::at_place(active);
  for (std::size_t i = 0; i < ledger::purse_head_bytes; ++i) {
    stall.file(secure::frames_file).data[at + i] ^= 1;
    CHECK(refusal_of() == Refusal::band_damaged);
    stall.card = whole;
  }
  // What is behind the head the seal says, as on every band.
  stall.file(secure::frames_file).data[at + frame_bytes - 1] ^= 1;
  CHECK(stall.tap(stall.pos, Stall::beer(9))->refused().code() == "band-damaged");
}

TEST_CASE("What is no short band, or changes the slot that counts, is not written on a DESFire") {
  Stall stall;
  const auto share = *node::share_of(stall.keys, schemas::TOP_UP_DESK);
  auto band = stall.held_by(share);
  CHECK(band.write(stall.new_image()).error().code == Errc::unreachable);  // nothing was read
  const auto image = band.read();
  REQUIRE(image.ok());
  const auto frames = stall.file(secure::frames_file).data;
  CHECK(band.write("VBAND002").error().code == Errc::bad_input);
  CHECK(band.write(stall.world.band().image).error().code == Errc::bad_input);
  CHECK(band.write(stall.new_image()).error().code == Errc::bad_input);
  CHECK(*band.write(*image) == *image);
  CHECK(stall.file(secure::frames_file).data == frames);
}

TEST_CASE("A till says why it takes no band from a DESFire") {
  for (const auto delivered : chips) {
    ChipField field(delivered);
    test::Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
    CHECK(field.read(pos).error().refusal == Refusal::band_unfinished);  // as delivered
    REQUIRE_FALSE(field.make({Tear::At::after_command, 40}).ok());
    CHECK(field.read(pos).error().refusal == Refusal::band_unfinished);
    REQUIRE(field.make().ok());
    REQUIRE(field.read(pos).ok());
    const auto keys = field.keys;
    ++field.keys.festival;
    CHECK(field.read(pos).error().refusal == Refusal::other_festival);
    field.keys = node::make_band_keys(keys.festival, field.world.random);
    CHECK(field.read(pos).error().refusal == Refusal::band_damaged);
    field.keys = keys;
    field.card.flips_macs = true;
    CHECK(field.read(pos).error().code == Errc::bad_signature);
  }
  ChipField old(SmartCard::desfire_ev1);
  test::Device& pos = old.world.add(schemas::VENDOR, "pos", "bar-1");
  CHECK(old.read(pos).error().refusal == Refusal::chip_unfit);
  CHECK(old.make().error().refusal == Refusal::chip_unfit);
}
