// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/signed_band.h"

#include <catch2/catch.hpp>

#include "ledger/tap.h"
#include "test/node/nfc/stall.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Errc;
using ledger::Refusal;
using test::Device;
using test::SignedField;
using test::Tear;
using test::World;

namespace {

struct Stall : test::Stall {
  Stall() : test::Stall(test::SmartCard::ntag424) {}
};

}  // namespace

TEST_CASE("Wherever a sale on an NTAG 424 is torn nothing is lost, doubled or left open") {
  test::tear_everywhere(test::SmartCard::ntag424, false, {1});
}

TEST_CASE("Wherever a top-up on an NTAG 424 is torn nothing is lost, doubled or left open") {
  test::tear_everywhere(test::SmartCard::ntag424, true, {1, 1});
}

TEST_CASE("No till can write a credit certificate") {
  Stall stall;
  const auto image = stall.read(stall.desk);
  REQUIRE(image.ok());
  // What a desk would write, tried with a till's keys.
  Bytes credited;
  stall.desk.ledger->ask([&](ledger::State& state, const auto&) {
    const auto band = ledger::read_band(state, *image);
    auto step = ledger::next_step(*band, 100, 0);
    const auto credit = ledger::credit_of(*step, stall.desk.identity.certificate.number, 9999);
    credited = ledger::band_after(*band, *step, {}, stall.desk.identity, {}, credit);
  });
  const Bytes frames = stall.card.files[2].data, certificate = stall.card.files[3].data;
  stall.place();
  const auto share = *node::share_of(stall.keys, schemas::VENDOR);
  CHECK_FALSE(share.credit);
  node::nfc::SignedBand band(stall.channel, share, stall.world.random);
  REQUIRE(band.read().ok());
  CHECK(band.write(credited).error().refusal == Refusal::band_keys_missing);
  CHECK(stall.card.files[2].data == frames);
  // Nor past the driver.
  node::nfc::Ev2Chip chip(stall.channel);
  REQUIRE(chip.select(node::nfc::ntag424_name).ok());
  const auto uid = *chip.uid();
  const auto debit = *node::nfc::key_of_chip(share, uid, node::nfc::debit_key_number);
  REQUIRE(chip.authenticate(node::nfc::debit_key_number, debit, stall.world.random).ok());
  CHECK(chip.write(node::nfc::certificate_file, 0, "x").error().code == Errc::refused);
  CHECK(stall.card.files[3].data == certificate);
}

TEST_CASE("What is no short band, or both slots of one, is not written") {
  Stall stall;
  const auto share = *node::share_of(stall.keys, schemas::TOP_UP_DESK);
  stall.place();
  node::nfc::SignedBand band(stall.channel, share, stall.world.random);
  CHECK(band.write(stall.new_image()).error().code == Errc::unreachable);  // nothing was read
  REQUIRE(band.read().ok());
  const Bytes frames = stall.card.files[2].data;
  CHECK(band.write("VBAND002").error().code == Errc::bad_input);
  CHECK(band.write(stall.world.band().image).error().code == Errc::bad_input);
  CHECK(band.write(stall.new_image()).error().code == Errc::bad_input);
  CHECK(stall.card.files[2].data == frames);
}

TEST_CASE("A till says why it takes no band from a chip") {
  SignedField field;
  Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
  CHECK(field.read(pos).error().refusal == Refusal::band_unfinished);  // as delivered
  REQUIRE_FALSE(field.make({Tear::At::after_command, 12}).ok());
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
