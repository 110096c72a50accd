// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>

#include "ledger/core/merkle.h"
#include "test/support/world.h"

using namespace verbena;
using test::Band;
using test::Device;
using test::World;

namespace {

struct Stand {
  World world;
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  Device& other = world.add(schemas::VENDOR, "other", "bar-2");
  Device& twin = world.add(schemas::VENDOR, "twin", "bar-1");
  Stand() {
    for (Device* device : {&desk, &pos, &other}) World::meet(*device, twin);
    for (Device* device : {&desk, &pos, &other}) World::meet(*device, twin);
  }
  std::uint64_t unwitnessed() {
    std::uint64_t out = 0;
    pos.ledger->ask([&](auto&, const ledger::DeviceView& view) { out = view.unwitnessed.count; });
    return out;
  }
};

void witness(Device& author, Device& by) {
  World::meet(author, by);
  for (const auto& receipt : by.ledger->make_receipts(0)) {
    REQUIRE(author.ledger->note_receipt(receipt).ok());
  }
}

}  // namespace

TEST_CASE("The same intent answers with the first result, also after a restart") {
  Stand s;
  const auto first = s.world.sell_cash(s.pos, "beer", 1, 77);
  REQUIRE(first.has_done());
  const auto again = s.world.sell_cash(s.pos, "beer", 1, 77);
  CHECK(again.done().id() == first.done().id());
  CHECK(again.done().repeated_intent());
  s.world.restart(s.pos);
  CHECK(s.world.sell_cash(s.pos, "beer", 1, 77).done().id() == first.done().id());
  CHECK(s.world.sell_cash(s.pos, "beer", 2, 77).refused().code() == "intent-reused");
}

TEST_CASE("An intent names the sale, also where the band brought news along") {
  Stand s;
  Band band = s.world.band();
  REQUIRE(s.world.top_up(s.desk, band, 2000).has_done());  // pos has not heard of it
  const auto first = s.world.sell(s.pos, band, "beer", 1, 8);
  REQUIRE(first.has_done());
  const auto again = s.world.sell(s.pos, band, "beer", 1, 8);
  REQUIRE(again.has_done());
  CHECK(again.done().repeated_intent());
  CHECK(again.done().id() == first.done().id());
  CHECK(again.done().balance_minor() == 1550);
}

TEST_CASE("A tap cut short before the band was written completes the same sale once") {
  Stand s;
  Band band = s.world.band();
  REQUIRE(s.world.top_up(s.desk, band, 2000).has_done());
  World::meet(s.desk, s.pos);
  schemas::OperateRequest request;
  request.set_intent(5);
  request.set_band(band.image);
  request.mutable_sell()->set_tender("purse");
  request.mutable_sell()->add_line()->set_sku("beer");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  std::string written;
  {
    node::TapSession cut(*s.pos.ledger, s.world.random, schemas::VENDOR);
    auto reply = cut.begin(request);
    REQUIRE(reply.has_write());
    written = reply.write();
  }
  SECTION("the band was not written: it is written now") {
    s.world.restart(s.pos);
    const auto done = s.world.sell(s.pos, band, "beer", 1, 5);
    REQUIRE(done.has_done());
    CHECK(done.done().balance_minor() == 1550);
  }
  SECTION("the band was written and the answer lost: it is confirmed without a second debit") {
    s.world.restart(s.pos);
    band.image = written;
    const auto done = s.world.sell(s.pos, band, "beer", 1, 5);
    REQUIRE(done.has_done());
    CHECK(done.done().balance_minor() == 1550);
    CHECK(band.image == written);
  }
  SECTION("the customer left with the band written: the next stand's evidence posts the sale") {
    band.image = written;
    REQUIRE(s.world.sell(s.other, band, "water").has_done());
    World::meet(s.pos, s.other);
    s.other.ledger->ask([&](ledger::State& state, const auto&) {
      CHECK(state.accounts().balance("EUR", "stand/bar-1") == 450);
    });
  }
  SECTION("the band went on without it: it aborts by itself") {
    REQUIRE(s.world.sell(s.other, band, "water").has_done());
    World::meet(s.pos, s.other);
    s.other.ledger->ask([&](ledger::State& state, const auto&) {
      CHECK(state.accounts().balance("EUR", "stand/bar-1") == 0);
      CHECK(state.totals().sales_minor == 200);
    });
  }
}

