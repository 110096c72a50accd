// SPDX-License-Identifier: Apache-2.0
#include "ledger/purse/short_band.h"

#include <catch2/catch.hpp>

#include "ledger/tap.h"
#include "test/support/world.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Errc;
using test::Device;
using test::World;

namespace {

// What a chip holds of an image: both frames, and the certificate of its newest slot.
ledger::ShortBand pieces_of(const std::string& bytes, std::size_t newest) {
  const auto image = ledger::decode_band(bytes);
  REQUIRE(image.ok());
  REQUIRE(image->is_short);
  ledger::ShortBand out;
  for (std::size_t i = 0; i < 2; ++i) out.frames[i] = *ledger::frame_of(image->slots[i]);
  out.certificate = ledger::certificate_in(image->slots[newest]);
  return out;
}

ledger::BandReading reading_of(Device& device, const std::string& image) {
  std::optional<ledger::BandReading> out;
  device.ledger->ask([&](ledger::State& state, const auto&) {
    auto reading = ledger::read_band(state, image);
    REQUIRE(reading.ok());
    out = reading.take();
  });
  return *out;
}

std::string joined(const ledger::ShortBand& pieces) {
  return ledger::encode_band(*ledger::join(pieces));
}

}  // namespace

TEST_CASE("A short band's frame has 128 bytes and its pieces join to the slot that was sealed") {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Band band = world.band(true);
  REQUIRE(world.top_up(desk, band, 2000).has_done());
  const auto reading = reading_of(desk, band.image);
  const auto pieces = pieces_of(band.image, reading.active);
  CHECK(pieces.frames[0].size() == 128);
  CHECK(pieces.certificate.size() == ledger::credit_certificate_bytes);
  const auto again = ledger::join(pieces);
  REQUIRE(again.ok());
  CHECK(again->is_short);
  CHECK(again->slots[reading.active] == reading.slot_bytes);
}

TEST_CASE("A short band sells on and carries the newest receipt alone") {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  World::meet(desk, pos);
  test::Band band = world.band(true);
  REQUIRE(world.top_up(desk, band, 5000).has_done());
  for (int i = 0; i < 3; ++i) REQUIRE(world.sell(pos, band, "beer").has_done());
  const auto reading = reading_of(pos, band.image);
  CHECK(reading.slot.head.debited == 3 * 450);
  CHECK(reading.slot.ring[0].total == 3 * 450);
  for (std::size_t i = 1; i < ledger::ring_entries; ++i) {
    CHECK(reading.slot.ring[i] == ledger::RingEntry{});
  }
  // What another device learns of it is what any band would tell.
  Device& other = world.add(schemas::VENDOR, "other", "bar-1");
  World::meet(desk, other);
  REQUIRE(world.sell(other, band, "beer").has_done());
  World::meet(pos, other);
  CHECK(World::digest(pos) == World::digest(other));
}

TEST_CASE("Between the two writes of a top-up a short band is as before it") {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  test::Band band = world.band(true);
  for (const std::uint32_t amount : {1000, 2000, 3000}) {
    const auto before = reading_of(desk, band.image);
    auto pieces = pieces_of(band.image, before.active);
    REQUIRE(world.top_up(desk, band, amount).has_done());
    const auto after = reading_of(desk, band.image);
    const auto wanted = pieces_of(band.image, after.active);
    pieces.frames[after.active] = wanted.frames[after.active];
    CHECK(reading_of(desk, joined(pieces)).slot_bytes == before.slot_bytes);
    pieces.certificate = wanted.certificate;
    CHECK(reading_of(desk, joined(pieces)).slot_bytes == after.slot_bytes);
    World::meet(desk, pos);
    REQUIRE(world.sell(pos, band, "beer").has_done());
    World::meet(desk, pos);
  }
}

TEST_CASE("What does not fit on a short band is refused and never cut off") {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  World::meet(desk, pos);
  test::Band band = world.band();
  REQUIRE(world.top_up(desk, band, 5000).has_done());
  REQUIRE(world.sell(pos, band, "beer").has_done());
  REQUIRE(world.sell(pos, band, "beer").has_done());
  const auto reading = reading_of(pos, band.image);
  CHECK(ledger::frame_of(reading.slot_bytes).error().code == Errc::bad_input);
  CHECK(ledger::frame_of("short").error().code == Errc::bad_input);
  const Bytes frame(ledger::short_frame_bytes, '\0');
  CHECK(ledger::join({{frame, frame}, "short"}).error().code == Errc::bad_input);
  const Bytes certificate(ledger::credit_certificate_bytes, '\0');
  CHECK(ledger::join({{frame, "short"}, certificate}).error().code == Errc::bad_input);
}

TEST_CASE("A frame of one band beside the certificate of another is no band") {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Band poor = world.band(true), rich = world.band(true);
  REQUIRE(world.top_up(desk, poor, 100).has_done());
  REQUIRE(world.top_up(desk, rich, 9000).has_done());
  auto pieces = pieces_of(poor.image, 1);
  pieces.certificate = pieces_of(rich.image, 1).certificate;
  pieces.frames[0] = Bytes(ledger::short_frame_bytes, '\0');
  desk.ledger->ask([&](ledger::State& state, const auto&) {
    CHECK(ledger::read_band(state, joined(pieces)).error().refusal ==
          ledger::Refusal::band_damaged);
  });
}
