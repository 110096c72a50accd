// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <tuple>

#include "ledger/state/unread_purses.h"
#include "test/support/ask.h"
#include "test/support/replacement.h"

using namespace verbena;
using ledger::UnreadEvent;
using test::World;

namespace {

bool same(const UnreadEvent& a, const UnreadEvent& b) {
  return a.log == b.log && a.index == b.index && a.is_evidence == b.is_evidence &&
         a.confirmed == b.confirmed && a.rule_broken == b.rule_broken;
}

bool before(const UnreadEvent& a, const UnreadEvent& b) {
  return std::tie(a.log, a.index, a.is_evidence, a.confirmed, a.rule_broken) <
         std::tie(b.log, b.index, b.is_evidence, b.confirmed, b.rule_broken);
}

std::vector<UnreadEvent> told_of(ledger::UnreadPurses& unread, std::uint64_t purse) {
  std::vector<UnreadEvent> out;
  unread.each(purse, [&](const UnreadEvent& event) { out.push_back(event); });
  std::sort(out.begin(), out.end(), before);
  return out;
}

// Gives nothing back while it is unreadable.
class FailingStore final : public ledger::EventStore {
 public:
  explicit FailingStore(ledger::MemoryStore& store) : store_(store) {}
  ledger::Status append(const ledger::StoreBatch& batch, bool sync) override {
    return store_.append(batch, sync);
  }
  ledger::Status sync() override { return store_.sync(); }
  ledger::Status reopen() override { return store_.reopen(); }
  std::uint64_t free_bytes() const override { return store_.free_bytes(); }
  std::vector<ledger::StoredLog> logs() const override { return store_.logs(); }
  ledger::Status read(const ledger::LogName& log, std::uint64_t first, std::uint64_t count,
                      const EventVisitor& visit) const override {
    if (unreadable) return ledger::Error{ledger::Errc::storage, "the disk does not answer"};
    return store_.read(log, first, count, visit);
  }
  ledger::Result<std::vector<ledger::Head>> heads(const ledger::LogName& log,
                                                  std::uint64_t above) const override {
    return store_.heads(log, above);
  }
  ledger::Result<std::optional<ledger::Bytes>> meta(std::string_view key) const override {
    return store_.meta(key);
  }
  ledger::Status meta_range(std::string_view prefix, const MetaVisitor& visit) const override {
    return store_.meta_range(prefix, visit);
  }

  bool unreadable = false;

 private:
  ledger::MemoryStore& store_;
};

}  // namespace

TEST_CASE("Unread purses keep all that is said of each until it is forgotten") {
  test::SeededRandom random(11);
  ledger::UnreadPurses unread;
  std::map<std::uint64_t, std::vector<UnreadEvent>> expected;
  const auto any_purse = [&] {
    return random.below(700) * (random.below(2) == 0 ? 1 : 1ULL << 40);
  };
  for (int step = 0; step < 60'000; ++step) {
    const std::uint64_t purse = any_purse();
    const auto known = expected.find(purse);
    REQUIRE(unread.contains(purse) == (known != expected.end()));
    if (random.below(4) == 0) {
      unread.forget(purse);
      expected.erase(purse);
    } else if (random.below(3) == 0) {
      const auto confirm = [&](UnreadEvent& event) { event.confirmed |= event.index % 2 == 0; };
      unread.each(purse, confirm);
      if (known != expected.end())
        std::for_each(known->second.begin(), known->second.end(), confirm);
    } else {
      const UnreadEvent event{
          static_cast<std::uint32_t>(random.below((1 << 29) - 1) >> random.below(29)),
          static_cast<std::uint32_t>(random.next() >> (32 + random.below(32))),
          random.below(2) == 0, random.below(2) == 0, random.below(2) == 0};
      unread.add(purse, event);
      expected[purse].push_back(event);
    }
    if (step % 500 != 0) continue;
    std::vector<std::uint64_t> purses = unread.purses();
    std::sort(purses.begin(), purses.end());
    REQUIRE(purses.size() == expected.size());
    auto at = purses.begin();
    for (auto& [held, events] : expected) {
      REQUIRE(*at++ == held);
      const auto told = told_of(unread, held);
      std::sort(events.begin(), events.end(), before);
      REQUIRE(std::equal(told.begin(), told.end(), events.begin(), events.end(), same));
    }
    REQUIRE(unread.purses(3).size() == std::min<std::size_t>(3, expected.size()));
  }
  for (const auto purse : unread.purses()) unread.forget(purse);
  CHECK(unread.empty());
  CHECK_FALSE(ledger::UnreadPurses::fits((1 << 29) - 1, 0));
  CHECK_FALSE(ledger::UnreadPurses::fits(0, std::uint64_t{1} << 32));
  CHECK(ledger::UnreadPurses::fits((1 << 29) - 2, UINT32_MAX));
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

  FailingStore disk(*far.store);
  far.ledger.reset();
  far.ledger =
      ledger::Ledger::open(disk, world.root, far.identity, world.clock, world.random).take();
  disk.unreadable = true;  // what comes in is folded without it
  World::meet(desk, far);
  World::meet(till, far);
  CHECK(far.ledger->events() > 8);
  const auto spent = [&](ledger::State& state, const auto&) {
    CHECK(state.purse_known(purse));
    return state.purse(purse).debited;
  };
  CHECK_THROWS_AS(far.ledger->ask([&](auto& state, auto& view) { spent(state, view); }),
                  ledger::Unreadable);
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