TEST_CASE("What changed since a number is told once a log, in the order of the changes") {
  Stand s;
  std::vector<std::uint64_t> numbers{0};
  const auto check = [&] {
    for (const std::uint64_t since : numbers) {
      std::vector<std::uint64_t> expected, told;
      for (const auto& log : s.pos.ledger->logs()) {
        if (log.changed_at > since) expected.push_back(log.changed_at);
      }
      for (const auto& log : s.pos.ledger->logs(since)) told.push_back(log.changed_at);
      std::sort(expected.begin(), expected.end());
      if (since == 0) std::sort(told.begin(), told.end());  // all, by name
      REQUIRE(told == expected);
    }
  };
  for (int i = 0; i < 200; ++i) {  // more changes than are kept
    REQUIRE(s.world.sell_cash(i % 3 == 0 ? s.pos : s.other, "beer").has_done());
    if (i % 5 == 0) World::meet(s.pos, s.other);
    numbers.push_back(s.pos.ledger->news());
    if (i % 20 == 0) check();
  }
  check();
  s.world.restart(s.pos);
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  check();
}

TEST_CASE("A device keeps the receipts it gives, also over a restart") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  World::meet(s.pos, s.other);
  const auto given = s.other.ledger->make_receipts(0);
  REQUIRE(given.size() == 1);
  const auto kept = [&] {
    const auto all = s.other.ledger->receipts();
    return std::any_of(all.begin(), all.end(), [&](const auto& receipt) {
      return receipt.SerializeAsString() == given[0].SerializeAsString();
    });
  };
  CHECK(kept());
  s.world.restart(s.other);
  CHECK(kept());
}

TEST_CASE("Only another stand, a hub or a supervisor lowers what is unwitnessed") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  CHECK(s.unwitnessed() == 1);
  witness(s.pos, s.twin);
  CHECK(s.unwitnessed() == 1);
  witness(s.pos, s.other);
  CHECK(s.unwitnessed() == 0);
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  s.world.restart(s.pos);
  CHECK(s.unwitnessed() == 1);
}

TEST_CASE("A receipt with a false signature is not believed") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  World::meet(s.pos, s.other);
  auto receipts = s.other.ledger->make_receipts(0);
  REQUIRE(!receipts.empty());
  receipts[0].mutable_position(0)->set_size(1'000'000);
  CHECK(s.pos.ledger->note_receipt(receipts[0]).error().code == ledger::Errc::bad_signature);
}

TEST_CASE("A receipt that could be read in two ways, or names nothing, is refused") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  World::meet(s.pos, s.other);
  const auto receipts = s.other.ledger->make_receipts(0);
  REQUIRE(!receipts.empty());
  const auto refused = [&](const std::function<void(schemas::Receipt::LogPosition&)>& bend) {
    auto bent = receipts[0];
    bend(*bent.mutable_position(0));
    return s.pos.ledger->note_receipt(bent).error().code == ledger::Errc::bad_input;
  };
  CHECK(refused([](auto& position) { position.set_size(0); }));
  CHECK(refused([](auto& position) { position.mutable_root()->pop_back(); }));
  CHECK(refused([](auto& position) { position.mutable_root()->append("x"); }));
  CHECK(refused([](auto& position) { position.clear_log(); }));
  CHECK(s.pos.ledger->receipts().empty());
}

TEST_CASE("A failed write is in doubt until the disk answers, and counts once") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  auto& store = *s.pos.store;
  const auto fault = GENERATE(ledger::MemoryStore::Fault::fails_before_write,
                              ledger::MemoryStore::Fault::fails_after_write);
  const auto sold = s.pos.ledger->events();
  SECTION("once: the identical bytes are written again and the sale is done") {
    store.fail_append(store.appends(), fault);
    CHECK(s.world.sell_cash(s.pos, "beer", 1, 9).has_done());
    CHECK(s.pos.ledger->alarms().empty());
  }
  SECTION("for longer: nothing is sold, then the same intent gets the first result") {
    store.fail_append(store.appends(), fault, 3);
    // A write that landed is found by the reopen: nothing is left in doubt.
    const bool landed = fault == ledger::MemoryStore::Fault::fails_after_write;
    CHECK(s.world.sell_cash(s.pos, "beer", 1, 9).has_refused() == !landed);
    if (!landed) {
      CHECK(s.pos.ledger->alarms().at(0).kind == "write-in-doubt");
      CHECK(s.world.sell_cash(s.pos, "beer", 1, 10).has_refused());  // tried again, in vain
    }
    CHECK(s.world.sell_cash(s.pos, "beer", 1, 9).done().repeated_intent());
    CHECK(s.pos.ledger->alarms().empty());
  }
  CHECK(s.pos.ledger->events() == sold + 1);
  CHECK(s.world.sell_cash(s.pos, "beer").has_done());
  s.world.restart(s.pos);
  CHECK(s.pos.ledger->events() == sold + 2);
}

