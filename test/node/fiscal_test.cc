// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ledger/fiscal_book.h"
#include "node/festival_day.h"
#include "node/festival_file.h"
#include "node/report_fiscal.h"
#include "test/support/beside.h"

using namespace verbena;
using node::FestivalDays;
using test::Device;
using test::World;

namespace {

constexpr std::uint64_t hour_ms = 3'600'000;

FestivalDays days_of(const std::string& zone, std::uint32_t starts_minute = 0) {
  auto days = FestivalDays::of(zone, starts_minute);
  REQUIRE(days.ok());
  return days.take();
}

node::ZChain chain_of(const World& world, const Device& device,
                      const ledger::FiscalScope& scope = {}) {
  auto book = ledger::keep_fiscal_book(*device.store, world.root);
  REQUIRE(book.ok());
  auto chain = node::z_chain(book.take(), scope);
  REQUIRE(chain.ok());
  return chain.take();
}

schemas::Festival in_madrid() {
  auto out = test::lending_festival();
  out.set_time_zone("Europe/Madrid");
  out.set_day_starts_minute(6 * 60);
  return out;
}

}  // namespace

TEST_CASE("A festival's day goes from its hour to the next one, also when clocks are changed") {
  const auto days = days_of("Europe/Madrid", 6 * 60);
  CHECK(days.text() == "Europe/Madrid 06:00");
  const auto day = node::parse_day("2027-06-04");
  REQUIRE(day.has_value());
  CHECK(node::day_text(*day) == "2027-06-04");
  CHECK(ledger::utc_text(days.start_ms(*day) << 16) == "2027-06-04T04:00:00Z");
  CHECK(days.day_of(days.start_ms(*day)) == *day);
  CHECK(days.day_of(days.start_ms(*day) - 1) == *day - 1);
  // In Madrid March 27 to 28 has 23 hours, October 30 to 31 has 25.
  const auto length = [&](const char* text) {
    const auto at = *node::parse_day(text);
    return (days.start_ms(at + 1) - days.start_ms(at)) / hour_ms;
  };
  CHECK(length("2027-03-26") == 24);
  CHECK(length("2027-03-27") == 23);
  CHECK(length("2027-10-30") == 25);
  // An hour that is skipped, and one that comes twice.
  for (const std::uint32_t minute : {150, 120}) {
    const auto odd = days_of("Europe/Madrid", minute);
    for (const char* text : {"2027-03-28", "2027-10-31"}) {
      const auto at = *node::parse_day(text);
      CHECK(odd.day_of(odd.start_ms(at)) == at);
      CHECK(odd.day_of(odd.start_ms(at) - 1) == at - 1);
      for (std::uint64_t ms = odd.start_ms(at); ms < odd.start_ms(at + 1); ms += hour_ms / 4) {
        CHECK(odd.day_of(ms) == at);
      }
    }
  }
  CHECK(days_of("").text() == "UTC");
  CHECK(days_of("UTC").day_of(0) == 0);
  CHECK(node::day_text(days.day_of(UINT64_MAX)) == "9999-12-31");
}

TEST_CASE("A zone that is none and a date that is none are refused") {
  for (const char* zone : {"Europe/Atlantis", "../etc/passwd", "/etc/localtime", "libc:localtime",
                           "Europe/Madrid 06:00", "Europe/", " "}) {
    CHECK_FALSE(FestivalDays::of(zone, 0).ok());
  }
  CHECK(FestivalDays::of("Europe/Madrid", 12 * 60).ok());
  CHECK_FALSE(FestivalDays::of("Europe/Madrid", 12 * 60 + 1).ok());
  for (const char* hour : {"6", "6:00", "13:00", "06:60", "12:01", "", "06:00 "}) {
    CHECK_FALSE(node::minute_of_day(hour).has_value());
  }
  for (const char* day :
       {"2027-02-29", "2027-6-04", "1969-12-31", "2027-06-04T", "yesterday", ""}) {
    CHECK_FALSE(node::parse_day(day).has_value());
  }
}

