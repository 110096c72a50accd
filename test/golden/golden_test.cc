// SPDX-License-Identifier: Apache-2.0
// Committed bytes of everything that outlives a build. They must verify for ever: where a test here
// fails, the format changed. Written anew on purpose with VERBENA_GOLDEN_WRITE=1.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "ledger/core/merkle.h"
#include "replication/bundle.h"
#include "test/golden/golden.h"
#include "test/support/counter.h"

using namespace verbena;
using golden::compare;
using golden::slurp;
using test::Band;
using test::Device;
using test::World;

namespace {

// One festival with every kind of event this version writes.
struct Story {
  World world{2027, test::staffed_festival()};
  Device& hub = world.add(schemas::HUB, "hub");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& sup = world.add(schemas::SUPERVISOR, "sup");
  Device& store = world.add(schemas::STORE, "store");
  Device& one = world.add(schemas::VENDOR, "pos-1", "bar-1");
  Device& two = world.add(schemas::VENDOR, "pos-2", "bar-2");
  Band band = world.band();
  std::string staff_band;

  Story() {
    const auto card = node::issue_staff_band(*sup.ledger, world.random, "v001", "2468");
    VERBENA_CHECK(card.ok());
    staff_band = node::to_image(*card);
    meet();
    world.stock(store, "deliver", "beer", 100);
    world.stock(store, "dispatch", "beer", 50, "bar-1");
    world.top_up(desk, band, 3000);
    meet();
    world.stock(one, "receive", "beer", 50);
    const auto cash = world.sell_cash(one, "water", 2);
    world.void_sale(one, ledger::hex(cash.done().id()));
    const auto sale = world.sell(one, band, "beer", 2);
    world.sell(two, band, "water");  // knows nothing of pos-1's sale: evidence
    world.void_sale(one, ledger::hex(sale.done().id()));
    shift("open", 10'000);
    shift("drop", 2'000);
    shift("close", 8'000);
    world.close_sheet(one);
    world.count(one, "beer", 47, "ana");
    world.count(one, "beer", 47, "luis");
    meet();
    world.refund(desk, band);
    schemas::OperateRequest revoke;
    revoke.mutable_revoke()->set_alias("pos-2");
    revoke.mutable_revoke()->set_reason("lost");
    node::TapSession(*sup.ledger, world.random, schemas::SUPERVISOR).begin(revoke);
    meet();
    world.sell_cash(one, "water");  // names what it has seen
    meet();
  }
  void shift(const std::string& action, std::uint64_t amount_minor) {
    schemas::OperateRequest request;
    request.mutable_shift()->set_action(action);
    request.mutable_shift()->set_amount_minor(amount_minor);
    world.approved(one, request);
  }
  void meet() {
    for (int i = 0; i < 2; ++i) {
      for (Device* device : {&desk, &sup, &store, &one, &two}) World::meet(hub, *device);
    }
  }
};

}  // namespace

TEST_CASE("Every kind of event is written in the same bytes as ever") {
  Story story;
  std::map<std::string, std::string> first;  // of each kind
  for (const auto& log : story.hub.ledger->logs()) {
    for (const auto& run : *story.hub.ledger->read(log.name, 0, SIZE_MAX)) {
      for (const auto& bytes : run.events) {
        schemas::Event event;
        REQUIRE(ledger::parse_event(bytes, event).ok());
        first.emplace(schemas::Kind_Name(event.kind()), bytes);
      }
    }
  }
  for (const auto& [kind, bytes] : first) compare(kind + ".event", bytes);
  CHECK(first.size() == 24);
}

TEST_CASE("Heads, receipts, frames and bands are written in the same bytes as ever") {
  Story story;
  const auto log = story.hub.ledger->logs().back();
  compare("head", ledger::encode_head(log.head));
  compare("receipt", story.hub.ledger->make_receipts(0).front().SerializeAsString());
  replication::Session session(*story.hub.ledger);
  compare("hello.frame", session.hello().front().SerializeAsString());
  compare("band", story.band.image);
  compare("staff-band", story.staff_band);
}

TEST_CASE("The bundle of an earlier build is read, verified and folded to its digest") {
  {
    Story story;
    std::string bundle;
    REQUIRE(replication::export_bundle(*story.hub.ledger, story.world.signed_root,
                                       [&](std::string_view bytes) {
                                         bundle = bytes;
                                         return ledger::done();
                                       })
                .ok());
    if (std::getenv("VERBENA_GOLDEN_WRITE") != nullptr) compare("festival.bundle", bundle);
    compare("festival.digest", ledger::hex(World::digest(story.hub)));
  }
  const std::string bundle = slurp("festival.bundle");
  auto root = replication::bundle_root(bundle);
  REQUIRE(root.ok());
  ledger::MemoryStore store;
  test::ManualClock clock;
  test::SeededRandom random(1);
  auto reader = ledger::Ledger::open(store, root->certificate, {}, clock, random).take();
  const auto report = replication::import_bundle(*reader, bundle);
  REQUIRE(report.ok());
  CHECK(report->runs_refused == 0);
  reader->ask([&](ledger::State& state, const auto&) {
    CHECK(ledger::hex(state.digest()) == slurp("festival.digest"));
  });
}
