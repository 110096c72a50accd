// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "replication/bundle.h"
#include "test/support/world.h"

using namespace verbena;
using test::Device;
using test::World;

namespace {

std::string bundle_of(Device& device, const std::string& root) {
  std::string out;
  REQUIRE(replication::export_bundle(*device.ledger, root, [&](std::string_view bytes) {
            out = bytes;
            return ledger::done();
          }).ok());
  return out;
}

}  // namespace

TEST_CASE("A bundle carries everything, and importing it twice adds nothing") {
  World world;
  Device& a = world.add(schemas::VENDOR, "a", "bar-1");
  Device& b = world.add(schemas::VENDOR, "b", "bar-2");
  World::meet(a, b);
  REQUIRE(world.sell_cash(a, "beer").has_done());
  const auto bundle = bundle_of(a, world.signed_root);
  const auto first = replication::import_bundle(*b.ledger, bundle);
  REQUIRE(first.ok());
  CHECK(first->added > 0);
  CHECK(first->runs_refused == 0);
  CHECK(World::digest(a) == World::digest(b));
  const auto second = replication::import_bundle(*b.ledger, bundle);
  REQUIRE(second.ok());
  CHECK(second->added == 0);
}

TEST_CASE("A bundle cut anywhere or with any byte flipped is refused and changes nothing") {
  World world;
  Device& a = world.add(schemas::VENDOR, "a", "bar-1");
  Device& b = world.add(schemas::VENDOR, "b", "bar-2");
  World::meet(a, b);
  REQUIRE(world.sell_cash(a, "beer").has_done());
  const auto bundle = bundle_of(a, world.signed_root);
  const auto before = World::digest(b);
  for (std::size_t cut = 0; cut < bundle.size(); cut += 13) {
    const auto report = replication::import_bundle(*b.ledger, bundle.substr(0, cut));
    REQUIRE_FALSE(report.ok());
    CHECK(report.error().text.find("byte") != std::string::npos);
  }
  for (std::size_t at = 0; at < bundle.size(); at += 7) {
    auto flipped = bundle;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x20);
    CHECK_FALSE(replication::import_bundle(*b.ledger, flipped).ok());
  }
  CHECK(World::digest(b) == before);
}

TEST_CASE("A bundle of another festival is refused") {
  World world(1), other(2);
  Device& a = world.add(schemas::VENDOR, "a", "bar-1");
  Device& foreign = other.add(schemas::VENDOR, "a", "bar-1");
  const auto bundle = bundle_of(foreign, other.signed_root);
  CHECK(replication::import_bundle(*a.ledger, bundle).error().code == ledger::Errc::other_festival);
}
