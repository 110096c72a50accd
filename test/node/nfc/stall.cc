// SPDX-License-Identifier: Apache-2.0
#include "test/node/nfc/stall.h"

#include <catch2/catch.hpp>

#include "ledger/tap.h"
#include "test/card_emulator/presence_findings.h"

namespace verbena::test {

namespace {

constexpr std::uint64_t price_minor = 450, first_minor = 5000, second_minor = 2000;
constexpr std::uint64_t torn_intent = 7, next_intent = 8;

}  // namespace

Stall::Stall(SmartCard (*delivered)(ledger::Random&))
    : ChipField(delivered),
      desk(world.add(schemas::TOP_UP_DESK, "desk")),
      pos(world.add(schemas::VENDOR, "pos", "bar-1")),
      other(world.add(schemas::VENDOR, "other", "bar-1")) {
  REQUIRE(make().ok());
  REQUIRE(done(tap(desk, top_up(1, first_minor))));
  meet();
  REQUIRE(done(tap(pos, beer(2))));
  meet();
}

void Stall::meet() {
  World::meet(desk, pos);
  World::meet(desk, other);
  World::meet(desk, pos);
}

ledger::PurseHead Stall::head() {
  ledger::PurseHead out;
  const auto image = read(desk);
  REQUIRE(image.ok());
  desk.ledger->ask([&](ledger::State& state, const auto&) {
    const auto reading = ledger::read_band(state, *image);
    REQUIRE(reading.ok());
    out = reading->slot.head;
  });
  return out;
}

ledger::Bytes Stall::after(Device& device, std::uint64_t credit_minor, std::uint64_t debit_minor) {
  const auto image = read(device);
  REQUIRE(image.ok());
  ledger::Bytes out;
  device.ledger->ask([&](ledger::State& state, const auto&) {
    const auto band = ledger::read_band(state, *image);
    const auto step = ledger::next_step(*band, credit_minor, debit_minor);
    std::optional<ledger::CreditCertificate> credit;
    if (credit_minor > 0) {
      credit = ledger::credit_of(*step, device.identity.certificate.number, 9999);
    }
    out = ledger::band_after(*band, *step, {}, device.identity, {}, credit);
  });
  return out;
}

void Stall::agree(std::uint64_t credited, std::uint64_t debited) {
  meet();
  const auto on_band = head();
  CHECK(on_band.credited == credited);
  CHECK(on_band.debited == debited);
  for (Device* device : {&desk, &pos, &other}) {
    device->ledger->ask([&](ledger::State& state, const auto&) {
      const auto& known = state.purse(on_band.purse);
      CHECK(known.credited == credited);
      CHECK(known.debited == debited);
      CHECK(known.counter == on_band.counter);
      CHECK(known.posted == on_band.counter);
      CHECK(known.pending == 0);
      CHECK(known.gaps.empty());
      CHECK_FALSE(known.forked);
    });
  }
  CHECK(World::digest(desk) == World::digest(pos));
  CHECK(presence_findings(desk, world, keys).empty());
}

void tear_everywhere(SmartCard (*delivered)(ledger::Random&), bool top_up,
                     const std::vector<std::size_t>& writes, bool each_byte) {
  const auto torn_tap = [top_up](Stall& stall, Tear tear) {
    return stall.tap(top_up ? stall.desk : stall.pos,
                     top_up ? Stall::top_up(torn_intent, second_minor) : Stall::beer(torn_intent),
                     tear);
  };
  std::vector<Tear> tears;
  {
    Stall whole(delivered);
    REQUIRE(Stall::done(torn_tap(whole, {})));
    CHECK(whole.card.field().write_bytes() == writes);
    tears = tears_of(whole.card.field(), each_byte);
  }
  const std::uint64_t credit = top_up ? second_minor : 0, debit = top_up ? 0 : price_minor;
  std::size_t counted = 0, left_out = 0;
  for (const auto& tear : tears) {
    CAPTURE(static_cast<int>(tear.at), tear.count, tear.bytes, static_cast<int>(tear.rest));
    const bool in_long_write = tear.at == Tear::At::in_write && writes[tear.count] > 1;
    const bool is_noise = tear.rest == Tear::Rest::noise;
    if (!in_long_write || !is_noise) {
      Stall stall(delivered);
      CHECK_FALSE(Stall::done(torn_tap(stall, tear)));
      REQUIRE(Stall::done(torn_tap(stall, {})));
      stall.agree(first_minor + credit, price_minor + debit);
      REQUIRE(Stall::done(stall.tap(stall.other, Stall::beer(next_intent))));
      stall.agree(first_minor + credit, 2 * price_minor + debit);
    }
    if (!in_long_write || is_noise) {
      Stall stall(delivered);
      CHECK_FALSE(Stall::done(torn_tap(stall, tear)));
      const auto before = stall.head();
      const bool counts = before.counter == 3;
      REQUIRE((counts || before.counter == 2));
      ++(counts ? counted : left_out);
      REQUIRE(Stall::done(stall.tap(stall.other, Stall::beer(next_intent))));
      stall.agree(first_minor + (counts ? credit : 0), 2 * price_minor + (counts ? debit : 0));
    }
  }
  CHECK(counted > 0);
  CHECK(left_out > 0);
}

}  // namespace verbena::test
