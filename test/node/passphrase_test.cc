// SPDX-License-Identifier: Apache-2.0
#include "node/passphrase.h"

#include <catch2/catch.hpp>

#include "test/support/office_ground.h"

using namespace verbena;
using ledger::Errc;
using test::OfficeGround;

namespace {

bool opens(const node::Path& home, const std::string& passphrase) {
  return node::read_home(home, passphrase).ok();
}

}  // namespace

TEST_CASE("A supervisor's home opens with the new passphrase alone") {
  auto ground = OfficeGround::fresh();
  const auto home = ground.at("supervisor-3");
  const auto change = [&](const std::string& from, const std::string& to) {
    return node::change_passphrase(home, from, to, ground.random);
  };
  CHECK(change("wrong", "her own").error().code == Errc::bad_signature);
  CHECK(opens(home, OfficeGround::passphrase));
  REQUIRE(change(OfficeGround::passphrase, "her own").ok());
  CHECK(opens(home, "her own"));
  CHECK_FALSE(opens(home, OfficeGround::passphrase));
}

TEST_CASE("A change of passphrase that was cut short is finished by the same command") {
  auto ground = OfficeGround::fresh();
  const auto home = ground.at("supervisor-3");
  const auto before = node::read_file(home / "device.key");
  const std::string old_one = OfficeGround::passphrase;
  REQUIRE(node::change_passphrase(home, old_one, "her own", ground.random).ok());
  REQUIRE(node::write_file(home / "device.key", *before, true).ok());
  REQUIRE(node::change_passphrase(home, old_one, "her own", ground.random).ok());
  CHECK(opens(home, "her own"));
}

TEST_CASE("The office's passphrase, a till's and an empty one are not changed") {
  auto ground = OfficeGround::fresh();
  const std::string old_one = OfficeGround::passphrase;
  const auto code = [&](const node::Path& home, const std::string& to) {
    return node::change_passphrase(home, old_one, to, ground.random).error().code;
  };
  CHECK(code(ground.at("office") / "office", "new") == Errc::bad_input);
  CHECK(opens(ground.at("office") / "office", old_one));
  CHECK(code(ground.at("till-1"), "new") == Errc::bad_input);
  CHECK(code(ground.at("supervisor-3"), "") == Errc::bad_input);
  CHECK(opens(ground.at("supervisor-3"), old_one));
}
