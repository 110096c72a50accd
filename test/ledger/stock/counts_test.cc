// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/counts.h"

#include <catch2/catch.hpp>

#include "node/stock_json.h"
#include "test/support/world.h"

using namespace verbena;
using test::Device;
using test::World;

namespace {

constexpr std::uint32_t beer = 1;

struct Stand {
  World world;
  Device& hub = world.add(schemas::HUB, "hub");
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  Device& sup = world.add(schemas::SUPERVISOR, "sup");

  Stand() {
    REQUIRE(world.sell_cash(till, "beer", 7).has_done());
    REQUIRE(world.close_sheet(till).has_done());
    meet();
  }
  void meet() {
    World::meet(hub, till);
    World::meet(hub, sup);
    World::meet(hub, till);
  }
  ledger::CountResult result(Device& device, std::uint32_t sheet = 1) {
    ledger::CountResult out;
    device.ledger->ask([&](ledger::State& state, const auto&) {
      out = ledger::counted(state.custody(), "bar-1", sheet, schemas::CLOSING);
    });
    return out;
  }
};

}  // namespace

TEST_CASE("One person's count stays sealed, and nobody can read it in any log") {
  Stand s;
  REQUIRE(s.world.count(s.till, "beer", 123'456'789, "ana").has_done());
  s.meet();
  CHECK(s.result(s.hub).sealed_by == std::set<std::string>{"ana"});
  CHECK(s.result(s.hub).items.empty());
  for (const auto& log : s.hub.ledger->logs()) {
    for (const auto& run : *s.hub.ledger->read(log.name, 0, SIZE_MAX)) {
      for (const auto& bytes : run.events) {
        const std::string plain("\x15\xcd\x5b\x07", 4);  // 123,456,789, little-endian
        CHECK(bytes.find(plain) == std::string::npos);
      }
    }
  }
}

TEST_CASE("A second person's count opens both, on one device or on two") {
  Stand s;
  REQUIRE(s.world.count(s.till, "beer", 40, "ana").has_done());
  SECTION("the same till") {
    REQUIRE(s.world.count(s.till, "beer", 40, "luis").has_done());
  }
  SECTION("a supervisor's own device") {
    schemas::OperateRequest request;
    request.mutable_count()->set_of("closing");
    request.mutable_count()->set_holder("bar-1");
    request.mutable_count()->add_line()->set_sku("beer");
    request.mutable_count()->mutable_line(0)->set_quantity(40);
    node::TapSession session(*s.sup.ledger, s.world.random, schemas::SUPERVISOR);
    REQUIRE(session.begin(request).has_done());
    s.meet();
    s.world.restart(s.till);  // finds its key again
    s.world.open_counts(s.till);
    s.world.open_counts(s.sup);
  }
  s.meet();
  const auto result = s.result(s.hub);
  REQUIRE(result.items.contains(beer));
  CHECK(result.items.at(beer).units == 40);
  CHECK(result.items.at(beer).persons.size() == 2);
}

TEST_CASE("The same person counting twice opens nothing") {
  Stand s;
  REQUIRE(s.world.count(s.till, "beer", 40, "ana").has_done());
  REQUIRE(s.world.count(s.till, "beer", 40, "ana").has_done());
  s.meet();
  CHECK(s.result(s.hub).items.empty());
}

TEST_CASE("Two persons who differ count again, and the last attempts speak") {
  Stand s;
  REQUIRE(s.world.count(s.till, "beer", 40, "ana").has_done());
  REQUIRE(s.world.count(s.till, "beer", 41, "luis").has_done());
  CHECK_FALSE(s.result(s.till).items.at(beer).units.has_value());
  REQUIRE(s.world.count(s.till, "beer", 41, "ana").has_done());
  CHECK_FALSE(s.result(s.till).items.at(beer).units.has_value());  // sealed until luis counts again
  REQUIRE(s.world.count(s.till, "beer", 41, "luis").has_done());
  s.meet();
  CHECK(s.result(s.hub).items.at(beer).units == 41);
}

TEST_CASE("A third person settles what two counted differently") {
  Stand s;
  REQUIRE(s.world.count(s.till, "beer", 40, "ana").has_done());
  REQUIRE(s.world.count(s.till, "beer", 41, "luis").has_done());
  REQUIRE(s.world.count(s.till, "beer", 40, "eva").has_done());
  CHECK(s.result(s.till).items.at(beer).units == 40);
  CHECK(s.result(s.till).items.at(beer).persons == std::set<std::string>{"ana", "eva"});
}

