// SPDX-License-Identifier: Apache-2.0
// What copied vouchers can cost: at most their value for each further group of tills that knows
// nothing of the others.
#include <catch2/catch.hpp>

#include "ledger/audit.h"
#include "test/support/vouchers.h"

using namespace verbena;
using test::Device;
using test::World;

namespace {

constexpr std::uint64_t seeds = 25;
constexpr int tills = 8;
constexpr int tries = 60;

struct Field {
  explicit Field(std::uint64_t seed) : world(seed, test::zoned_festival()) {
    for (int i = 0; i < tills; ++i) {
      const std::string number = std::to_string(i);
      pos.push_back(
          &world.add(schemas::VENDOR, "till-" + number, "bar-" + std::to_string(1 + i % 4)));
    }
    meet_all();
    groups = 1 + world.random.below(4);
    for (int i = 0; i < tills; ++i) group_of.push_back(world.random.below(groups));
  }
  void meet_all() {
    for (int round = 0; round < 2; ++round) {
      for (auto* device : pos) World::meet(hub, *device);
      World::meet(hub, desk);
    }
  }
  // Within its group every till hears of every sale before the next.
  void tell_group(std::size_t of) {
    for (std::size_t i = 0; i < pos.size(); ++i) {
      if (i != of && group_of[i] == group_of[of]) World::meet(*pos[of], *pos[i]);
    }
  }

  World world;
  Device& hub = world.add(schemas::HUB, "hub");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  std::vector<Device*> pos;
  std::size_t groups = 1;
  std::vector<std::size_t> group_of;
};

struct Printed {
  std::string code, id, zone;
  std::uint64_t value = 0;
  std::uint64_t spent = 0;
};

// Groups of which a till is in this zone.
std::size_t groups_in(const Field& field, const std::string& zone) {
  std::set<std::size_t> out;
  for (std::size_t i = 0; i < field.pos.size(); ++i) {
    if (zone.empty() || field.pos[i]->identity.certificate.zone == zone) {
      out.insert(field.group_of[i]);
    }
  }
  return out.size();
}

}  // namespace

TEST_CASE("A copied voucher costs no more than its value for each further group of its zone") {
  std::uint64_t doubled = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    Field field(seed);
    auto& random = field.world.random;
    std::vector<Printed> printed;
    for (const char* zone : {"", "", "north", "south"}) {
      const std::uint64_t value = 100 + random.below(8) * 50;
      const auto reply = field.world.tap(
          field.desk, test::issue_request(value, 1, 1 + printed.size(), zone), nullptr);
      REQUIRE(reply.done().voucher_size() == 1);
      const std::string code = reply.done().voucher(0);
      printed.push_back({code, ledger::voucher_id(ledger::decode_code(code)->body()), zone, value});
    }
    const bool issue_known = random.below(2) == 0;
    if (issue_known) field.meet_all();
    for (int i = 0; i < tries; ++i) {
      Printed& voucher = printed[random.below(printed.size())];
      const std::size_t at = random.below(field.pos.size());
      auto request = test::pay_request("beer", {voucher.code});
      request.mutable_sell()->set_rest_forfeited(true);
      const auto reply = field.world.tap(*field.pos[at], request, nullptr);
      const bool elsewhere =
          !voucher.zone.empty() && field.pos[at]->identity.certificate.zone != voucher.zone;
      if (elsewhere) CHECK(reply.refused().code() == "not-here");
      voucher.spent += reply.has_done();
      field.tell_group(at);
    }
    field.meet_all();
    std::size_t overdrawn = 0;
    field.hub.ledger->ask([&](ledger::State& state, const auto&) {
      for (const auto& voucher : printed) {
        CAPTURE(voucher.zone);
        const auto known = state.voucher(voucher.id);
        const std::uint64_t k = groups_in(field, voucher.zone);
        const auto over = -state.accounts().balance(state.currency(), "voucher/" + voucher.id);
        CHECK(known.uses.size() == voucher.spent);
        CHECK(over ==
              static_cast<__int128>(voucher.value) * (static_cast<__int128>(voucher.spent) - 1));
        CHECK(over <= static_cast<__int128>(voucher.value * (k - 1)));
        overdrawn += voucher.spent > 1;
      }
    });
    doubled += overdrawn;
    const auto report = ledger::audit(*field.hub.store, field.world.root);
    REQUIRE(report.ok());
    std::size_t found = 0;
    for (const auto& finding : report->findings) found += finding.kind == "voucher-overdrawn";
    CHECK(found == overdrawn);
    CHECK(report->conserved);
  }
  CHECK(doubled > 10);  // else the bound was never near
}