TEST_CASE("A store that comes back shorter after a failed write begins a new life by itself") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  const ledger::MemoryStore shorter = *s.pos.store;
  REQUIRE(s.world.sell_cash(s.pos, "beer", 1, 5).has_done());
  World::meet(s.pos, s.other);
  const auto life = s.pos.ledger->incarnation();
  *s.pos.store = shorter;
  s.pos.store->fail_append(s.pos.store->appends(), ledger::MemoryStore::Fault::fails_before_write);
  s.world.sell_cash(s.pos, "water");  // its write fails: the reopen finds the loss
  CHECK(s.pos.ledger->incarnation() != life);
  CHECK(s.pos.ledger->alarms().at(0).kind == "damaged-store");
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  World::meet(s.pos, s.other);
  CHECK(s.world.sell_cash(s.pos, "beer", 1, 5).done().repeated_intent());  // fetched back
  s.other.ledger->ask(
      [&](ledger::State& state, const auto&) { CHECK(state.roster().fork_count() == 0); });
  CHECK(World::digest(s.pos) == World::digest(s.other));
}

TEST_CASE("An honest restore from an old backup is a new life, never a fork") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  const ledger::MemoryStore backup = *s.pos.store;
  REQUIRE(s.world.sell_cash(s.pos, "water").has_done());
  World::meet(s.pos, s.other);
  *s.pos.store = backup;
  s.world.restart(s.pos);
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  World::meet(s.pos, s.other);
  for (Device* device : {&s.pos, &s.other}) {
    device->ledger->ask([&](ledger::State& state, const auto&) {
      CHECK(state.roster().fork_count() == 0);
      CHECK(state.accounts().balance("EUR", "stand/bar-1") == 450 + 200 + 450);
    });
  }
  CHECK(World::digest(s.pos) == World::digest(s.other));
}

TEST_CASE("A cloned log is proven a fork, once, on every node that hears of it") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  const ledger::LogName log = [&] {
    for (const auto& entry : s.pos.ledger->logs()) {
      if (entry.name.certificate == s.pos.identity.certificate.hash) return entry.name;
    }
    FAIL("no own log");
    return ledger::LogName{};
  }();
  // Two histories after the first sale, signed with the same key in the same life.
  const auto history = *s.pos.ledger->read(log, 0, SIZE_MAX);
  const auto branch = [&](const std::string& payload) {
    ledger::LogRun run = history[0];
    schemas::Event event;
    event.set_version(1);
    event.set_kind(schemas::KIND_CONTEXT);
    event.set_payload(payload);
    run.events.push_back(event.SerializeAsString());
    std::vector<ledger::Hash> leaves;
    for (const auto& bytes : run.events) leaves.push_back(ledger::leaf_hash(bytes));
    run.head = ledger::sign_head(s.pos.identity.key, log.id(), leaves.size(),
                                 ledger::tree_root(leaves), 1);
    return run;
  };
  REQUIRE(*s.other.ledger->ingest(branch("a")) == ledger::Ingested::added);
  REQUIRE(*s.desk.ledger->ingest(branch("b")) == ledger::Ingested::added);
  CHECK(*s.other.ledger->ingest(branch("b")) == ledger::Ingested::forked);
  CHECK(*s.other.ledger->ingest(branch("b")) == ledger::Ingested::already_held);
  s.other.ledger->ask([&](ledger::State& state, const auto&) {
    CHECK(state.roster().fork_count() == 1);
    CHECK(state.roster().forked(s.pos.identity.certificate.key));
  });
  World::meet(s.other, s.desk);
  World::meet(s.twin, s.other);
  for (Device* device : {&s.other, &s.desk, &s.twin}) {
    device->ledger->ask([&](ledger::State& state, const auto&) {
      CHECK(state.roster().forked(s.pos.identity.certificate.key));
      CHECK(state.roster().fork_count() == 1);
    });
    CHECK(device->ledger->branch_runs(log)->size() == 1);
    CHECK(World::digest(*device) == World::digest(s.other));
    CHECK(World::frontier_root(*device) == World::frontier_root(s.other));
    s.world.restart(*device);
    CHECK(World::digest(*device) == World::digest(s.other));
  }
}

