// SPDX-License-Identifier: Apache-2.0
// A device whose store holds nothing yet, or nothing any more.
#include <catch2/catch.hpp>

#include "test/support/world.h"

using namespace verbena;
using test::Device;
using test::World;

TEST_CASE("A device that does not hold its own certificate refuses to write and then goes on") {
  World world;
  const Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  ledger::MemoryStore empty;
  auto opened = ledger::Ledger::open(empty, world.root, pos.identity, world.clock, world.random);
  REQUIRE(opened.ok());
  auto& newcomer = **opened;
  const auto write = [&] {
    return newcomer.commit(7, [](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
      ledger::Draft draft;
      draft.event.set_kind(schemas::KIND_SHIFT_OPENED);
      return std::vector{draft};
    });
  };
  const auto refused = write();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ledger::Errc::unknown_author);
  CHECK(empty.logs().empty());
  CHECK_FALSE(newcomer.find_intent(7).has_value());

  auto& office = *world.device("root").ledger;
  for (const auto& log : office.logs()) {
    const auto runs = office.read(log.name, 0, SIZE_MAX);
    for (const auto& run : *runs) REQUIRE(newcomer.ingest(run).ok());
  }
  CHECK(write().ok());
  CHECK(newcomer.find_intent(7).has_value());
}
