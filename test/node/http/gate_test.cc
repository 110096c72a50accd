// SPDX-License-Identifier: Apache-2.0
#include "node/http/gate.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "node/http/totp.h"
#include "node/http/wall_people.h"
#include "node/terminal.h"
#include "test/support/counter.h"

using namespace verbena;
using node::Language;
using node::http::Gate;
using test::Counter;

namespace {

std::string code_of(const node::http::Answer& answer) {
  const auto body = nlohmann::json::parse(answer.json);
  return body.contains("refused") ? body["refused"]["code"].get<std::string>() : "";
}

struct TillGate : Counter {
  explicit TillGate(const std::string& staff = "v001") {
    give(staff);
    world.meet(supervisor, pos);
    REQUIRE(reader->tap(staff));
  }
  void give(const std::string& staff) {
    const auto band = node::issue_staff_band(*supervisor.ledger, world.random, staff, "2468");
    put(staff, node::to_image(*band));
  }
  Gate::Entry enter(const std::string& pin) {
    return gate.sign_in("{\"pin\":\"" + pin + "\"}", "", Language::en);
  }
  Gate gate{*pos.ledger, world.clock, world.random, directory.path(), reader.get(), false};
};

}  // namespace

TEST_CASE("Staff band and PIN sign in at a till") {
  TillGate till;
  const auto entry = till.enter("2468");
  CHECK(entry.answer.status == 200);
  const auto session = till.gate.session(entry.cookie, true);
  REQUIRE(session);
  CHECK(session->staff == "v001");
  const auto body = nlohmann::json::parse(entry.answer.json);
  CHECK(body["token"] == session->token);
  CHECK(body["roles"] == nlohmann::json::array({"vendor"}));
  CHECK(till.gate.caller(*session).staff == "v001");
  till.gate.sign_out(entry.cookie);
  CHECK_FALSE(till.gate.session(entry.cookie, true));
}

TEST_CASE("The PIN alone, another band, or another PIN do not") {
  TillGate till;
  CHECK(code_of(till.enter("1357").answer) == "sign-in-refused");
  CHECK(code_of(till.gate.sign_in("{}", "", Language::en).answer) == "bad-input");
  CHECK(code_of(till.gate.sign_in("no json", "", Language::en).answer) == "bad-input");
  REQUIRE(till.reader->tap({}));
  CHECK(code_of(till.enter("2468").answer) == "no-band");
  till.put("band-a", till.world.band().image);
  REQUIRE(till.reader->tap("band-a"));
  CHECK(code_of(till.enter("2468").answer) == "not-a-staff-band");
}

TEST_CASE("After five wrong PINs even the right one waits, and says how long") {
  TillGate till;
  for (int i = 0; i < 5; ++i) CHECK(code_of(till.enter("1357").answer) == "sign-in-refused");
  const auto entry = till.enter("2468");
  CHECK(entry.answer.status == 429);
  CHECK(nlohmann::json::parse(entry.answer.json)["refused"]["retry_after_s"] == 900);
  till.world.clock.now_ms += node::http::lock_ms + 1;
  CHECK(till.enter("2468").answer.status == 200);
}

TEST_CASE("Staff of another stand is refused, staff without a stand is welcome") {
  CHECK(code_of(TillGate("v002").enter("2468").answer) == "sign-in-refused");
  CHECK(TillGate("l001").enter("2468").answer.status == 200);
}

TEST_CASE("A new card for the same alias ends the sessions of the old one") {
  TillGate till;
  const auto entry = till.enter("2468");
  REQUIRE(till.gate.session(entry.cookie, true));
  REQUIRE(node::issue_staff_band(*till.supervisor.ledger, till.world.random, "v001", "1111"));
  till.world.meet(till.supervisor, till.pos);
  CHECK_FALSE(till.gate.session(entry.cookie, true));
  CHECK(code_of(till.enter("1111").answer) == "sign-in-refused");  // the old band's secret
}

TEST_CASE("What staff may do is what both the device and one of their roles allow") {
  using ledger::Action;
  const ledger::Caller vendor{schemas::VENDOR, "v001", {schemas::VENDOR}};
  CHECK(ledger::may(vendor, Action::sell));
  CHECK_FALSE(ledger::may(vendor, Action::top_up));
  const ledger::Caller supervisor{schemas::VENDOR, "s001", {schemas::SUPERVISOR}};
  CHECK_FALSE(ledger::may(supervisor, Action::sell));
  CHECK_FALSE(ledger::may(supervisor, Action::revoke));
  CHECK_FALSE(ledger::may(ledger::Caller(schemas::VENDOR, "x", {}), Action::sell));
}

