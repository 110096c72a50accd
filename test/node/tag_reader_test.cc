// SPDX-License-Identifier: Apache-2.0
#include "node/tag_reader.h"

#include <catch2/catch.hpp>

#include "node/readers.h"
#include "node/system_clock.h"
#include "test/support/counter.h"

using namespace verbena;
using node::Field;
using test::Counter;

TEST_CASE("A band put into the directory is in the field, and each coming is a new arrival") {
  Counter c;
  c.put("band-a", c.world.band().image);
  CHECK(c.reader->presence() == node::Presence{0, Field::empty});
  CHECK(*c.reader->tap("band-a") == node::Presence{1, Field::band});
  CHECK(c.reader->presence() == node::Presence{1, Field::band});
  CHECK(*c.reader->tap("band-a") == node::Presence{2, Field::band});
  CHECK(*c.reader->tap({}) == node::Presence{2, Field::empty});
}

TEST_CASE("A band that somebody puts there by hand is seen as well") {
  Counter c;
  REQUIRE(node::write_file(c.directory.path() / "band-b", c.world.band().image));
  CHECK(c.reader->presence() == node::Presence{1, Field::band});
  REQUIRE(c.reader->hold().take() != nullptr);
}

TEST_CASE("A band that is to leave does so as it is written, once, and is as before") {
  Counter c;
  const auto before = c.world.band().image, wanted = c.world.band().image;
  c.put("band-a", before);
  REQUIRE(c.reader->tap("band-a", true));
  {
    auto tag = c.reader->hold().take();
    REQUIRE(tag != nullptr);
    CHECK(tag->read().take() == before);
    CHECK(tag->write(wanted).error().code == ledger::Errc::in_doubt);
  }
  CHECK(c.reader->presence().field == Field::empty);
  REQUIRE(c.reader->tap("band-a"));
  auto tag = c.reader->hold().take();
  CHECK(tag->read().take() == before);
  CHECK(tag->write(wanted).take() == wanted);
}

TEST_CASE("Two bands at once are told, and none of them is held") {
  Counter c;
  for (const char* name : {"band-a", "band-b"}) {
    REQUIRE(node::write_file(c.directory.path() / name, c.world.band().image));
  }
  CHECK(c.reader->presence().field == Field::several);
  CHECK(c.reader->hold().take() == nullptr);
}

TEST_CASE("A staff band is told from a customer's") {
  Counter c;
  const auto band = node::issue_staff_band(*c.supervisor.ledger, c.world.random, "v001", "2468");
  c.put("v001", node::to_image(*band));
  c.put("band-a", c.world.band().image);
  CHECK(c.reader->tap("v001")->field == Field::staff);
  const auto tray = c.reader->tray();
  REQUIRE(tray.size() == 2);
  CHECK(tray[0].name == "band-a");
  CHECK_FALSE(tray[0].staff);
  CHECK(tray[1].staff);
}

TEST_CASE("A name that leads elsewhere is no band") {
  Counter c;
  for (const char* name : {"../band-a", "..", "", "/etc/passwd", "BAND", "nobody"}) {
    CAPTURE(name);
    CHECK(c.reader->tap(std::string(name)).error().code == ledger::Errc::bad_input);
  }
  for (const char* spec : {"pcsc:", "file:", "pcs", ""}) {
    CHECK(node::open_reader(spec, {}, c.world.random).error().code == ledger::Errc::bad_input);
  }
}

TEST_CASE("Whoever waits for a band gets the one that is there, and next only another one") {
  Counter c;
  const node::SystemClock clock;
  constexpr std::uint64_t wait_ms = 40;
  const auto none = node::wait_for_tag(*c.reader, clock, 0, wait_ms);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == ledger::Errc::unreachable);
  const auto image = c.world.band().image;
  c.put("band-a", image);
  REQUIRE(c.reader->tap("band-a").ok());
  std::uint64_t arrival = 0;
  {
    const auto held = node::wait_for_tag(*c.reader, clock, 0, wait_ms);
    REQUIRE(held.ok());
    CHECK(*held->tag->read() == image);
    CHECK(held->tag->chip() == nullptr);
    arrival = held->arrival;
  }
  CHECK_FALSE(node::wait_for_tag(*c.reader, clock, arrival, wait_ms).ok());
  REQUIRE(c.reader->tap("band-a").ok());
  CHECK(node::wait_for_tag(*c.reader, clock, arrival, wait_ms)->arrival == arrival + 1);
}
