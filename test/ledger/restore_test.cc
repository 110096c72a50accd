// SPDX-License-Identifier: Apache-2.0
// Devices put back from backups of any age, and devices copied while they run. VERBENA_LONG=1:
// 10,000 of each.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "test/support/world.h"

using namespace verbena;
using test::Device;
using test::World;

namespace {

constexpr int in_a_world = 20;

int worlds() {
  constexpr int quick = 10, slow = 500;
  return std::getenv("VERBENA_LONG") != nullptr ? slow : quick;
}

std::vector<ledger::Bytes> events_of(Device& device, const ledger::LogName& log) {
  std::vector<ledger::Bytes> out;
  const auto note = [&](std::uint64_t, std::string_view event) {
    out.emplace_back(event);
    return ledger::done();
  };
  REQUIRE(device.store->read(log, 0, SIZE_MAX, note).ok());
  return out;
}

// Own logs in which each has written something the other has not.
std::size_t told_twice(Device& one, Device& other) {
  std::size_t out = 0;
  for (const auto& log : one.store->logs()) {
    if (log.name.certificate != one.identity.certificate.hash) continue;
    const auto here = events_of(one, log.name), there = events_of(other, log.name);
    const auto [a, b] = std::mismatch(here.begin(), here.end(), there.begin(), there.end());
    out += a != here.end() && b != there.end() ? 1 : 0;
  }
  return out;
}

std::size_t proofs_at(Device& device) {
  std::size_t out = 0;
  device.ledger->ask([&](auto& state, const auto&) { out = state.roster().fork_count(); });
  return out;
}

struct Ground {
  explicit Ground(std::uint64_t seed) : world(seed) {
    devices = {&world.add(schemas::HUB, "hub"), &world.add(schemas::TOP_UP_DESK, "desk")};
    for (const std::string number : {"1", "2", "3"}) {
      devices.push_back(&world.add(schemas::VENDOR, "pos-" + number, "bar-" + number));
    }
    everybody_meets();
  }

  Device& any() { return *devices[random().below(devices.size())]; }
  test::SeededRandom& random() { return world.random; }
  void everybody_meets() {
    for (int i = 0; i < 2; ++i) {
      for (auto* device : devices) World::meet(*devices.front(), *device);
    }
  }
  // A sale, or what a desk does.
  void work(Device& device) {
    const auto role = device.identity.certificate.role;
    if (role == schemas::HUB) return;
    if (role == schemas::TOP_UP_DESK) {
      auto band = world.band();
      world.top_up(device, band, 1'000 + random().below(1'000));
      if (bands.size() < 8) bands.push_back(band);
    } else if (!bands.empty() && random().below(2) == 0) {
      world.sell(device, bands[random().below(bands.size())], "water");
    } else {
      world.sell_cash(device, random().below(2) == 0 ? "beer" : "water");
    }
  }

  World world;
  std::vector<Device*> devices;
  std::vector<test::Band> bands;
};

}  // namespace

TEST_CASE("An honest device that is put back from any backup never gives a proof of a fork") {
  std::uint64_t restores = 0, forgot = 0;
  for (int seed = 1; seed <= worlds(); ++seed) {
    CAPTURE(seed);
    Ground ground(static_cast<std::uint64_t>(seed));
    auto& random = ground.random();
    std::map<Device*, std::vector<ledger::MemoryStore>> backups;
    for (auto* device : ground.devices) backups[device].push_back(*device->store);
    for (int restored = 0; restored < in_a_world;) {
      Device& device = ground.any();
      switch (random.below(8)) {
        case 0: backups[&device].push_back(*device.store); break;
        case 1: {
          const auto& kept = backups[&device];
          const auto before = device.ledger->events();
          *device.store = kept[random.below(kept.size())];
          ground.world.restart(device);
          forgot += device.ledger->events() < before ? 1 : 0;
          ground.work(device);
          ++restored, ++restores;
          break;
        }
        case 2: {
          Device& other = ground.any();
          if (&other != &device) World::meet(device, other);
          break;
        }
        default: ground.work(device);
      }
    }
    ground.everybody_meets();
    for (auto* device : ground.devices) {
      CHECK(proofs_at(*device) == 0);
      CHECK(World::digest(*device) == World::digest(*ground.devices.front()));
    }
  }
  CHECK(restores == static_cast<std::uint64_t>(worlds() * in_a_world));
  CHECK(forgot * 2 > restores);  // most backups were old
}

TEST_CASE("Of each log that a copied device tells in two ways everybody has exactly one proof") {
  std::uint64_t copies = 0, proofs = 0;
  for (int seed = 1; seed <= worlds(); ++seed) {
    for (int copied = 0; copied < in_a_world; ++copied, ++copies) {
      CAPTURE(seed, copied);
      Ground ground(static_cast<std::uint64_t>(seed * in_a_world + copied));
      auto& random = ground.random();
      for (auto i = random.below(6); i > 0; --i) ground.work(ground.any());
      if (random.below(2) == 0) ground.everybody_meets();
      Device& device = *ground.devices[1 + random.below(ground.devices.size() - 1)];
      if (random.below(4) != 0) ground.work(device);
      const auto copy = ground.world.clone(device);
      for (Device* one : {&device, copy.get()}) {
        for (auto i = 1 + random.below(4); i > 0; --i) ground.work(*one);
      }
      World::meet(*copy, *ground.devices[random.below(2)]);
      ground.everybody_meets();
      World::meet(*copy, *ground.devices[random.below(2)]);
      ground.everybody_meets();
      // Not of what was sold alone: both of them say that they heard of the proof.
      const std::size_t expected = told_twice(device, *copy);
      for (auto* one : ground.devices) CHECK(proofs_at(*one) == expected);
      proofs += expected;
    }
  }
  CHECK(copies == static_cast<std::uint64_t>(worlds() * in_a_world));
  CHECK(proofs * 10 > copies * 9);
}
