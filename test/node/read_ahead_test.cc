// SPDX-License-Identifier: Apache-2.0
#include "node/read_ahead.h"

#include <catch2/catch.hpp>

#include "test/support/ask.h"
#include "test/support/failing_store.h"
#include "test/support/replacement.h"
#include "test/support/vouchers.h"

using namespace verbena;
using test::World;

namespace {

// A till that has heard of a band and was not asked about it. Its disk answers no more.
struct Told {
  explicit Told(const schemas::Festival& settings) : world(1, settings) {
    auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
    till = &world.add(schemas::VENDOR, "till", "bar-1");
    disk = std::make_unique<test::FailingStore>(*till->store);
    till->ledger.reset();
    till->ledger =
        ledger::Ledger::open(*disk, world.root, till->identity, world.clock, world.random).take();
    band = world.band();
    REQUIRE(world.top_up(desk, band, 2'000).has_done());
    World::meet(desk, *till);
    disk->unreadable = true;
  }
  ~Told() { till->ledger.reset(); }
  bool is_read() {
    bool out = false;
    try {
      till->ledger->ask(
          [&](auto& state, auto&) { out = state.purse(test::purse_of(band)).credited == 2'000; });
    } catch (const ledger::Unreadable&) {
      return false;
    }
    return out;
  }

  World world;
  test::Device* till = nullptr;
  std::unique_ptr<test::FailingStore> disk;
  test::Band band;
};

schemas::Festival by_zone(std::uint64_t deposit_minor) {
  schemas::Festival out = test::zoned_festival();
  out.set_follow_zone(true);
  for (auto& item : *out.mutable_item()) item.set_deposit_minor(deposit_minor);
  return out;
}

}  // namespace

TEST_CASE("What a device is asked for as a whole is read before anybody asks") {
  const bool follows = GENERATE(false, true);  // then cups come back to it
  Told told(follows ? by_zone(100) : test::small_festival());
  CHECK_FALSE(told.is_read());
  CHECK_FALSE(node::read_ahead(*told.till->ledger));  // it cannot be read, and nobody is told
  told.disk->unreadable = false;
  while (node::read_ahead(*told.till->ledger)) {
  }
  told.disk->unreadable = true;
  CHECK(told.is_read());
}

TEST_CASE("A till that follows its zone and takes no cups back leaves bands unread") {
  Told told(by_zone(0));
  told.disk->unreadable = false;
  CHECK_FALSE(node::read_ahead(*told.till->ledger));
  told.disk->unreadable = true;
  CHECK_FALSE(told.is_read());
  told.disk->unreadable = false;
  CHECK(told.is_read());
}
