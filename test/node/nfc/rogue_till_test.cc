// SPDX-License-Identifier: Apache-2.0
// Devices with valid certificates that lie: a till that invents sales, and who makes credit.
// VERBENA_LONG=1: 100,000 inventions.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "ledger/stock/settlement.h"
#include "node/presence_desk.h"
#include "test/card_emulator/chip_bands.h"
#include "test/sim/memo.h"
#include "test/support/ask.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Draft;
using ledger::Result;
using test::balance;
using test::Device;
using test::purse;
using test::SmartCard;
using test::World;

namespace {

constexpr std::uint64_t inventions_long = 100'000;
constexpr std::uint64_t inventions_short = 3'000;
constexpr std::uint64_t inventions_a_round_max = 10'000;  // then the till is heard, and judged
constexpr std::uint64_t inventions_a_commit =
    500;  // a run that no frame carries is heard by nobody
constexpr std::size_t bands = 12;
constexpr std::uint64_t beer_minor = 450;
constexpr std::uint64_t top_up_minor = 15'000;

std::uint64_t inventions() {
  return std::getenv("VERBENA_LONG") != nullptr ? inventions_long : inventions_short;
}

// Chips that prove their presence.
struct Profile {
  const char* name;
  SmartCard (*delivered)(ledger::Random&);
};

std::vector<ledger::CommittedEvent> write(Device& device, const std::vector<Draft>& drafts) {
  auto written =
      device.ledger->commit(0, [&](auto&, auto&) -> Result<std::vector<Draft>> { return drafts; });
  REQUIRE(written.ok());
  REQUIRE(written->size() >= drafts.size());
  // What the ledger adds by itself goes ahead.
  return {written->end() - static_cast<std::ptrdiff_t>(drafts.size()), written->end()};
}

Draft draft_of(ledger::LogClass log_class, schemas::Kind kind, schemas::AccountClass from,
               schemas::AccountClass to, std::uint64_t amount_minor) {
  Draft out;
  out.log_class = log_class;
  out.event.set_kind(kind);
  auto* posting = out.event.add_posting();
  posting->set_from(from);
  posting->set_to(to);
  posting->set_amount_minor(amount_minor);
  return out;
}

// A band with `top_up_minor` on it, all written and signed by one device.
test::Band minted_band(World& world, const Device& writer, std::uint16_t issuer,
                       std::uint64_t issued_after_minor) {
  const auto& key = writer.identity.key;
  auto image = *ledger::decode_band(world.band().image);
  auto slot = *ledger::decode_slot(image.slots[0]);
  ++slot.head.counter;
  slot.head.credited = top_up_minor;
  slot.head.writer = writer.identity.certificate.number;
  slot.credit.counter = slot.head.counter;
  slot.credit.credited = top_up_minor;
  slot.credit.issuer = issuer;
  slot.credit.issued_before = issued_after_minor - top_up_minor;
  slot.credit.issued_after = issued_after_minor;
  ledger::sign_credit(slot.credit, world.root.festival, slot.head.purse, key);
  image.slots[0] = ledger::seal_slot(slot, world.root.festival, key);
  return {ledger::encode_band(image)};
}

// A hub that watches, honest bands at an honest till, and a till of another stand that lies.
struct Fair : test::ChipField {
  explicit Fair(const Profile& profile)
      : ChipField(profile.delivered),
        hub(world.add(schemas::HUB, "hub-1")),
        desk(world.add(schemas::TOP_UP_DESK, "desk")),
        pos(world.add(schemas::VENDOR, "pos", "bar-1")),
        rogue(world.add(schemas::VENDOR, "rogue", "bar-2")),
        watch(*hub.ledger, *node::share_of(keys, schemas::HUB), world.clock) {
    for (std::size_t i = 0; i < bands; ++i) {
      card = profile.delivered(world.random);
      REQUIRE(make().ok());
      const auto credited = tap(desk, top_up(next_intent++, top_up_minor));
      REQUIRE((credited && credited->has_done()));
      purses.push_back(credited->done().purse());
      heard.push_back(word_of_the_chip());
      cards.push_back(card);
    }
    for (Device* device : {&desk, &pos, &rogue}) World::meet(hub, *device);
    for (Device* device : {&pos, &rogue}) World::meet(hub, *device);
  }
  // As any till hears it that taps this band.
  Bytes word_of_the_chip() {
    place();
    const auto share = node::share_of(keys, schemas::VENDOR);
    auto band = node::nfc::open_band(channel, &*share, world.random);
    REQUIRE((band.ok() && (*band)->read().ok()));
    REQUIRE_FALSE((*band)->proof().empty());
    return (*band)->proof();
  }
  void buy(std::size_t of) {
    std::swap(card, cards[of]);
    const auto sold = tap(pos, beer(next_intent++));
    std::swap(card, cards[of]);
    REQUIRE(sold);
    CAPTURE(sold->refused().code(), sold->refused().text());
    CHECK(sold->has_done());
    bought += sold->has_done();
  }
  // Sales to bands that were never there: as the next steps of purses it knows, with the word that
  // the purse's chip gave on an earlier step, or none.
  void invent(std::uint64_t many) {
    std::vector<Draft> prepared;
    std::vector<std::size_t> whose;
    for (std::uint64_t i = 0; i < many; ++i) {
      auto draft = draft_of(ledger::LogClass::trade, schemas::KIND_SALE_PREPARED, schemas::PURSE,
                            schemas::STAND, beer_minor);
      whose.push_back(world.random.below(purses.size()));
      const std::uint64_t of = purses[whose.back()];
      const auto known = purse(rogue, of);
      const std::uint64_t ahead = 1 + i / purses.size();
      auto* step = draft.event.mutable_step();
      step->set_purse(of);
      step->set_counter(known.counter + static_cast<std::uint32_t>(ahead));
      step->set_credited(known.credited);
      step->set_debited(known.debited + ahead * beer_minor);
      step->set_previous(Bytes(ledger::view(known.hash)));
      prepared.push_back(std::move(draft));
    }
    std::vector<Draft> confirmed;
    for (const auto& event : write(rogue, prepared)) {
      confirmed.push_back(ledger::confirm_draft(event, schemas::KIND_SALE_PREPARED));
      if (world.random.below(2) == 0) {
        ledger::add_proof(confirmed.back().event, heard[whose[confirmed.size() - 1]]);
      }
    }
    (void)write(rogue, confirmed);
    invented += many;
  }
  void judge() {
    for (bool more = true; more;) {
      world.clock.now_ms += node::verdict_wait_ms;
      const auto looked = watch.look();
      REQUIRE(looked.ok());
      more = looked->more || looked->published;
      verdicts += looked->published;
    }
  }
  std::size_t frozen(Device& device) {
    std::size_t out = 0;
    for (const auto of : purses) out += purse(device, of).frozen;
    return out;
  }
  ledger::Minor earned(Device& device, const std::string& stand) {
    ledger::Minor out = 0;
    device.ledger->ask([&](ledger::State& state, const auto&) {
      for (const auto& one : ledger::settlements(state)) {
        if (one.holder == stand) out += one.payable_minor();
      }
    });
    return out;
  }