TEST_CASE("Who counts is shown no figure of a sheet from which the expected one follows") {
  Stand s;
  REQUIRE(s.world.sell_cash(s.till, "beer", 3).has_done());
  s.meet();
  for (const auto role : {schemas::VENDOR, schemas::STAND_LEAD, schemas::STORE, schemas::COURIER,
                          schemas::SUPERVISOR}) {
    CHECK_FALSE(node::sees_expected({role}));
    CHECK_FALSE(node::sees_expected({role, schemas::ADMIN}));
  }
  CHECK(node::sees_expected({schemas::ADMIN}));
  const std::string full = node::sheets_json(*s.hub.ledger, true);
  const std::string blind = node::sheets_json(*s.hub.ledger, false);
  CHECK(full.find("\"sold\":7") != std::string::npos);
  for (const char* column :
       {"expected_start", "in", "out", "sold", "gratis", "waste", "expected_end"}) {
    CAPTURE(column);
    CHECK(blind.find("\"" + std::string(column) + "\":null") != std::string::npos);
    for (char digit = '0'; digit <= '9'; ++digit) {
      CHECK(blind.find("\"" + std::string(column) + "\":" + digit) == std::string::npos);
    }
  }
}

TEST_CASE("A key that does not hash to what was sealed opens nothing") {
  Stand s;
  REQUIRE(s.world.count(s.till, "beer", 40, "ana").has_done());
  s.meet();
  ledger::Hash sealed{};
  s.hub.ledger->ask([&](ledger::State& state, const auto&) {
    sealed = state.custody().sealed().begin()->first.id;
  });
  const auto written =
      s.till.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        schemas::OpenedCount opened;
        opened.set_sealed(ledger::to_bytes(sealed));
        opened.set_key(std::string(32, 'k'));
        ledger::Draft draft;
        draft.event.set_kind(schemas::KIND_COUNT_OPENED);
        draft.event.set_payload(opened.SerializeAsString());
        return std::vector{draft};
      });
  REQUIRE(written.ok());
  CHECK(s.result(s.till).items.empty());
  REQUIRE(s.world.count(s.till, "beer", 40, "luis").has_done());
  CHECK(s.result(s.till).items.at(beer).units == 40);
}

TEST_CASE("A count is refused before any till has closed, for another's stock and for odd lines") {
  World world;
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  CHECK(world.count(till, "beer", 1, "ana").refused().code() == "not-ready");
  CHECK(world.count(till, "beer", 1, "ana", "opening").has_done());
  CHECK(world.count(till, "beer", 1, "ana", "sometime").refused().code() == "bad-input");
  CHECK(world.count(till, "wine", 1, "ana", "opening").refused().code() == "unknown-item");
  schemas::OperateRequest request;
  request.mutable_count()->set_of("opening");
  request.mutable_count()->set_holder("bar-2");
  request.mutable_count()->add_line()->set_sku("beer");
  node::TapSession session(*till.ledger, world.random, schemas::VENDOR);
  CHECK(session.begin(request).refused().code() == "not-here");
}

TEST_CASE("A figure of a recount agrees with none of a first count") {
  Stand s;
  REQUIRE(s.world.count(s.till, "beer", 40, "ana").has_done());
  REQUIRE(s.world.count(s.till, "beer", 41, "luis").has_done());
  REQUIRE(s.world.count(s.till, "beer", 39, "ana").has_done());
  REQUIRE(s.world.count(s.till, "beer", 42, "luis").has_done());
  REQUIRE(
      s.world.count(s.till, "beer", 42, "eva").has_done());  // her first: luis may have told her
  CHECK_FALSE(s.result(s.till).items.at(beer).units.has_value());
}

TEST_CASE("A sealed count that another device copies neither counts nor keeps the true one shut") {
  Stand s;
  REQUIRE(s.world.count(s.till, "beer", 40, "ana").has_done());
  s.meet();
  // Below the true one's in the order of certificates, where a copy could stand before it.
  Device* copier = nullptr;
  for (int i = 0; copier == nullptr; ++i) {
    Device& next = s.world.add(schemas::VENDOR, "copier-" + std::to_string(i), "bar-1");
    if (next.identity.certificate.hash < s.till.identity.certificate.hash) copier = &next;
    World::meet(s.hub, next);
  }
  ledger::Bytes copied;
  for (const auto& log : s.hub.ledger->logs()) {
    for (std::uint64_t i = 0; i < log.head.size; ++i) {
      const auto bytes = s.hub.ledger->event_bytes(log.name, i);
      schemas::Event event;
      REQUIRE(ledger::parse_event(*bytes, event).ok());
      if (event.kind() == schemas::KIND_COUNT_SEALED) copied = *bytes;
    }
  }
  const ledger::LogName name{copier->identity.certificate.hash, 77, ledger::LogClass::trade};
  const ledger::Hash leaf = ledger::leaf_hash(copied);
  const ledger::LogRun run{
      name, 0, {copied}, ledger::sign_head(copier->identity.key, name.id(), 1, leaf, 1)};
  REQUIRE(s.hub.ledger->ingest(run).ok());
  REQUIRE(s.world.count(s.till, "beer", 40, "luis").has_done());
  s.meet();
  CHECK(s.result(s.hub).items.at(beer).units == 40);
  CHECK(s.result(s.hub).items.at(beer).persons == std::set<std::string>{"ana", "luis"});
}
