// SPDX-License-Identifier: Apache-2.0
// Committed bytes of what is written when a band is lost: devices of every later build must stop
// the same band and give its money to the same new one.
#include <catch2/catch.hpp>

#include "test/golden/golden.h"
#include "test/support/lending_ground.h"
#include "test/support/replacement.h"

using namespace verbena;
using golden::compare;
using golden::slurp;
using test::World;

namespace {

// A band of 30.00 that a supervisor blocks, and replaces with another person's yes.
struct Lost {
  World world{2029};
  test::Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Device& sup = world.add(schemas::SUPERVISOR, "sup-1");
  test::Band band = world.band(), fresh = world.band();
  std::string block, replacement;

  Lost() {
    REQUIRE(world.top_up(desk, band, 3'000).has_done());
    World::meet(desk, sup);
    const auto stopped = world.tap(sup, test::block_request(test::purse_of(band)), nullptr);
    block = test::event_of(sup, stopped).SerializeAsString();
    World::meet(desk, sup);
    test::Band other = world.band();  // a top-up that says it knew of the block
    REQUIRE(world.top_up(desk, other, 100).has_done());
    World::meet(desk, sup);
    const auto request = test::replace_request(test::purse_of(band));
    const auto given = world.approved(sup, request, 1, &fresh);
    replacement = test::event_of(sup, given).SerializeAsString();
  }
};

}  // namespace

TEST_CASE("A block and a replacement are written in the same bytes as ever") {
  const Lost lost;
  compare("KIND_PURSE_BLOCK.event", lost.block);
  compare("replacement.event", lost.replacement);
}

TEST_CASE("A replacement of an earlier build names both bands and all that went over") {
  const Lost lost;
  schemas::Event block, replacement;
  REQUIRE(ledger::parse_event(slurp("KIND_PURSE_BLOCK.event"), block).ok());
  REQUIRE(ledger::parse_event(slurp("replacement.event"), replacement).ok());
  schemas::PurseBlock stopped;
  REQUIRE(stopped.ParseFromString(block.payload()));
  CHECK(stopped.purse() == test::purse_of(lost.band));
  schemas::Grant grant;
  REQUIRE(grant.ParseFromString(replacement.payload()));
  CHECK(ledger::replaced_purse(grant, replacement) == test::purse_of(lost.band));
  CHECK(grant.purse() == test::purse_of(lost.fresh));
  CHECK(ledger::entering_minor(replacement, schemas::PURSE) == 3'000);
  CHECK(replacement.approval_size() == 1);
}
