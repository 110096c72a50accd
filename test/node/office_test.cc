// SPDX-License-Identifier: Apache-2.0
#include "node/office.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "test/support/office_ground.h"

using namespace verbena;
namespace fs = std::filesystem;
using ledger::Errc;
using ledger::Refusal;
using node::EnrolRequest;
using test::OfficeGround;

namespace {

EnrolRequest hub(const OfficeGround& ground) {
  return {schemas::HUB, "", "", ground.at("office") / "spares" / "supervisor-2", 0, {}};
}

}  // namespace

TEST_CASE("A hub, a supervisor and a desk take two supervisors") {
  auto ground = OfficeGround::fresh();
  auto office = ground.office();
  for (const auto role : {schemas::HUB, schemas::SUPERVISOR, schemas::TOP_UP_DESK}) {
    EnrolRequest request{role, "", "", {}, 1'000, {}};
    const auto alone = office.enrol(request, ground.at("new"));
    REQUIRE_FALSE(alone.ok());
    CHECK(alone.error().text.find("needs a second supervisor") != std::string::npos);
    request.approve = ground.at("office") / "office";
    const auto twice = office.enrol(request, ground.at("new"));
    REQUIRE_FALSE(twice.ok());
    CHECK(twice.error().refusal == Refusal::approval_needed);
    request.approve = ground.at("till-1");
    CHECK(office.enrol(request, ground.at("new")).error().refusal == Refusal::role_denied);
    CHECK_FALSE(fs::exists(ground.at("new")));
    request.approve = ground.at("office") / "spares" / "supervisor-3";
    REQUIRE(office.enrol(request, ground.at(ledger::role_name(role))).ok());
    CHECK(node::open_home(ground.at(ledger::role_name(role)), ground.clock, ground.random).ok());
  }
}

TEST_CASE("Each spare hub is taken once, and its sealed keys are gone then") {
  auto ground = OfficeGround::fresh();
  auto office = ground.office();
  CHECK(*office.enrol(hub(ground), ground.at("one")) == "hub-1");
  CHECK_FALSE(fs::exists(ground.at("office") / "spares" / "hub-1" / "for-two"));
  CHECK(office.enrol(hub(ground), ground.at("one")).error().code == Errc::bad_input);
  CHECK(*office.enrol(hub(ground), ground.at("two")) == "hub-2");
  const auto third = office.enrol(hub(ground), ground.at("three"));
  REQUIRE_FALSE(third.ok());
  CHECK(third.error().text.find("no spare hub is left") != std::string::npos);
}

TEST_CASE("No device that is enrolled later has the number or the name of a spare") {
  auto ground = OfficeGround::fresh();
  const auto spares = ground.box();
  CHECK(spares == std::vector<std::string>{"spare-7", "spare-8"});
  auto office = ground.office();
  EnrolRequest request{schemas::VENDOR, "bar-1", "spare-9", {}, 0, {}};
  CHECK(office.enrol(request, ground.at("new")).error().code == Errc::bad_input);
  request.alias = "till-2";
  REQUIRE(office.enrol(request, ground.at("new")).ok());
  CHECK(ground.keys(ground.at("new")).identity.certificate.number == 9);
  CHECK(*office.make_spares(schemas::VENDOR, 1, ground.at("box")) ==
        std::vector<std::string>{"spare-10"});
}

TEST_CASE("Spares are made for who sells, and in a number that somebody meant") {
  auto ground = OfficeGround::fresh();
  auto office = ground.office();
  for (const auto role : {schemas::HUB, schemas::TOP_UP_DESK, schemas::STORE}) {
    CHECK(office.make_spares(role, 1, ground.at("box")).error().code == Errc::bad_input);
  }
  for (const std::size_t count : {std::size_t{0}, node::spares_max + 1}) {
    CHECK(office.make_spares(schemas::VENDOR, count, ground.at("box")).error().code ==
          Errc::bad_input);
  }
  CHECK_FALSE(fs::exists(ground.at("box")));
}

TEST_CASE("An enrolment cut short at any act is told, and finished by the same command") {
  for (const bool is_hub : {false, true}) {
    std::vector<std::string> acts;
    for (std::size_t stop = 0;; ++stop) {
      auto ground = OfficeGround::fresh();
      auto office = ground.office();
      EnrolRequest request =
          is_hub ? hub(ground) : EnrolRequest{schemas::VENDOR, "bar-2", "till-2", {}, 0, {}};
      acts.clear();
      const auto cut = office.enrol(request, ground.at("new"), [&](const std::string& act) {
        acts.push_back(act);
        return acts.size() <= stop;
      });
      INFO(acts.back());
      if (cut) break;
      const bool is_whole = acts.back() == "destroy the seal";
      CHECK(node::open_home(ground.at("new"), ground.clock, ground.random).ok() == is_whole);
      if (fs::exists(ground.at("new")) && !is_whole) {
        const EnrolRequest others[] = {{schemas::VENDOR, "bar-1", "till-2", {}, 0, {}},
                                       {schemas::VENDOR, "bar-2", "till-9", {}, 0, {}},
                                       {schemas::STAND_LEAD, "bar-2", "till-2", {}, 0, {}}};
        for (const auto& other : others) {
          const auto refused = office.enrol(other, ground.at("new"));
          REQUIRE_FALSE(refused.ok());
          CHECK(refused.error().text.find("never finished") != std::string::npos);
        }
      }
      const auto finished = office.enrol(request, ground.at("new"));
      REQUIRE(finished.ok());
      CHECK(*finished == (is_hub ? "hub-1" : "till-2"));
      CHECK(node::open_home(ground.at("new"), ground.clock, ground.random).ok());
      CHECK_FALSE(node::is_sealed(ground.at("office") / "spares" / "hub-1") == is_hub);
    }
    CHECK(acts.size() == (is_hub ? 5 : 3));
  }
}