TEST_CASE("The festival file says when a day starts") {
  const std::string head = "name = \"F\"\nid = \"f\"\ncurrency = \"EUR\"\n";
  const std::string goods =
      "[[item]]\nsku = \"water\"\nname = { en = \"Water\" }\nprice = \"2.00\"\n"
      "[[stand]]\nname = \"bar-1\"\nitems = [\"water\"]\n";
  const auto zone = [&](const std::string& rest) -> std::string {
    const auto read = node::parse_festival(head + rest + goods, "f.toml");
    return read ? read->time_zone() + " " + std::to_string(read->day_starts_minute())
                : read.error().text;
  };
  CHECK(zone("time_zone = \"Europe/Madrid\"\n") == "Europe/Madrid 0");
  CHECK(zone("time_zone = \"Europe/Madrid\"\nday_starts = \"06:00\"\n") == "Europe/Madrid 360");
  CHECK(zone("day_starts = \"06:00\"\n").starts_with("f.toml:4: "));
  CHECK(zone("time_zone = \"Europe/Madrid\"\nday_starts = \"25:00\"\n").starts_with("f.toml:5: "));
  CHECK(zone("time_zone = \"Europe/Madrid 06:00\"\n").starts_with("f.toml:4: "));
}

TEST_CASE("Whoever holds the same events has the same bytes of each day's report") {
  World world(5, in_madrid());
  Device& hub = world.add(schemas::HUB, "hub");
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  for (int i = 0; i < 4; ++i) {
    REQUIRE(world.tap(till, test::sell_request("beer", 2), nullptr).has_done());
    world.clock.now_ms += 13 * hour_ms;
  }
  World::meet(hub, till);
  const auto own = chain_of(world, till), others = chain_of(world, hub);
  REQUIRE(own.reports.size() > 1);
  REQUIRE(own.reports.size() == others.reports.size());
  for (std::size_t i = 0; i < own.reports.size(); ++i) {
    CHECK(node::z_csv(own.reports[i]) == node::z_csv(others.reports[i]));
    CHECK(own.reports[i].previous == (i == 0 ? "" : own.reports[i - 1].hash));
    CHECK(own.reports[i].hash == ledger::hex(ledger::sha256({own.reports[i].table})));
    CHECK(own.reports[i].day.number == i + 1);
  }
}

TEST_CASE("What comes late into a day changes its hash and those of the days after it") {
  World world(6, in_madrid());
  Device& hub = world.add(schemas::HUB, "hub");
  Device& near = world.add(schemas::VENDOR, "near", "bar-1");
  Device& late = world.add(schemas::VENDOR, "late", "bar-2");
  for (int day = 0; day < 3; ++day) {
    REQUIRE(world.tap(near, test::sell_request("beer"), nullptr).has_done());
    if (day == 1) REQUIRE(world.tap(late, test::sell_request("water"), nullptr).has_done());
    world.clock.now_ms += 24 * hour_ms;
  }
  World::meet(hub, near);
  const auto before = chain_of(world, hub);
  World::meet(hub, late);
  const auto after = chain_of(world, hub);
  REQUIRE(before.reports.size() == 3);
  REQUIRE(after.reports.size() == 3);
  CHECK(before.reports[0].hash == after.reports[0].hash);
  CHECK(before.reports[1].hash != after.reports[1].hash);
  CHECK(before.reports[2].hash != after.reports[2].hash);
  // Of a stand that it does not touch, nothing.
  const auto one = chain_of(world, hub, {"bar-1", ""});
  REQUIRE(one.reports.size() == 3);
  CHECK(one.reports[1].day.total.gross_minor == 450);
}

TEST_CASE("A report says in both languages and in figures what it is") {
  World world(7, in_madrid());
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  REQUIRE(world.tap(till, test::sell_request("beer", 2), nullptr).has_done());
  const auto chain = chain_of(world, till, {"", "till"});
  REQUIRE(chain.reports.size() == 1);
  const auto object = node::z_json(chain, chain.reports[0], true);
  CHECK(object["certified"] == false);
  CHECK(object["rates"][0]["rate_basis_points"] == 2100);
  CHECK(object["rates"][0]["tax_minor"] == 156);
  CHECK(object["receipts"][0]["number"] == 1);
  CHECK(object["receipts"][0]["lines"][0]["sku"] == "beer");
  const node::Output english{false, node::Language::en}, spanish{false, node::Language::es};
  const auto page = node::z_page(english, chain, chain.reports[0], true);
  CHECK(page.find("Not certified") != std::string::npos);
  CHECK(page.find("gross 9.00  tax 1.56  net 7.44") != std::string::npos);
  CHECK(node::z_page(spanish, chain, chain.reports[0], true).find("impuesto 1.56") !=
        std::string::npos);
  const auto receipts = node::receipts_csv(chain, chain.reports[0].day);
  CHECK(receipts.find(",till,bar-1,") != std::string::npos);
  CHECK(receipts.find(",beer,2,21.00,900,156,744\r\n") != std::string::npos);
}
