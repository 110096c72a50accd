// SPDX-License-Identifier: Apache-2.0
// Bands that are lost: blocked by one person, replaced by two, and what their purses come to.
#include <catch2/catch.hpp>

#include "test/support/lending_ground.h"
#include "test/support/replacement.h"

using namespace verbena;
using test::Band;
using test::block_request;
using test::Device;
using test::draft_of;
using test::gift_request;
using test::none;
using test::post;
using test::purse_of;
using test::replace_request;
using test::sell_request;
using test::World;
using test::write;

namespace {

constexpr std::uint64_t offline_max_minor = 5'000;  // of `small_festival`

// Two supervisors, each with a device, and a band that holds 80.00.
struct Ground : test::LendingGround {
  Device& sup = world.add(schemas::SUPERVISOR, "sup-1");
  Device& other_sup = world.add(schemas::SUPERVISOR, "sup-2");
  std::uint64_t old = purse_of(band);
  Band fresh = world.band(), another = world.band();

  Ground() {
    meet_all();
    REQUIRE(world.top_up(desk, band, 8'000).has_done());
    REQUIRE(tap(till, sell_request("water", 1, "purse")).has_done());  // of 2.00
    REQUIRE(cash(far, sell_request("water")).has_done());
    meet_all();
  }
  void meet_all() {
    for (int round = 0; round < 2; ++round) {
      for (auto* device : {&desk, &till, &far, &sup, &other_sup}) World::meet(hub, *device);
    }
  }
  // Each does something that says what it knows.
  void all_have_seen() {
    meet_all();
    REQUIRE(cash(till, sell_request("water")).has_done());
    REQUIRE(cash(far, sell_request("water")).has_done());
    Band some = world.band();
    REQUIRE(world.top_up(desk, some, 100).has_done());
    meet_all();
  }
  schemas::OperateReply block(Device& at) { return world.tap(at, block_request(old), nullptr); }
  schemas::OperateReply replace(Device& at, Band& by, std::size_t persons = 1) {
    return world.approved(at, replace_request(old), persons, &by);
  }
  std::int64_t on(Device& at, const Band& one) {
    return account(at, "purse/" + ledger::hex_u64(purse_of(one)));
  }
  ledger::PurseView view(Device& at, const Band& one) {
    ledger::PurseView out;
    at.ledger->ask([&](ledger::State& state, const auto&) { out = state.purse(purse_of(one)); });
    return out;
  }
  schemas::OperateReply buy(Device& at, Band& with, const char* sku = "water") {
    return world.tap(at, sell_request(sku, 1, "purse"), &with);
  }
};

// What a build could write that asks nobody.
ledger::Draft replacement(std::uint64_t old, const Band& to, std::uint64_t amount,
                          std::uint32_t line = 0) {
  schemas::Grant grant;
  grant.set_purse(purse_of(to));
  grant.set_source(schemas::GRANT_REPLACEMENT);
  ledger::Bytes source;
  ledger::put_u64(source, old);
  grant.set_source_id(source);
  grant.set_line(line);
  auto out = draft_of(ledger::LogClass::value, schemas::KIND_GRANT, grant.SerializeAsString());
  post(out, schemas::PURSE, "", schemas::PURSE, "", amount);
  return out;
}

// The same, with the yes of so many persons for its place in this device's log.
void write_approved(Ground& g, Device& at, ledger::Draft draft, std::size_t persons = 1) {
  ledger::Hash log{};
  std::uint64_t size = 0;
  at.ledger->ask([&](ledger::State&, const ledger::DeviceView& device) {
    log = device.log(draft.log_class).id;
    size = device.log(draft.log_class).size;
  });
  for (std::size_t i = 0; i < persons; ++i) {
    *draft.event.add_approval() =
        ledger::approve(draft.event, g.world.root.festival, log, size, *g.world.approvers.at(i));
  }
  write(at, draft);
}

}  // namespace

// ---- blocks ------------------------------------------------------------------------------------

TEST_CASE("One person blocks a band, and no device that knows takes it") {
  Ground g;
  CHECK(g.block(g.till).refused().code() == "role-denied");
  CHECK(g.block(g.desk).refused().code() == "role-denied");
  Device& by = GENERATE(true, false) ? g.sup : g.hub;
  const auto blocked = g.block(by);
  REQUIRE(blocked.has_done());
  CHECK(blocked.done().purse() == g.old);
  CHECK(g.block(by).refused().code() == "already-blocked");
  World::meet(g.hub, g.sup);
  World::meet(g.hub, g.till);
  CHECK(g.buy(g.till, g.band).refused().code() == "purse-frozen");
  CHECK(g.world.top_up(g.hub, g.band, 100).refused().code() == "role-denied");
  CHECK(g.buy(g.far, g.band).has_done());  // cut off: it cannot know
  World::meet(g.hub, g.far);
  CHECK(g.buy(g.far, g.band).refused().code() == "purse-frozen");
  World::meet(g.hub, g.desk);
  CHECK(g.world.refund(g.desk, g.band).refused().code() == "purse-frozen");
  CHECK(g.on(g.hub, g.band) == 7'600);  // still there
}

TEST_CASE("A block that a till or a desk writes freezes nothing") {
  Ground g;
  schemas::PurseBlock block;
  block.set_purse(g.old);
  for (auto* liar : {&g.till, &g.desk}) {
    write(*liar, draft_of(ledger::LogClass::control, schemas::KIND_PURSE_BLOCK,
                          block.SerializeAsString()));
  }
  g.meet_all();
  CHECK_FALSE(g.view(g.hub, g.band).frozen);
}

// ---- replacements ------------------------------------------------------------------------------

TEST_CASE(
    "A lost band's money goes to a new one: all but what a late sale may take, then the rest") {
  Ground g;
  REQUIRE(g.replace(g.sup, g.fresh, 0).refused().code() == "approval-needed");
  CHECK_FALSE(g.view(g.sup, g.band).frozen);  // nothing is written without the second person
  const auto first = g.replace(g.sup, g.fresh);
  REQUIRE(first.has_done());
  CHECK(first.done().purse() == purse_of(g.fresh));
  CHECK(first.done().amount_minor() == 7'800 - offline_max_minor);
  CHECK(first.done().kept_minor() == offline_max_minor);
  CHECK(first.done().balance_minor() == 2'800);
  const std::vector<std::string> waits(first.done().waits_for().begin(),
                                       first.done().waits_for().end());
  CHECK(waits == std::vector<std::string>{"desk", "far", "till"});
  CHECK(g.replace(g.sup, g.fresh).refused().code() == "block-not-everywhere");
  CHECK(g.replace(g.sup, g.another).refused().code() == "already-replaced");

  g.meet_all();
  CHECK(g.buy(g.till, g.band).refused().code() == "purse-frozen");
  REQUIRE(g.buy(g.till, g.fresh).has_done());  // says that the till knows of the block
  g.meet_all();
  CHECK(g.replace(g.other_sup, g.fresh).refused().code() == "block-not-everywhere");
  g.all_have_seen();
  const auto rest = g.replace(g.other_sup, g.fresh);
  REQUIRE(rest.has_done());
  CHECK(rest.done().amount_minor() == offline_max_minor);
  CHECK(rest.done().waits_for_size() == 0);
  CHECK(g.replace(g.other_sup, g.fresh).refused().code() == "insufficient-funds");
  g.meet_all();
  for (auto* device : {&g.hub, &g.till, &g.desk, &g.sup}) {
    CHECK(g.on(*device, g.band) == 0);
    CHECK(g.on(*device, g.fresh) == 7'600);
    CHECK(World::digest(*device) == World::digest(g.hub));
  }
  CHECK(g.world.refund(g.desk, g.fresh).done().amount_minor() == 7'600);
  CHECK(g.findings(g.hub) == none);
}

TEST_CASE("Where nothing may go yet, a replacement blocks the old band and says who it waits for") {
  Ground g;
  REQUIRE(g.world.tap(g.till, sell_request("menu", 6, "purse"), &g.band).has_done());  // 36.00 left
  g.meet_all();
  const auto reply = g.world.tap(g.sup, replace_request(g.old), &g.fresh);  // nobody's yes needed
  REQUIRE(reply.has_done());
  CHECK(reply.done().amount_minor() == 0);
  CHECK(reply.done().kept_minor() == 3'600);
  CHECK(reply.done().waits_for_size() == 3);
  CHECK(g.view(g.sup, g.band).frozen);
  CHECK(g.view(g.sup, g.band).replaced_by == 0);
  g.all_have_seen();
  CHECK(g.replace(g.sup, g.fresh).done().amount_minor() == 3'600);
}

TEST_CASE("A revoked till is not waited for") {
  Ground g;
  REQUIRE(g.block(g.sup).has_done());
  g.meet_all();
  for (auto* till : {&g.till, &g.far}) {
    schemas::OperateRequest request;
    request.mutable_revoke()->set_alias(till->identity.certificate.alias);
    request.mutable_revoke()->set_reason("gone");
    REQUIRE(g.world.tap(g.sup, request, nullptr).has_done());
  }
  Band some = g.world.band();
  REQUIRE(g.world.top_up(g.desk, some, 100).has_done());
  g.meet_all();
  const auto reply = g.replace(g.sup, g.fresh);
  REQUIRE(reply.has_done());
  CHECK(reply.done().amount_minor() == 7'800);
}

TEST_CASE("A sale to the old band that comes late is its overdraft, and never the new band's") {
  Ground g;
  Band thief = g.band;
  REQUIRE(g.replace(g.sup, g.fresh).has_done());
  World::meet(g.hub, g.sup);
  World::meet(g.hub, g.till);
  REQUIRE(
      g.world.tap(g.far, sell_request("menu", 7, "purse"), &thief).has_done());  // 49.00, cut off
  g.meet_all();
  CHECK(g.on(g.hub, g.band) == 100);
  CHECK(g.findings(g.hub) == none);
  REQUIRE(g.world.tap(g.till, sell_request("menu", 4, "purse"), &g.fresh).has_done());
  g.all_have_seen();
  CHECK(g.replace(g.sup, g.fresh).done().amount_minor() == 100);
  CHECK(g.on(g.hub, g.fresh) >= 0);
}

TEST_CASE("No more goes to a new band than is there, whatever was spent meanwhile") {
  Ground g;
  Band thief = g.band;
  REQUIRE(g.world.tap(g.far, sell_request("menu", 7, "purse"), &thief).has_done());
  REQUIRE(g.world.tap(g.till, sell_request("menu", 9, "purse"), &g.band).has_done());
  g.meet_all();
  REQUIRE(g.on(g.sup, g.band) < 0);  // spent twice
  REQUIRE(g.block(g.sup).has_done());
  g.all_have_seen();
  CHECK(g.replace(g.sup, g.fresh).refused().code() == "insufficient-funds");
}

TEST_CASE("What a sale in the air may take stays on the old band") {
  Ground g;
  auto request = sell_request("beer", 1, "purse");
  request.set_band(g.band.image);
  node::TapSession session(*g.till.ledger, g.world.random, schemas::VENDOR);
  REQUIRE(session.begin(request).has_write());  // and no more is heard of it
  g.meet_all();
  REQUIRE(g.block(g.sup).has_done());
  g.all_have_seen();
  CHECK(g.replace(g.sup, g.fresh).done().amount_minor() == 7'800 - 450);
}

TEST_CASE("Gifts stay gifts on the new band, and meals go along") {
  Ground g;
  REQUIRE(g.gift(900).has_done());
  schemas::OperateRequest meals;
  meals.mutable_gift()->set_meals(3);
  meals.mutable_gift()->set_reason("crew");
  REQUIRE(g.world.approved(g.desk, meals, 1, &g.band).has_done());
  REQUIRE(g.block(g.sup).has_done());
  g.all_have_seen();
  REQUIRE(g.replace(g.sup, g.fresh).done().amount_minor() == 8'700);
  g.meet_all();
  const auto now = g.view(g.desk, g.fresh), before = g.view(g.desk, g.band);
  CHECK(now.gift_left == 900);
  CHECK(now.meals_granted == 3);
  CHECK(before.gift_left == 0);
  CHECK(before.meals_used == before.meals_granted);
  CHECK(g.world.refund(g.desk, g.fresh).done().amount_minor() == 7'800);
  CHECK(g.findings(g.hub) == none);
}

TEST_CASE("While a late sale may come, gifts are what stays behind: they are spent first") {
  Ground g;
  REQUIRE(g.gift(900).has_done());
  g.meet_all();
  REQUIRE(g.replace(g.sup, g.fresh).done().amount_minor() == 8'700 - offline_max_minor);
  CHECK(g.view(g.sup, g.fresh).gift_granted == 0);
  CHECK(g.view(g.sup, g.band).gift_left == 900);
}

TEST_CASE("A new band that is lost too is replaced by a third") {
  Ground g;
  REQUIRE(g.block(g.sup).has_done());
  g.all_have_seen();
  REQUIRE(g.replace(g.sup, g.fresh).has_done());
  g.meet_all();
  REQUIRE(g.world.tap(g.sup, block_request(purse_of(g.fresh)), nullptr).has_done());
  g.all_have_seen();
  const auto third = g.world.approved(g.sup, replace_request(purse_of(g.fresh)), 1, &g.another);
  CHECK(third.done().amount_minor() == 7'800);
  CHECK(g.replace(g.sup, g.fresh).refused().code() == "purse-frozen");
}

TEST_CASE("A hub's replacement needs two persons, and a till has no say") {
  Ground g;
  CHECK(g.replace(g.hub, g.fresh, 1).refused().code() == "approval-needed");
  CHECK(g.replace(g.till, g.fresh, 2).refused().code() == "role-denied");
  CHECK(g.replace(g.desk, g.fresh, 2).refused().code() == "role-denied");
  CHECK(g.replace(g.hub, g.fresh, 2).has_done());
}

TEST_CASE("A replacement that is asked for twice is given once") {
  Ground g;
  auto request = replace_request(g.old);
  request.set_intent(77);
  REQUIRE(g.world.approved(g.sup, request, 1, &g.fresh).has_done());
  const auto again = g.world.tap(g.sup, request, &g.fresh);
  REQUIRE(again.has_done());
  CHECK(again.done().repeated_intent());
  CHECK(again.done().amount_minor() == 2'800);
  CHECK(g.on(g.sup, g.fresh) == 2'800);
  request.mutable_replace()->set_purse(5);
  CHECK(g.world.tap(g.sup, request, &g.fresh).refused().code() == "intent-reused");
}

TEST_CASE("A replacement asked for again, after a restart too, says what it said at first") {
  Ground g;
  auto request = replace_request(g.old);
  request.set_intent(78);
  const auto first = g.world.approved(g.sup, request, 1, &g.fresh).done();
  REQUIRE(first.waits_for_size() == 3);
  g.world.restart(g.sup);
  const auto again = g.world.tap(g.sup, request, &g.fresh).done();
  REQUIRE(again.repeated_intent());
  CHECK(again.id() == first.id());
  CHECK(again.purse() == purse_of(g.fresh));
  CHECK(again.balance_minor() == 2'800);
  CHECK(again.kept_minor() == first.kept_minor());
  CHECK(again.waits_for_size() == first.waits_for_size());
}

TEST_CASE("A device that is named like another is waited for by itself") {
  Ground g;
  REQUIRE(g.block(g.sup).has_done());
  g.all_have_seen();
  const auto unaware = [&] {
    std::set<std::string> out;
    g.hub.ledger->ask(
        [&](ledger::State& state, const auto&) { out = state.unaware_of_block(g.old); });
    return out;
  };
  REQUIRE(unaware().empty());
  Device& twin = g.world.add(schemas::VENDOR, "twin", "bar-1", "far");
  REQUIRE(g.cash(twin, sell_request("water")).has_done());  // it knows of no block
  World::meet(g.hub, g.world.device("root"));
  World::meet(g.hub, twin);
  CHECK(unaware() == std::set<std::string>{"far"});
}

// ---- the fold ----------------------------------------------------------------------------------

TEST_CASE("Two replacements in places that cannot hear each other give the money once") {
  Ground g;
  REQUIRE(g.replace(g.sup, g.fresh).has_done());
  REQUIRE(g.replace(g.other_sup, g.another).has_done());
  REQUIRE(g.buy(g.sup, g.fresh).refused().code() == "role-denied");
  g.meet_all();
  const auto first = g.on(g.hub, g.fresh), second = g.on(g.hub, g.another);
  CHECK(std::min(first, second) == 0);
  CHECK(std::max(first, second) == 2'800);
  CHECK(g.on(g.hub, g.band) == 5'000);
  CHECK(g.findings(g.hub)["replaced-twice"] == 1);
  for (auto* device : {&g.till, &g.desk, &g.sup, &g.other_sup}) {
    CHECK(World::digest(*device) == World::digest(g.hub));
  }
  g.all_have_seen();
  Band& loser = first == 0 ? g.fresh : g.another;
  Band& winner = first == 0 ? g.another : g.fresh;
  CHECK(g.replace(g.sup, loser).refused().code() == "already-replaced");
  CHECK(g.replace(g.sup, winner).done().amount_minor() == 5'000);
  g.world.restart(g.hub);  // folds anew
  World::meet(g.hub, g.sup);
  CHECK(World::digest(g.sup) == World::digest(g.hub));
}

TEST_CASE("The same rest given in two places counts once") {
  Ground g;
  REQUIRE(g.replace(g.sup, g.fresh).has_done());
  g.all_have_seen();
  REQUIRE(g.replace(g.sup, g.fresh).has_done());
  REQUIRE(g.replace(g.other_sup, g.fresh).has_done());
  g.meet_all();
  CHECK(g.on(g.hub, g.fresh) == 7'800);
  CHECK(g.on(g.hub, g.band) == 0);
  CHECK(g.findings(g.hub) == none);
}

TEST_CASE("A replacement without its second person, or in other words, counts nowhere") {
  Ground g;
  SECTION("nobody's yes") {
    write(g.sup, replacement(g.old, g.fresh, 100));
  }
  SECTION("one yes at a hub") {
    write_approved(g, g.hub, replacement(g.old, g.fresh, 100));
  }
  SECTION("a desk's") {
    write_approved(g, g.desk, replacement(g.old, g.fresh, 100), 2);
  }
  SECTION("from itself") {
    write_approved(g, g.sup, replacement(purse_of(g.fresh), g.fresh, 100));
  }
  SECTION("from nobody") {
    write_approved(g, g.sup, replacement(0, g.fresh, 100));
  }
  SECTION("with money of somebody else") {
    auto draft = replacement(g.old, g.fresh, 100);
    post(draft, schemas::OUTSIDE, "", schemas::PURSE, "", 100);
    write_approved(g, g.sup, draft);
  }
  SECTION("in another currency") {
    auto draft = replacement(g.old, g.fresh, 100);
    draft.event.mutable_posting(0)->set_currency("USD");
    write_approved(g, g.sup, draft);
  }
  SECTION("of a grant of another source") {
    auto draft = replacement(g.old, g.fresh, 100);
    schemas::Grant grant;
    grant.ParseFromString(draft.event.payload());
    grant.set_source(schemas::GRANT_PAYMENT);
    draft.event.set_payload(grant.SerializeAsString());
    write_approved(g, g.hub, draft, 2);
  }
  g.meet_all();
  CHECK(g.on(g.hub, g.fresh) == 0);
  CHECK(g.on(g.hub, g.band) == 7'800);
  CHECK_FALSE(g.view(g.hub, g.band).frozen);
  CHECK(g.findings(g.hub)["rule-broken"] == 1);
}

TEST_CASE("A replacement freezes the old band by itself, and of two the lower counts") {
  Ground g;
  write_approved(g, g.sup, replacement(g.old, g.fresh, 700));
  write_approved(g, g.other_sup, replacement(g.old, g.another, 300));
  write_approved(g, g.sup, replacement(g.old, g.fresh, 50, 1));
  write_approved(g, g.other_sup, replacement(g.old, g.another, 20, 1));
  g.meet_all();
  CHECK(g.view(g.hub, g.band).frozen);
  CHECK(g.on(g.hub, g.fresh) == 0);
  CHECK(g.on(g.hub, g.another) == 320);
  CHECK(g.on(g.hub, g.band) == 7'480);
}

TEST_CASE("More than was there, given by two persons, is an overdraft of the old purse") {
  Ground g;
  write_approved(g, g.sup, replacement(g.old, g.fresh, 9'000));
  g.meet_all();
  CHECK(g.on(g.hub, g.band) == -1'200);
  CHECK(g.findings(g.hub)["overdraft"] == 1);
}
