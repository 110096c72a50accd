// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ledger/purse/band.h"
#include "test/support/world.h"

using namespace verbena;

TEST_CASE("A purse head takes 48 bytes and a slot survives the round trip") {
  test::World world;
  test::Device& office = world.device("root");
  ledger::BandSlot slot;
  slot.head.purse = 0x1122334455667788;
  slot.head.counter = 9;
  slot.head.credited = 5000;
  slot.head.debited = 450;
  slot.credit.issued_after = 4550;
  slot.ring[0] = {3, 0xbeef, 0x123456, 99, {1, 2, 3, 4, 5}};
  const auto bytes = ledger::seal_slot(slot, world.root.festival, office.identity.key);
  CHECK(bytes.size() == ledger::slot_bytes);
  const auto read = ledger::decode_slot(bytes);
  REQUIRE(read.ok());
  slot.seal = read->seal;
  CHECK(*read == slot);
  CHECK(ledger::verify_slot(bytes, world.root.festival, world.root.key));
  CHECK_FALSE(ledger::verify_slot(bytes, world.root.festival + 1, world.root.key));
}

TEST_CASE("Any flipped byte of a band's active slot is noticed") {
  test::World world;
  test::Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Band band = world.band();
  REQUIRE(world.top_up(desk, band, 2000).has_done());
  const auto image = ledger::decode_band(band.image);
  std::size_t active = 0;
  desk.ledger->ask([&](ledger::State& state, const auto&) {
    active = ledger::read_band(state, band.image)->active;
    for (std::size_t i = 0; i < ledger::slot_bytes; ++i) {
      auto flipped = *image;
      flipped.slots[active][i] = static_cast<char>(flipped.slots[active][i] ^ 0x40);
      const auto reading = ledger::read_band(state, ledger::encode_band(flipped));
      // The older slot may still be read; the altered one never.
      if (reading) CHECK(reading->active != active);
    }
  });
}

TEST_CASE("A write torn at any byte leaves the old slot or completes the new one") {
  test::World world;
  test::Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  test::World::meet(desk, pos);
  test::Band band = world.band();
  REQUIRE(world.top_up(desk, band, 2000).has_done());
  const std::string before = band.image;
  REQUIRE(world.sell(pos, band, "beer").has_done());
  const std::string after = band.image;
  for (std::size_t cut = 0; cut <= after.size(); cut += 7) {
    const std::string torn = after.substr(0, cut) + before.substr(cut);
    desk.ledger->ask([&](ledger::State& state, const auto&) {
      const auto reading = ledger::read_band(state, torn);
      REQUIRE(reading.ok());
      const auto debited = reading->slot.head.debited;
      CHECK((debited == 0 || debited == 450));
    });
  }
}

TEST_CASE("The newest slot is asked about first, and the older one only where that is refused") {
  test::World world;
  test::Device& office = world.device("root");
  const auto image_of = [&](std::uint32_t first, std::uint32_t second) {
    ledger::BandImage image;
    for (std::size_t i = 0; i < 2; ++i) {
      ledger::BandSlot slot;
      slot.head.counter = i == 0 ? first : second;
      image.slots[i] = ledger::seal_slot(slot, world.root.festival, office.identity.key);
    }
    return image;
  };
  std::vector<std::uint32_t> asked;
  const auto up_to = [&](std::uint32_t most) {
    return [&asked, most](const ledger::BandSlot& slot, std::string_view) {
      asked.push_back(slot.head.counter);
      return slot.head.counter <= most;
    };
  };
  CHECK(ledger::newest_slot(image_of(3, 4), up_to(9))->index == 1);
  CHECK(asked == std::vector<std::uint32_t>{4});
  asked.clear();
  CHECK(ledger::newest_slot(image_of(3, 4), up_to(3))->index == 0);
  CHECK(asked == std::vector<std::uint32_t>{4, 3});
  CHECK(ledger::newest_slot(image_of(5, 5), up_to(9))->index == 0);
  CHECK_FALSE(ledger::newest_slot(image_of(3, 4), up_to(2)).has_value());
}
