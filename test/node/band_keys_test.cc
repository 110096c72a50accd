// SPDX-License-Identifier: Apache-2.0
#include "node/band_keys.h"

#include <catch2/catch.hpp>

#include "node/nfc/signed_chip.h"
#include "test/support/temporary_directory.h"
#include "test/support/world.h"

using namespace verbena;
using ledger::Errc;
using node::BandKeys;

TEST_CASE("Desks get the credit key, tills the debit key, hubs that for presence, others none") {
  test::SeededRandom random(3);
  const BandKeys all = node::make_band_keys(42, random);
  CHECK(all.debit != *all.credit);
  CHECK(*all.credit != *all.owner);
  for (const auto role : {schemas::VENDOR, schemas::STAND_LEAD, schemas::REFUND_OFFICER}) {
    const auto share = node::share_of(all, role);
    REQUIRE(share);
    CHECK(share->debit == all.debit);
    CHECK_FALSE(share->credit);
    CHECK_FALSE(share->owner);
  }
  const auto desk = node::share_of(all, schemas::TOP_UP_DESK);
  REQUIRE(desk);
  CHECK(desk->credit == all.credit);
  CHECK_FALSE(desk->owner);
  const auto hub = node::share_of(all, schemas::HUB);
  REQUIRE(hub);
  CHECK(hub->presence == all.presence);
  CHECK_FALSE(hub->debit);
  CHECK_FALSE(hub->credit);
  CHECK_FALSE(hub->owner);
  for (const auto role : {schemas::VENDOR, schemas::TOP_UP_DESK, schemas::REFUND_OFFICER}) {
    CHECK_FALSE(node::share_of(all, role)->presence);
  }
  for (const auto role : {schemas::STORE, schemas::AUDITOR, schemas::COURIER, schemas::ROOT}) {
    CHECK_FALSE(node::share_of(all, role));
  }
}

TEST_CASE("Keys come back as they were written, locked or not, and an altered byte is noticed") {
  test::SeededRandom random(4);
  const test::TemporaryDirectory home;
  CHECK_FALSE(node::read_band_keys(home.path())->has_value());
  const BandKeys all = node::make_band_keys(42, random);
  const auto same = [](const BandKeys& a, const BandKeys& b) {
    return a.festival == b.festival && a.debit == b.debit && a.credit == b.credit &&
           a.owner == b.owner && a.presence == b.presence;
  };
  for (const auto role : {schemas::VENDOR, schemas::TOP_UP_DESK, schemas::HUB}) {
    const auto share = *node::share_of(all, role);
    REQUIRE(node::write_band_keys(home.path(), share, {}, random).ok());
    CHECK(same(**node::read_band_keys(home.path()), share));
  }
  REQUIRE(node::write_band_keys(home.path(), all, "secret", random).ok());
  CHECK(node::read_band_keys(home.path()).error().code == Errc::bad_input);
  CHECK_FALSE(node::read_band_keys(home.path(), "wrong").ok());
  CHECK(same(**node::read_band_keys(home.path(), "secret"), all));
  const auto bytes = node::encode_band_keys(all);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    const auto read = node::parse_band_keys(altered);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().text.find(ledger::hex(ledger::view(*all.debit))) == std::string::npos);
    CHECK_FALSE(node::parse_band_keys(bytes.substr(0, i)).ok());
  }
}

TEST_CASE("Each chip, each of its keys and each festival has a key of its own") {
  test::SeededRandom random(5);
  BandKeys all = node::make_band_keys(42, random);
  const std::string one("\x04\x78\x2e\x21\x80\x1d\x80", 7), two("\x04\x78\x2e\x21\x80\x1d\x81", 7);
  const auto key = *node::nfc::key_of_chip(all, one, 2);
  CHECK(key != all.debit);
  CHECK(key != *node::nfc::key_of_chip(all, two, 2));
  CHECK(*node::nfc::key_of_chip(all, one, 0) != *node::nfc::key_of_chip(all, one, 1));
  ++all.festival;
  CHECK(key != *node::nfc::key_of_chip(all, one, 2));
  CHECK_FALSE(node::nfc::key_of_chip(*node::share_of(all, schemas::VENDOR), one, 3));
  CHECK_FALSE(node::nfc::key_of_chip(*node::share_of(all, schemas::TOP_UP_DESK), one, 0));
}