TEST_CASE("Whatever branch of a forked log came first, devices that meet agree to the byte") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Stand s;
    test::SeededRandom random(seed);
    for (int i = 0; i < 3; ++i) REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
    // Clones of one running device: a tree of histories signed in one life.
    std::vector<std::unique_ptr<Device>> clones;
    std::vector<Device*> alive{&s.pos};
    for (int i = 0; i < 4; ++i) {
      clones.push_back(s.world.clone(*alive[random.below(alive.size())]));
      alive.push_back(clones.back().get());
      for (int sale = 0; sale < 6; ++sale) {
        Device& any = *alive[random.below(alive.size())];
        Band band = s.world.band();
        if (random.below(3) == 0) {
          s.world.top_up(s.desk, band, 1000);
          s.world.sell(any, band, "water");
        } else {
          s.world.sell_cash(any, random.below(2) != 0 ? "beer" : "water");
        }
        // Each history is seen by somebody in parts.
        Device* witnesses[] = {&s.desk, &s.other, &s.twin};
        if (random.below(2) != 0) World::meet(any, *witnesses[random.below(3)]);
      }
    }
    Device* honest[] = {&s.desk, &s.other, &s.twin};
    for (auto* device : alive) World::meet(*device, *honest[random.below(3)]);
    for (int round = 0; round < 4; ++round) {
      for (auto* device : honest) World::meet(*device, *honest[random.below(3)]);
      for (auto* device : honest) World::meet(*device, s.twin);
    }
    for (auto* device : honest) {
      CHECK(World::digest(*device) == World::digest(s.twin));
      CHECK(World::frontier_root(*device) == World::frontier_root(s.twin));
      CHECK(device->ledger->events() == s.twin.ledger->events());
      device->ledger->ask([&](ledger::State& state, const auto&) {
        CHECK(state.roster().forked(s.pos.identity.certificate.key));
      });
      const auto before = World::digest(*device);
      s.world.restart(*device);
      CHECK(World::digest(*device) == before);
    }
  }
}

TEST_CASE("A run with a forged event, head or author changes nothing") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.pos, "beer").has_done());
  ledger::LogRun run;
  for (const auto& entry : s.pos.ledger->logs()) {
    if (entry.name.certificate == s.pos.identity.certificate.hash) {
      run = s.pos.ledger->read(entry.name, 0, SIZE_MAX)->front();
    }
  }
  const auto before = World::digest(s.other);
  auto forged = run;
  forged.events.back().back() = static_cast<char>(forged.events.back().back() ^ 1);
  CHECK(s.other.ledger->ingest(forged).error().code == ledger::Errc::bad_signature);
  forged = run;
  forged.head.signature[3] ^= 1;
  CHECK(s.other.ledger->ingest(forged).error().code == ledger::Errc::bad_signature);
  forged = run;
  forged.log.certificate[0] ^= 1;
  CHECK(s.other.ledger->ingest(forged).error().code == ledger::Errc::unknown_author);
  forged = run;
  forged.first += 1;
  CHECK_FALSE(s.other.ledger->ingest(forged).ok());
  CHECK(World::digest(s.other) == before);
  REQUIRE(s.other.ledger->ingest(run).ok());
  CHECK(*s.other.ledger->ingest(run) == ledger::Ingested::already_held);
}

TEST_CASE("Of many receipts for one log those from different stands are kept") {
  test::World world;
  test::Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  std::vector<test::Device*> near, far;
  for (const char* alias : {"near-1", "near-2", "near-3", "near-4"}) {
    near.push_back(&world.add(schemas::VENDOR, alias, "bar-2"));
  }
  far.push_back(&world.add(schemas::VENDOR, "far", "bar-3"));
  far.push_back(&world.add(schemas::HUB, "hub"));
  for (auto* devices : {&far, &near}) {  // those of one stand hold more
    for (test::Device* device : *devices) {
      REQUIRE(world.sell_cash(till, "water").has_done());
      test::World::meet(till, *device);
      for (const auto& receipt : device->ledger->make_receipts(0)) {
        REQUIRE(till.ledger->note_receipt(receipt).ok());
      }
    }
  }
  std::set<std::string> stands;
  for (const auto& receipt : till.ledger->receipts()) {
    const auto witness = till.ledger->author(*ledger::fixed<32>(receipt.witness()));
    bool of_till = false;
    for (const auto& position : receipt.position()) {
      const auto log = till.ledger->log(*ledger::fixed<32>(position.log()));
      of_till |= log && log->name.certificate == till.identity.certificate.hash;
    }
    if (of_till) stands.insert(witness->stand);
  }
  CHECK(stands == std::set<std::string>{"", "bar-2", "bar-3"});
}
