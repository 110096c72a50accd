// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "test/support/world.h"

// What the targets stand on: a festival that has had a day, and the keys of all its devices, so
// that whatever an input makes up can be signed.
namespace verbena::fuzz {

struct Ground {
  Ground();
  void meet();

  test::World world{2031};
  test::Device& hub = world.add(schemas::HUB, "hub");
  test::Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Device& sup = world.add(schemas::SUPERVISOR, "sup");
  test::Device& one = world.add(schemas::VENDOR, "one", "bar-1");
  test::Device& two = world.add(schemas::VENDOR, "two", "bar-2");
  test::Band band = world.band();                  // topped up, spent at both stands
  std::vector<std::string> bands_written;          // images that `band` has had
  schemas::OperateReply cash_sale, voided, spent;  // at one
};

// The one this process uses; nobody changes it.
Ground& ground();

// A device's ledger as it was when the stage was made, over a copy of its store.
class Stage {
 public:
  Stage(const ledger::MemoryStore& store, std::optional<ledger::DeviceIdentity> identity)
      : start_(store), identity_(std::move(identity)) {}

  // Made again only if something was written or claimed since the last time.
  ledger::Ledger& fresh();
  ledger::MemoryStore& store() { return store_; }

 private:
  std::uint64_t mark() const;

  const ledger::MemoryStore start_;
  const std::optional<ledger::DeviceIdentity> identity_;
  test::ManualClock clock_;
  test::SeededRandom random_{1};
  ledger::MemoryStore store_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::uint64_t mark_ = 0;
};

using Leaves = std::map<ledger::LogName, std::vector<ledger::Hash>>;

// The events as the end of one of the author's logs, with a head over them that verifies.
ledger::LogRun sign_run(const ledger::DeviceIdentity& author, const ledger::LogName& log,
                        std::span<const ledger::Hash> below, std::vector<ledger::Bytes> events);
// Makes a run true: a log of the author that starts as `held` says, and its signature.
void mend_run(schemas::Run& run, const ledger::DeviceIdentity& author, Leaves& held);
void sign_receipt(schemas::Receipt& receipt, const ledger::DeviceIdentity& witness);

// With all histories of forked logs.
std::vector<ledger::LogRun> runs_of(const ledger::Ledger& ledger);
// Without them.
Leaves leaves_of(const ledger::Ledger& ledger);
ledger::Hash digest_of(const ledger::Ledger& ledger);
// Of a ledger that folds this store from zero.
ledger::Hash rebuilt_digest(const ledger::MemoryStore& store, const ledger::Certificate& root);
// The state of a store of the ground's festival.
std::unique_ptr<ledger::State> folded(const ledger::MemoryStore& store);

// Every unit of money and stock sums to zero.
void check_conserved(ledger::State& state);
void check_conserved(const ledger::Ledger& ledger);

}  // namespace verbena::fuzz