TEST_CASE("On a wall alias, passphrase and a fresh code sign in, and the code is good once") {
  Counter c;
  test::Device& hub = c.world.add(schemas::HUB, "hub");
  REQUIRE(node::write_file(c.directory.path() / "certificate", "x"));
  const auto address =
      node::add_wall_person(c.directory.path(), "s001", "a long secret", c.world.random);
  REQUIRE(address);
  CHECK(address->starts_with("otpauth://totp/Verbena:s001?secret="));
  const auto person = node::find_wall_person(c.directory.path(), "s001");
  REQUIRE((person && *person));
  Gate gate(*hub.ledger, c.world.clock, c.world.random, c.directory.path(), nullptr, true);
  const auto enter = [&](const std::string& alias, const std::string& passphrase,
                         const std::string& code) {
    const nlohmann::json body{{"alias", alias}, {"passphrase", passphrase}, {"code", code}};
    return gate.sign_in(body.dump(), "", Language::es);
  };
  const auto code = [&] {
    return node::http::totp_code((*person)->code_secret,
                                 c.world.clock.now_ms / node::http::totp_step_ms);
  };
  CHECK(code_of(enter("s001", "a wrong secret", code()).answer) == "sign-in-refused");
  CHECK(code_of(enter("s001", "a long secret", "000000").answer) == "sign-in-refused");
  CHECK(code_of(enter("nobody", "a long secret", code()).answer) == "sign-in-refused");
  const auto entry = enter("s001", "a long secret", code());
  CHECK(entry.answer.status == 200);
  CHECK(gate.session(entry.cookie, true));
  CHECK(code_of(enter("s001", "a long secret", code()).answer) == "sign-in-refused");
  c.world.clock.now_ms += node::http::totp_step_ms;
  CHECK(enter("s001", "a long secret", code()).answer.status == 200);
  REQUIRE(node::add_wall_person(c.directory.path(), "s001", "another secret", c.world.random));
  CHECK_FALSE(gate.session(entry.cookie, true));  // it rested on the old passphrase
}

TEST_CASE("Somebody unknown is refused as often as they try, and locks nobody out") {
  Counter c;
  test::Device& hub = c.world.add(schemas::HUB, "hub");
  REQUIRE(node::write_file(c.directory.path() / "certificate", "x"));
  Gate gate(*hub.ledger, c.world.clock, c.world.random, c.directory.path(), nullptr, true);
  for (int i = 0; i < 7; ++i) {
    const auto entry = gate.sign_in(
        "{\"alias\":\"nobody\",\"passphrase\":\"a guess\",\"code\":\"000000\"}", "", Language::en);
    CHECK(code_of(entry.answer) == "sign-in-refused");
  }
}

TEST_CASE("Somebody who only sells does not sign in on a wall, whatever they know") {
  Counter c;
  test::Device& hub = c.world.add(schemas::HUB, "hub");
  REQUIRE(node::write_file(c.directory.path() / "certificate", "x"));
  REQUIRE(node::add_wall_person(c.directory.path(), "v001", "a long secret", c.world.random));
  const auto person = node::find_wall_person(c.directory.path(), "v001");
  Gate gate(*hub.ledger, c.world.clock, c.world.random, c.directory.path(), nullptr, true);
  const std::string code = node::http::totp_code((*person)->code_secret,
                                                 c.world.clock.now_ms / node::http::totp_step_ms);
  CHECK(code_of(gate.sign_in("{\"alias\":\"v001\",\"passphrase\":\"a long secret\",\"code\":\"" +
                                 code + "\"}",
                             "", Language::en)
                    .answer) == "sign-in-refused");
}

TEST_CASE("The file of a wall's people names its trouble") {
  Counter c;
  const auto& home = c.directory.path();
  CHECK(node::add_wall_person(home, "s001", "a long secret", c.world.random).error().code ==
        ledger::Errc::storage);
  REQUIRE(node::write_file(home / "certificate", "x"));
  CHECK_FALSE(node::add_wall_person(home, "s001", "short", c.world.random));
  CHECK_FALSE(node::add_wall_person(home, "S 001", "a long secret", c.world.random));
  REQUIRE(node::write_file(home / "wall-people.json", "{\"s001\": {\"salt\": \"00\"}}"));
  for (const char* entry : {"{\"s001\": 7}", "{\"s001\": {\"salt\": 7}}"}) {
    CAPTURE(entry);
    REQUIRE(node::write_file(home / "wall-people.json", entry));
    CHECK_FALSE(node::find_wall_person(home, "s001"));
  }
  const auto found = node::find_wall_person(home, "s001");
  REQUIRE_FALSE(found);
  CHECK(found.error().text.find("wall-people.json") != std::string::npos);
}

TEST_CASE("Only a supervisor says yes, and only on a device whose key does") {
  Counter counter;
  counter.world.meet(counter.supervisor, counter.pos);
  Gate own{*counter.supervisor.ledger,
           counter.world.clock,
           counter.world.random,
           counter.directory.path(),
           nullptr,
           true};
  Gate till{*counter.pos.ledger,
            counter.world.clock,
            counter.world.random,
            counter.directory.path(),
            nullptr,
            true};
  CHECK(own.approves({"s001", {}, {}, 0}));
  CHECK_FALSE(own.approves({"v001", {}, {}, 0}));
  CHECK_FALSE(own.approves({"nobody", {}, {}, 0}));
  CHECK_FALSE(till.approves({"s001", {}, {}, 0}));
}

TEST_CASE("What binds takes the passphrase once more, and not a sixth guess") {
  Counter counter;
  REQUIRE(node::write_file(counter.directory.path() / "certificate", "x"));
  REQUIRE(node::add_wall_person(counter.directory.path(), "s001", "a long secret",
                                counter.world.random));
  Gate gate{*counter.supervisor.ledger,
            counter.world.clock,
            counter.world.random,
            counter.directory.path(),
            nullptr,
            true};
  const node::http::Session session{"s001", {}, {}, 0};
  const auto code = [&](const std::string& passphrase) {
    const auto answer = gate.confirm(session, passphrase, "10.0.0.1", Language::en);
    return answer ? code_of(*answer) : std::string("fits");
  };
  CHECK(code("") == "bad-input");
  CHECK(code("a guess") == "wrong-passphrase");
  CHECK(code("a long secret") == "fits");
  for (int i = 0; i < node::http::tries_max; ++i) CHECK(code("a guess") == "wrong-passphrase");
  CHECK(code("a long secret") == "locked-out");
}