  Device &hub, &desk, &pos, &rogue;
  node::PresenceDesk watch;
  std::vector<SmartCard> cards;
  std::vector<Bytes> heard;  // of each card
  std::vector<std::uint64_t> purses;
  std::uint64_t next_intent = 1, invented = 0, bought = 0, verdicts = 0, frozen_before = 0;
};

}  // namespace

TEST_CASE("A till that invents confirmed sales by the thousand earns nothing and freezes nobody") {
  const Profile profile =
      GENERATE(Profile{"signed", SmartCard::ntag424}, Profile{"secure", SmartCard::desfire_ev3});
  CAPTURE(profile.name);
  sim::remember_signatures(true);
  Fair fair(profile);
  const std::uint64_t a_round = std::min(inventions() / 3, inventions_a_round_max);
  const std::uint64_t rounds = inventions() / a_round;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    CAPTURE(round);
    for (std::uint64_t left = a_round; left > 0;) {
      const std::uint64_t many = std::min(left, inventions_a_commit);
      fair.invent(many);
      left -= many;
    }
    for (int i = 0; i < 2; ++i) fair.buy((2 * round + static_cast<std::uint64_t>(i)) % bands);
    World::meet(fair.hub, fair.pos);
    World::meet(fair.hub, fair.rogue);
    fair.frozen_before += fair.frozen(fair.hub);
    CHECK(balance(fair.hub, "stand/bar-2") >= static_cast<std::int64_t>(a_round * beer_minor));
    fair.judge();
    World::meet(fair.hub, fair.rogue);
    World::meet(fair.hub, fair.pos);
    for (Device* device : {&fair.hub, &fair.pos, &fair.rogue}) CHECK(fair.frozen(*device) == 0);
  }
  for (std::size_t i = 0; i < bands; ++i) fair.buy(i);
  World::meet(fair.hub, fair.pos);
  World::meet(fair.hub, fair.rogue);
  std::printf(
      "%s: %llu sales invented, %zu purses frozen before a verdict (summed over rounds), "
      "%llu times verdicts; after them %zu frozen, %lld earned; honest bands bought %llu\n",
      profile.name, static_cast<unsigned long long>(fair.invented),
      static_cast<std::size_t>(fair.frozen_before), static_cast<unsigned long long>(fair.verdicts),
      fair.frozen(fair.hub), static_cast<long long>(fair.earned(fair.hub, "bar-2")),
      static_cast<unsigned long long>(fair.bought));
  CHECK(fair.invented == inventions());
  CHECK(fair.frozen_before > 0);  // else nothing was at stake
  for (Device* device : {&fair.hub, &fair.pos, &fair.rogue}) {
    CHECK(fair.frozen(*device) == 0);
    CHECK(balance(*device, "stand/bar-2") == 0);
    CHECK(fair.earned(*device, "bar-2") == 0);
    CHECK(balance(*device, "stand/bar-1") == static_cast<std::int64_t>(fair.bought * beer_minor));
    CHECK(fair.earned(*device, "bar-1") == static_cast<ledger::Minor>(fair.bought * beer_minor));
    CHECK(World::digest(*device) == World::digest(fair.hub));
  }
  sim::remember_signatures(false);
}

