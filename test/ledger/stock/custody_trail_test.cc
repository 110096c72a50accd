// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/custody_trail.h"

#include <catch2/catch.hpp>

#include "test/support/world.h"

using namespace verbena;
using ledger::CustodyFact;

namespace {

CustodyFact any_fact(test::SeededRandom& random, std::uint64_t index) {
  CustodyFact out;
  out.index = index;
  out.if_posted = random.below(2) == 0;
  out.is_void = random.below(9) == 0;
  out.person = static_cast<std::uint32_t>(random.below(300));
  out.at_s = static_cast<std::int64_t>(random.below(std::uint64_t{1} << 38));
  for (std::uint64_t i = 0, n = random.below(4); i < n; ++i) {
    ledger::MoneyLeg leg;
    leg.from = random.below(2) == 0 ? schemas::OUTSIDE : schemas::PURSE;
    leg.to = random.below(2) == 0 ? schemas::STAND : schemas::OUTSIDE;
    if (leg.from == schemas::OUTSIDE) leg.from_tender = static_cast<std::uint32_t>(random.below(3));
    if (leg.to == schemas::OUTSIDE) leg.to_tender = static_cast<std::uint32_t>(random.below(3));
    leg.amount_minor = 1 + random.below(1'000'000'000'000);
    out.legs.push_back(leg);
  }
  for (std::uint64_t i = 0, n = random.below(4); i < n; ++i) {
    out.lines.push_back(
        {static_cast<std::uint32_t>(random.next()), schemas::HOLDER, schemas::SOLD, random.next()});
  }
  return out;
}

void check_same(const CustodyFact& a, const CustodyFact& b) {
  REQUIRE(a.index == b.index);
  REQUIRE(a.if_posted == b.if_posted);
  REQUIRE(a.is_void == b.is_void);
  REQUIRE(a.person == b.person);
  REQUIRE(a.at_s == b.at_s);
  REQUIRE(a.legs.size() == b.legs.size());
  for (std::size_t i = 0; i < a.legs.size(); ++i) {
    REQUIRE(a.legs[i].from == b.legs[i].from);
    REQUIRE(a.legs[i].to == b.legs[i].to);
    REQUIRE(a.legs[i].from_tender == b.legs[i].from_tender);
    REQUIRE(a.legs[i].to_tender == b.legs[i].to_tender);
    REQUIRE(a.legs[i].amount_minor == b.legs[i].amount_minor);
  }
  REQUIRE(a.lines.size() == b.lines.size());
  for (std::size_t i = 0; i < a.lines.size(); ++i) {
    REQUIRE(a.lines[i].item == b.lines[i].item);
    REQUIRE(a.lines[i].from == b.lines[i].from);
    REQUIRE(a.lines[i].to == b.lines[i].to);
    REQUIRE(a.lines[i].quantity == b.lines[i].quantity);
  }
}

}  // namespace

TEST_CASE("A trail gives back every fact, and a copy stays what it was while it grows") {
  test::SeededRandom random(5);
  ledger::CustodyTrail trail, copy;
  std::vector<CustodyFact> facts;
  std::uint64_t index = 0;
  for (int i = 0; i < 3'000; ++i) {
    index += 1 + random.below(3);
    facts.push_back(any_fact(random, index));
    trail.append(facts.back());
    if (i == 1'234) copy = trail;
  }
  std::size_t seen = 0;
  trail.each([&](const CustodyFact& fact) { check_same(fact, facts.at(seen++)); });
  CHECK(seen == facts.size());
  seen = 0;
  copy.each([&](const CustodyFact& fact) { check_same(fact, facts.at(seen++)); });
  CHECK(seen == 1'235);
}

TEST_CASE("A usual sale takes at most twenty bytes of a trail") {
  ledger::CustodyTrail trail;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    CustodyFact sale;
    sale.index = 2 * i;
    sale.if_posted = true;
    sale.at_s = 1'800'000'000 + static_cast<std::int64_t>(i) * 40;
    sale.legs = {{schemas::PURSE, schemas::STAND, 0, 0, 1'350}};
    sale.lines = {{12, schemas::HOLDER, schemas::SOLD, 2}, {57, schemas::HOLDER, schemas::SOLD, 1}};
    trail.append(sale);
  }
  CHECK(trail.bytes() <= 10'000 * 20);
}
