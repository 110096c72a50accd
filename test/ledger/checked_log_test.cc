// SPDX-License-Identifier: Apache-2.0
#include "ledger/checked_log.h"

#include <catch2/catch.hpp>

#include "ledger/store/memory_store.h"
#include "test/support/world.h"

using namespace verbena;
using ledger::CheckedLog;
using ledger::Heads;
using ledger::StoredLog;

namespace {

// A log with a head after every `stride` events, as a device would append them.
struct Signed {
  Signed(std::uint64_t seed, std::uint64_t incarnation, std::uint64_t events,
         std::uint64_t stride = 64)
      : random(seed), key(ledger::SigningKey::generate(random)) {
    name.incarnation = incarnation;
    name.log_class = ledger::LogClass::trade;
    ledger::MerklePeaks peaks;
    ledger::LogRun run{name, 0, {}, {}};
    for (std::uint64_t i = 0; i < events; ++i) {
      run.events.push_back("event " + std::to_string(i) + " of " + std::to_string(incarnation));
      peaks.append(ledger::leaf_hash(run.events.back()));
      if ((i + 1) % stride != 0 && i + 1 != events) continue;
      run.head = ledger::sign_head(key, name.id(), i + 1, peaks.root(), 1);
      runs.push_back(std::move(run));
      run = {name, i + 1, {}, {}};
    }
  }
  void into(ledger::EventStore& store) const {
    for (const auto& run : runs) REQUIRE(store.append({{run}, {}}, false).ok());
  }
  StoredLog stored() const { return {name, runs.back().head}; }

  test::SeededRandom random;
  ledger::SigningKey key;
  ledger::LogName name;
  std::vector<ledger::LogRun> runs;
};

CheckedLog checked(const Signed& log, Heads heads = Heads::all_kept) {
  ledger::MemoryStore store;
  log.into(store);
  return check_log(store, log.stored(), log.key.public_key(), heads);
}

}  // namespace

TEST_CASE("A log is checked against every kept head, or its newest root alone") {
  const Signed log(1, 7, 1'000);
  ledger::MemoryStore store;
  log.into(store);
  const auto all = check_log(store, log.stored(), log.key.public_key(), Heads::all_kept);
  CHECK_FALSE(all.damage);
  CHECK(all.signatures > 10);
  CHECK(all.signatures == store.heads(log.name, 0)->size());
  CHECK(all.leaves.size() == 1'000);
  CHECK(all.peaks.root() == log.runs.back().head.root);
  const auto newest = checked(log, Heads::newest);
  CHECK_FALSE(newest.damage);
  CHECK(newest.signatures == 0);
  CHECK(newest.leaves == all.leaves);
}

TEST_CASE("What stands above the last head that holds is left out") {
  Signed altered(1, 7, 1'000);
  altered.runs[5].events[3] += "!";
  auto out = checked(altered);
  REQUIRE(out.damage);
  CHECK(*out.damage == "events below 384 do not hash to the signed root");
  CHECK(out.leaves.size() == 320);
  CHECK(out.peaks.root() == altered.runs[4].head.root);

  Signed forged(1, 7, 1'000);
  forged.runs[2].head.signature[0] ^= 1;
  out = checked(forged);
  REQUIRE(out.damage);
  CHECK(*out.damage == "the head at 192 bears a false signature");
  CHECK(out.leaves.size() == 128);
  CHECK(out.signatures == 2);
  // Its roots are all true: a device that verified the signatures as they came asks no more.
  CHECK_FALSE(checked(forged, Heads::newest).damage);

  const Signed torn(1, 7, 100);
  ledger::MemoryStore store;
  torn.into(store);
  auto stored = torn.stored();
  stored.head.size = 200;
  out = check_log(store, stored, torn.key.public_key(), Heads::newest);
  REQUIRE(out.damage);
  CHECK(*out.damage == "a signed head of size 200 has no events to stand on");
  CHECK(out.leaves.empty());
}

TEST_CASE("Logs checked ahead come in their order, with the same result as one by one") {
  ledger::MemoryStore store;
  std::vector<Signed> logs;
  std::vector<ledger::LogChecker::Job> jobs;
  for (std::uint64_t i = 0; i < 60; ++i) {
    logs.emplace_back(i, i, 20 + i * 37 % 400);
    if (i % 7 == 3) logs.back().runs.back().head.signature[1] ^= 1;
    logs.back().into(store);
    jobs.push_back({logs.back().stored(), logs.back().key.public_key()});
  }
  std::uint64_t damaged = 0;
  ledger::LogChecker checker(store, jobs, Heads::all_kept);
  for (const auto& job : jobs) {
    const auto alone = check_log(store, job.log, job.author, Heads::all_kept);
    const auto ahead = checker.next();
    CHECK(ahead.leaves == alone.leaves);
    CHECK(ahead.signatures == alone.signatures);
    CHECK(ahead.damage == alone.damage);
    damaged += ahead.damage ? 1 : 0;
  }
  CHECK(damaged == 9);
}

TEST_CASE("Whoever leaves a check half-way waits for nobody") {
  ledger::MemoryStore store;
  std::vector<ledger::LogChecker::Job> jobs;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const Signed log(i, i, 500);
    log.into(store);
    jobs.push_back({log.stored(), log.key.public_key()});
  }
  ledger::LogChecker checker(store, jobs, Heads::all_kept);
  CHECK(checker.next().leaves.size() == 500);
}