TEST_CASE(
    "A till that writes credit on a band is found by whoever reads it, and none of it counts") {
  World world;
  auto& hub = world.add(schemas::HUB, "hub");
  auto& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  auto& rogue = world.add(schemas::VENDOR, "rogue", "bar-2");
  // On the band: the till signs the slot and the credit in it, under its own number or a desk's.
  const auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
  const bool own_number = GENERATE(true, false);
  CAPTURE(own_number);
  const auto& issuer = own_number ? rogue : desk;
  const std::uint64_t limit = desk.identity.certificate.credit_limit_minor;
  for (Device* device : {&rogue, &pos}) World::meet(hub, *device);
  test::Band minted = minted_band(world, rogue, issuer.identity.certificate.number, limit);
  CHECK(world.sell(pos, minted, "beer").refused().code() == "band-damaged");
  // In its log: a top-up that it confirms itself.
  const std::uint64_t of = ledger::purse_number(world.random.u64(), false);
  const auto prepared = [&] {
    auto draft = draft_of(ledger::LogClass::value, schemas::KIND_TOP_UP_PREPARED, schemas::OUTSIDE,
                          schemas::PURSE, top_up_minor);
    schemas::TopUp top_up;
    top_up.set_issued_after(top_up_minor);
    draft.event.set_payload(top_up.SerializeAsString());
    auto* step = draft.event.mutable_step();
    step->set_purse(of);
    step->set_counter(1);
    step->set_credited(top_up_minor);
    step->set_previous(Bytes(ledger::purse_prefix_bytes, '\0'));
    return draft;
  };
  const auto written = write(rogue, {prepared()});
  (void)write(rogue, {ledger::confirm_draft(written[0], schemas::KIND_TOP_UP_PREPARED)});
  World::meet(hub, rogue);
  CHECK(balance(hub, "purse/" + ledger::hex_u64(of)) == 0);
  CHECK(purse(hub, of).credited == 0);
}

TEST_CASE("A desk that makes credit without end is believed up to its certified limit") {
  World world;
  auto& hub = world.add(schemas::HUB, "hub");
  auto& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
  World::meet(hub, desk);
  const std::uint64_t limit = desk.identity.certificate.credit_limit_minor;
  constexpr std::uint64_t tops = 60;  // a total of twice the limit
  const std::uint64_t each = limit / (tops / 2);
  // It says what its total is: as it grows, or that it is always the first, or just at the limit.
  const std::string says = GENERATE("all", "each the first", "each at the limit");
  CAPTURE(says);
  std::uint64_t believed = 0;
  std::vector<std::uint64_t> purses;
  for (std::uint64_t i = 0; i < tops; ++i) {
    purses.push_back(ledger::purse_number(world.random.u64(), false));
    auto draft = draft_of(ledger::LogClass::value, schemas::KIND_TOP_UP_PREPARED, schemas::OUTSIDE,
                          schemas::PURSE, each);
    schemas::TopUp top_up;
    top_up.set_issued_after(says == "all"              ? (i + 1) * each
                            : says == "each the first" ? each
                                                       : limit);
    draft.event.set_payload(top_up.SerializeAsString());
    auto* step = draft.event.mutable_step();
    step->set_purse(purses.back());
    step->set_counter(1);
    step->set_credited(each);
    step->set_previous(Bytes(ledger::purse_prefix_bytes, '\0'));
    const auto written = write(desk, {draft});
    (void)write(desk, {ledger::confirm_draft(written[0], schemas::KIND_TOP_UP_PREPARED)});
  }
  World::meet(hub, desk);
  for (const auto of : purses) {
    believed += static_cast<std::uint64_t>(balance(hub, "purse/" + ledger::hex_u64(of)));
  }
  CHECK(believed == (says == "all" ? each * (tops / 2) : each));
  CHECK(believed <= limit);
  // On a band: above the limit its own signature is worth nothing.
  for (const std::uint64_t above : {0, 1}) {
    test::Band band = minted_band(world, desk, desk.identity.certificate.number, limit + above);
    World::meet(hub, pos);
    const auto reply = world.sell(pos, band, "water");
    CHECK(reply.has_done() == (above == 0));
    if (above > 0) CHECK(reply.refused().code() == "band-damaged");
  }
}
