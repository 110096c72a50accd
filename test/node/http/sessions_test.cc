// SPDX-License-Identifier: Apache-2.0
#include "node/http/sessions.h"

#include <catch2/catch.hpp>

#include "test/support/world.h"

using namespace verbena;
using node::http::Sessions;

namespace {
struct Fixture {
  test::ManualClock clock;
  test::SeededRandom random{1};
  Sessions sessions{clock, random, 60'000};
};
}  // namespace

TEST_CASE("A session lasts while somebody uses it") {
  Fixture f;
  const auto opened = f.sessions.open("v001", {});
  CHECK(opened.cookie.size() == 48);
  CHECK(opened.cookie != opened.session.token);
  for (int i = 0; i < 3; ++i) {
    f.clock.now_ms += 50'000;
    REQUIRE(f.sessions.find(opened.cookie, true).has_value());
  }
  f.clock.now_ms += 50'000;
  CHECK(f.sessions.find(opened.cookie, false).has_value());  // looking is no use
  f.clock.now_ms += 50'000;
  CHECK_FALSE(f.sessions.find(opened.cookie, true).has_value());
}

TEST_CASE("A cookie that was closed, or never given, opens nothing") {
  Fixture f;
  const auto opened = f.sessions.open("v001", {});
  CHECK_FALSE(f.sessions.find(opened.cookie + "0", true).has_value());
  CHECK_FALSE(f.sessions.find("", true).has_value());
  f.sessions.close(opened.cookie);
  CHECK_FALSE(f.sessions.find(opened.cookie, true).has_value());
}

TEST_CASE("The session unused for longest makes room for a new one") {
  Fixture f;
  const auto first = f.sessions.open("v001", {});
  f.clock.now_ms += 1;
  const auto second = f.sessions.open("v002", {});
  for (std::size_t i = 0; i < node::http::sessions_max - 1; ++i) {
    f.clock.now_ms += 1;
    f.sessions.open("v003", {});
  }
  CHECK_FALSE(f.sessions.find(first.cookie, true).has_value());
  CHECK(f.sessions.find(second.cookie, true).has_value());
}

TEST_CASE("Five tries, then a wait that does not grow by trying on") {
  Fixture f;
  for (int i = 0; i < node::http::tries_max; ++i) CHECK(f.sessions.try_once("v001", "") == 0);
  CHECK(f.sessions.try_once("v001", "") == node::http::lock_ms);
  CHECK(f.sessions.try_once("v002", "") == 0);
  f.clock.now_ms += node::http::lock_ms - 1;
  CHECK(f.sessions.try_once("v001", "") == 1);
  f.clock.now_ms += 2;
  CHECK(f.sessions.try_once("v001", "") == 0);
}

TEST_CASE("Who signs in has all tries again") {
  Fixture f;
  for (int i = 0; i < node::http::tries_max - 1; ++i) f.sessions.try_once("v001", "10.0.0.7");
  f.sessions.succeeded("v001", "10.0.0.7");
  for (int i = 0; i < node::http::tries_max; ++i) {
    CHECK(f.sessions.try_once("v001", "10.0.0.7") == 0);
  }
}

TEST_CASE("One address has so many tries a minute, whoever it names") {
  Fixture f;
  for (int i = 0; i < node::http::address_tries_max; ++i) {
    CHECK(f.sessions.try_once(i < 3 ? "v001" : "", "10.0.0.7") == 0);
  }
  CHECK(f.sessions.try_once("v002", "10.0.0.7") == node::http::address_window_ms);
  CHECK(f.sessions.try_once("v002", "10.0.0.8") == 0);
  f.clock.now_ms += node::http::address_window_ms + 1;
  CHECK(f.sessions.try_once("v002", "10.0.0.7") == 0);
}

TEST_CASE("Nobody's lock ends because others are guessed at") {
  Fixture f;
  for (int i = 0; i < node::http::tries_max; ++i) f.sessions.try_once("v001", "");
  for (std::size_t i = 0; i < node::http::guessers_max + 10; ++i) {
    f.clock.now_ms += 1;
    f.sessions.try_once("x" + std::to_string(i), "");
  }
  CHECK(f.sessions.try_once("v001", "") > 0);
}
