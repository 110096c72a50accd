// SPDX-License-Identifier: Apache-2.0
// Bands on chips with keys that are torn again and again, at one till and the next, by chance.
#include <catch2/catch.hpp>

#include "test/node/nfc/stall.h"

using namespace verbena;
using test::Device;
using test::SmartCard;
using test::Stall;
using test::Tear;

namespace {

constexpr std::uint64_t seeds = 60, taps = 12, price_minor = 450, credit_minor = 1000;

// Somewhere in what a tap takes; most often at its end, where it is decided.
Tear any_tear(test::SeededRandom& random) {
  constexpr Tear::At ways[] = {Tear::At::before_command, Tear::At::after_command,
                               Tear::At::in_write};
  Tear tear{ways[random.below(3)]};
  tear.count = tear.at == Tear::At::in_write ? random.below(3) : random.below(24);
  tear.bytes = random.below(129);
  tear.rest = random.below(2) == 0 ? Tear::Rest::old : Tear::Rest::noise;
  return tear;
}

// What the customer knows: how often a thing was begun, and how often it was said to be done.
struct Count {
  std::uint64_t begun = 0, done = 0;
};

void live_through(SmartCard (*delivered)(ledger::Random&), std::uint64_t seed) {
  Stall stall(delivered);
  test::SeededRandom random(seed);
  Count sales{1, 1}, top_ups{0, 0};
  for (std::uint64_t i = 0; i < taps; ++i) {
    const bool tops_up = random.below(3) == 0;
    Device& device = tops_up ? stall.desk : random.below(2) == 0 ? stall.pos : stall.other;
    const auto request = tops_up ? Stall::top_up(100 + i, credit_minor) : Stall::beer(100 + i);
    Count& count = tops_up ? top_ups : sales;
    ++count.begun;
    // Some are tried again, some are given up, and a till hears of the others now and then.
    for (std::uint64_t tries = 1 + random.below(3); tries > 0; --tries) {
      if (!Stall::done(stall.tap(device, request, any_tear(random)))) continue;
      ++count.done;
      break;
    }
    if (random.below(3) == 0) stall.meet();
  }
  stall.meet();
  REQUIRE(Stall::done(stall.tap(stall.desk, Stall::top_up(999, credit_minor))));
  ++top_ups.begun;
  ++top_ups.done;
  stall.meet();
  const auto head = stall.head();
  const std::uint64_t credited = head.credited - 5000;
  CHECK(credited % credit_minor == 0);
  CHECK(head.debited % price_minor == 0);
  CHECK(credited >= top_ups.done * credit_minor);
  CHECK(credited <= top_ups.begun * credit_minor);
  CHECK(head.debited >= sales.done * price_minor);
  CHECK(head.debited <= sales.begun * price_minor);
  stall.agree(head.credited, head.debited);
}

}  // namespace

TEST_CASE("A band that is torn all day says in the end what everybody's books say") {
  for (const auto delivered :
       {SmartCard::ntag424, SmartCard::desfire_light, SmartCard::desfire_ev3}) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      CAPTURE(seed);
      live_through(delivered, seed);
    }
  }
}
