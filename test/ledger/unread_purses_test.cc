// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

#include "ledger/state/unread_purses.h"
#include "test/support/ask.h"
#include "test/support/failing_store.h"
#include "test/support/replacement.h"

using namespace verbena;
using ledger::UnreadEvent;
using test::World;

namespace {

struct Told {
  std::uint64_t purse = 0;
  bool confirmed = false;
  bool rule_broken = false;
  bool operator==(const Told&) const = default;
};
using Place = std::pair<std::uint32_t, std::uint64_t>;  // log, index

}  // namespace

TEST_CASE("Unread purses keep what is said of each until it is read") {
  test::SeededRandom random(11);
  ledger::UnreadPurses unread;
  std::map<Place, Told> expected;
  std::vector<std::uint64_t> sizes(40);
  const auto any_purse = [&] { return random.below(90) * (random.below(2) == 0 ? 1 : 1ULL << 40); };
  const auto note = [](std::map<Place, Told>& out, const UnreadEvent& event) {
    const Told told{0, event.confirmed, event.rule_broken};
    CHECK(out.emplace(Place{event.log, event.index}, told).second);
  };
  for (int step = 0; step < 20'000; ++step) {
    const auto log = static_cast<std::uint32_t>(random.below(sizes.size()));
    const auto does = random.below(1'000);
    if (does < 700) {
      sizes[log] += random.below(10) == 0 ? random.below(300) : 0;  // of other things
      const Told told{any_purse(), random.below(4) == 0, random.below(9) == 0};
      unread.add(told.purse, {log, sizes[log], told.confirmed, told.rule_broken});
      expected[{log, sizes[log]++}] = told;
    } else if (does < 950) {
      const std::uint64_t index = random.below(sizes[log] + 3);
      unread.confirm(log, index);
      const auto known = expected.find({log, index});
      if (known != expected.end()) known->second.confirmed = true;
    } else if (does < 997) {
      const std::uint64_t purse = any_purse();
      std::map<Place, Told> read;
      unread.each(purse, [&](const UnreadEvent& event) {
        const auto known = expected.find({event.log, event.index});
        REQUIRE(known != expected.end());
        if (known->second.purse != purse) return false;  // the tag is another one's too
        note(read, event);
        return true;
      });
      std::map<Place, Told> of_purse;
      for (const auto& [place, told] : expected) {
        if (told.purse == purse) of_purse[place] = {0, told.confirmed, told.rule_broken};
      }
      REQUIRE(read == of_purse);
      for (const auto& [place, told] : read) expected.erase(place);
    } else {
      std::map<Place, Told> read;
      const std::size_t most = random.below(1'000);
      unread.some(most, [&](const UnreadEvent& event) {
        note(read, event);
        return true;
      });
      REQUIRE(read.size() == std::min(most, expected.size()));
      for (const auto& [place, told] : read) {
        const auto known = expected.find(place);
        REQUIRE(known != expected.end());
        CHECK(told == Told{0, known->second.confirmed, known->second.rule_broken});
        expected.erase(known);
      }
    }
    REQUIRE(unread.empty() == expected.empty());
  }
  CHECK_FALSE(unread.empty());
  unread.some(SIZE_MAX, [](const UnreadEvent&) { return true; });
  CHECK(unread.empty());
}

TEST_CASE("Purses whose tags are the same are told apart by their events") {
  ledger::UnreadPurses unread;
  for (std::uint64_t purse = 0; purse < 100'000; ++purse) unread.add(purse, {0, purse});
  std::uint64_t shown = 0;
  unread.each(77'777, [&](const UnreadEvent& event) {
    ++shown;
    return event.index == 77'777;
  });
  CHECK(shown > 1);
  CHECK(shown < 40);
  shown = 0;
  unread.each(77'777, [&](const UnreadEvent& event) {
    CHECK(event.index != 77'777);
    return ++shown == 0;
  });
  CHECK(shown > 0);
}

TEST_CASE("A purse is read when somebody asks about it, and not before") {
  World world;
  auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
  auto& till = world.add(schemas::VENDOR, "till", "bar-1");
  auto& far = world.add(schemas::VENDOR, "far", "bar-2");
  auto band = world.band();
  REQUIRE(world.top_up(desk, band, 2'000).has_done());
  REQUIRE(world.sell(till, band, "beer").has_done());
  const auto purse = test::purse_of(band);

  test::FailingStore disk(*far.store);
  far.ledger.reset();
  far.following = {};
  far.ledger =
      ledger::Ledger::open(disk, world.root, far.identity, world.clock, world.random).take();
  disk.unreadable = true;  // what comes in is folded without it
  World::meet(desk, far);
  World::meet(till, far);
  CHECK(far.ledger->events() > 8);
  const auto spent = [&](ledger::State& state, const auto&) { return state.purse(purse).debited; };
  CHECK_THROWS_AS(far.ledger->ask([&](auto& state, auto& view) { spent(state, view); }),
                  ledger::Unreadable);
  SECTION("it is told once, however often somebody asks") {
    CHECK_THROWS_AS(far.ledger->ask([&](auto& state, auto& view) { spent(state, view); }),
                    ledger::Unreadable);
    const auto alarms = far.ledger->alarms();
    REQUIRE(alarms.size() == 1);
    CHECK(alarms[0].kind == "damaged-store");
    CHECK_THAT(alarms[0].text, Catch::Contains("the disk does not answer"));
  }
  SECTION("whoever asks gets no answer made of less, and nothing is written") {
    const auto sold = far.ledger->commit(0, [&](auto& state, auto& view) {
      spent(state, view);
      return ledger::Result(std::vector<ledger::Draft>{});
    });
    REQUIRE_FALSE(sold.ok());
    CHECK(sold.error().code == ledger::Errc::storage);
    CHECK_THAT(sold.error().text, Catch::Contains("the disk does not answer"));
  }
  SECTION("a tap is refused and leaves the band as it was") {
    const std::string before = band.image;
    const auto events = far.ledger->events();
    const auto refused = world.sell(far, band, "beer").refused();
    CHECK(refused.code() == "internal");
    CHECK_THAT(refused.text(), Catch::Contains("the disk does not answer"));
    CHECK(band.image == before);
    CHECK(far.ledger->events() == events);
  }
  disk.unreadable = false;
  far.ledger->ask([&](auto& state, auto& view) { CHECK(spent(state, view) == 450); });
  disk.unreadable = true;  // it is known now
  far.ledger->ask([&](auto& state, auto& view) { CHECK(spent(state, view) == 450); });
  disk.unreadable = false;
  World::meet(far, desk);
  CHECK(World::digest(far) == World::digest(desk));
}

TEST_CASE("A purse nothing was known of is found once something is") {
  World world;
  auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
  auto& till = world.add(schemas::VENDOR, "till", "bar-1");
  auto band = world.band();
  REQUIRE(world.top_up(desk, band, 2'000).has_done());
  const auto purse = test::purse_of(band);
  const auto known_at_till = [&] {
    bool known = false;
    till.ledger->ask([&](auto& state, const auto&) { known = state.purse_known(purse); });
    return known;
  };
  CHECK_FALSE(known_at_till());
  CHECK_FALSE(known_at_till());
  World::meet(desk, till);
  CHECK(known_at_till());
  CHECK(test::purse(till, purse).credited == 2'000);
}
