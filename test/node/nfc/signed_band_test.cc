// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/signed_band.h"

#include <catch2/catch.hpp>

#include "ledger/tap.h"
#include "test/card_emulator/presence_findings.h"
#include "test/card_emulator/signed_bands.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Errc;
using ledger::Refusal;
using test::Device;
using test::SignedField;
using test::Tear;
using test::World;

namespace {

constexpr std::uint64_t price_minor = 450, first_minor = 5000, second_minor = 2000;
constexpr std::uint64_t torn_intent = 7, next_intent = 8;

// A desk, two tills, and a band that a step was made on already, so that both its frames are in
// use.
struct Stall : SignedField {
  Stall()
      : desk(world.add(schemas::TOP_UP_DESK, "desk")),
        pos(world.add(schemas::VENDOR, "pos", "bar-1")),
        other(world.add(schemas::VENDOR, "other", "bar-1")) {
    REQUIRE(make().ok());
    REQUIRE(done(tap(desk, top_up(1, first_minor))));
    meet();
    REQUIRE(done(tap(pos, beer(2))));
    meet();
  }
  static bool done(const std::optional<schemas::OperateReply>& reply) {
    return reply && reply->has_done();
  }
  void meet() {
    World::meet(desk, pos);
    World::meet(desk, other);
    World::meet(desk, pos);
  }
  ledger::PurseHead head() {
    ledger::PurseHead out;
    const auto image = read(desk);
    REQUIRE(image.ok());
    desk.ledger->ask([&](ledger::State& state, const auto&) {
      const auto reading = ledger::read_band(state, *image);
      REQUIRE(reading.ok());
      out = reading->slot.head;
    });
    return out;
  }
  // Everybody's books say what the band says: nothing lost, nothing twice, nothing open.
  void agree(std::uint64_t credited, std::uint64_t debited) {
    meet();
    const auto on_band = head();
    CHECK(on_band.credited == credited);
    CHECK(on_band.debited == debited);
    for (Device* device : {&desk, &pos, &other}) {
      device->ledger->ask([&](ledger::State& state, const auto&) {
        const auto& known = state.purse(on_band.purse);
        CHECK(known.credited == credited);
        CHECK(known.debited == debited);
        CHECK(known.counter == on_band.counter);
        CHECK(known.posted == on_band.counter);
        CHECK(known.pending == 0);
        CHECK(known.gaps.empty());
        CHECK_FALSE(known.forked);
      });
    }
    CHECK(World::digest(desk) == World::digest(pos));
    CHECK(test::presence_findings(desk, world, keys).empty());
  }

  Device &desk, &pos, &other;
};

// After each tear the same tap is tried again; and once more, where the customer goes elsewhere
// instead.
void tear_everywhere(bool top_up) {
  const auto torn_tap = [top_up](Stall& stall, Tear tear) {
    return stall.tap(
        top_up ? stall.desk : stall.pos,
        top_up ? SignedField::top_up(torn_intent, second_minor) : SignedField::beer(torn_intent),
        tear);
  };
  std::vector<Tear> tears;
  {
    Stall whole;
    REQUIRE(Stall::done(torn_tap(whole, {})));
    CHECK(whole.card.field().writes() == (top_up ? 2 : 1));
    tears = test::tears_of(whole.card.field());
  }
  const std::uint64_t credit = top_up ? second_minor : 0, debit = top_up ? 0 : price_minor;
  std::size_t counted = 0, left_out = 0;
  for (const auto& tear : tears) {
    CAPTURE(static_cast<int>(tear.at), tear.count, tear.bytes);
    {
      Stall stall;
      CHECK_FALSE(Stall::done(torn_tap(stall, tear)));
      REQUIRE(Stall::done(torn_tap(stall, {})));
      stall.agree(first_minor + credit, price_minor + debit);
      REQUIRE(Stall::done(stall.tap(stall.other, SignedField::beer(next_intent))));
      stall.agree(first_minor + credit, 2 * price_minor + debit);
    }
    {
      Stall stall;
      CHECK_FALSE(Stall::done(torn_tap(stall, tear)));
      const auto before = stall.head();
      const bool counts = before.counter == 3;
      REQUIRE((counts || before.counter == 2));
      ++(counts ? counted : left_out);
      REQUIRE(Stall::done(stall.tap(stall.other, SignedField::beer(next_intent))));
      stall.agree(first_minor + (counts ? credit : 0), 2 * price_minor + (counts ? debit : 0));
    }
  }
  CHECK(counted > 0);
  CHECK(left_out > 0);
}

}  // namespace

TEST_CASE("Wherever a sale on an NTAG 424 is torn nothing is lost, doubled or left open") {
  tear_everywhere(false);
}

TEST_CASE("Wherever a top-up on an NTAG 424 is torn nothing is lost, doubled or left open") {
  tear_everywhere(true);
}

TEST_CASE("A sale is one write and no till can write a credit certificate") {
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
