// SPDX-License-Identifier: Apache-2.0
// Random festivals: whatever the order, duplication, batching or path, equal sets of events give
// equal bytes; and every subset conserves money and stock.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "node/report_json.h"
#include "node/stock_json.h"
#include "test/support/beside.h"
#include "test/support/replacement.h"
#include "test/support/vouchers.h"

using namespace verbena;
using test::Band;
using test::Device;
using test::World;

namespace {

int festivals() {
  const char* given = std::getenv("VERBENA_PROPERTY_FESTIVALS");
  return given != nullptr ? std::atoi(given) : 60;
}

struct RandomFestival {
  explicit RandomFestival(std::uint64_t seed) : world(seed, test::zoned_festival()) {
    devices.push_back(&world.add(schemas::HUB, "hub"));
    devices.push_back(&world.add(schemas::TOP_UP_DESK, "desk"));
    devices.push_back(&world.add(schemas::SUPERVISOR, "sup"));
    for (std::uint64_t i = 0, n = 1 + world.random.below(5); i < n; ++i) {
      const std::string number = std::to_string(1 + i % 4);
      pos.push_back(&world.add(schemas::VENDOR, "pos-" + std::to_string(i), "bar-" + number));
      devices.push_back(pos.back());
    }
    for (auto* device : devices) World::meet(*devices[0], *device);
    for (auto* device : devices) World::meet(*devices[0], *device);
    for (int i = 0; i < 4; ++i) bands.push_back(world.band());
  }

  Device& any_pos() { return *pos[world.random.below(pos.size())]; }

  void step() {
    auto& random = world.random;
    Band& band = bands[random.below(bands.size())];
    const char* sku = random.below(2) != 0 ? "beer" : "water";
    switch (random.below(18)) {
      case 16: issue(); break;
      case 17: spend(); break;
      case 0:
      case 1: world.top_up(*devices[1], band, 500 + random.below(20) * 100); break;
      case 2:
      case 3:
      case 4: remember(world.sell(any_pos(), band, sku)); break;
      case 5: remember(world.sell_cash(any_pos(), sku)); break;
      case 6: {  // a cloned band
        Band copy = band;
        world.sell(any_pos(), copy, sku);
        break;
      }
      case 7: {  // a tap that is never finished; the band may or may not have been written
        schemas::OperateRequest request;
        request.set_band(band.image);
        request.mutable_sell()->set_tender("purse");
        request.mutable_sell()->add_line()->set_sku(sku);
        request.mutable_sell()->mutable_line(0)->set_quantity(1);
        node::TapSession session(*any_pos().ledger, random, schemas::VENDOR);
        const auto reply = session.begin(request);
        if (reply.has_write() && random.below(2) != 0) band.image = reply.write();
        break;
      }
      case 8:
        if (!sales.empty()) world.void_sale(any_pos(), sales[random.below(sales.size())]);
        break;
      case 9: world.restart(any_pos()); break;
      case 10: World::meet(any(), any()); break;
      case 11:
        if (random.below(8) == 0) revoke(any_pos());
        break;
      case 12: keep_stock(); break;
      case 13: lose(band); break;
      default: beside(band);
    }
  }

  void beside(Band& band) {
    auto& random = world.random;
    const char* tender = random.below(3) == 0 ? "cash" : "purse";
    switch (random.below(7)) {
      case 4: world.approved(*devices[1], test::meals_request(1), 1, &band); break;
      case 5: remember(world.tap(any_pos(), test::sell_request("menu", 1, "meal"), &band)); break;
      case 6: pay_in_parts(any_pos(), band); break;
      case 0: world.approved(*devices[1], test::gift_request(300), 1, &band); break;
      case 1: world.tap(any_pos(), test::return_request(1, tender), &band); break;
      default: {
        auto request = test::sell_request(random.below(3) == 0 ? "rum" : "draught", 1, tender);
        request.mutable_sell()->set_age_checked(true);
        request.mutable_sell()->set_tip_minor(random.below(2) * 50);
        remember(world.tap(any_pos(), request, &band));
      }
    }
  }

  // Blocked, or given up for a new one or for one in use, at the hub or by a supervisor: neither
  // may have heard of the other.
  void lose(const Band& band) {
    auto& random = world.random;
    Device& office = *devices[random.below(2) * 2];
    if (random.below(4) == 0) {
      world.tap(office, test::block_request(test::purse_of(band)), nullptr);
      return;
    }
    replace(office, band);
  }

  void replace(Device& office, const Band& lost) {
    auto& random = world.random;
    const auto old = test::purse_of(lost);
    if (random.below(3) != 0) bands.push_back(world.band());
    Band& by = random.below(3) != 0 ? bands.back() : bands[random.below(bands.size())];
    world.approved(office, test::replace_request(old), 2, &by);
  }

  // A part by the band, and perhaps the rest by the same till or another of its stand.
  void pay_in_parts(Device& at, Band& band) {
    auto request = test::sell_request("menu", 1, "purse");
    request.mutable_sell()->set_part_minor(200);
    const auto part = world.tap(at, request, &band);
    remember(part);
    if (!part.has_done()) return;
    request = test::sell_request("menu", 1, "cash");
    request.mutable_sell()->add_part(ledger::hex(part.done().id()));
    remember(world.tap(world.random.below(3) == 0 ? any_pos() : at, request, nullptr));
  }

  void issue() {
    auto& random = world.random;
    const char* zones[] = {"", "north", "south"};
    auto request =
        test::issue_request(200 + 50 * random.below(6), 2, random.next(), zones[random.below(3)]);
    if (random.below(3) == 0) request.mutable_issue_vouchers()->set_gift("a prize");
    const auto reply = world.approved(*devices[1], request, 1);
    for (const auto& code : reply.done().voucher()) codes.push_back(code);
  }

  // Nobody crosses a code out: some are spent at two tills, and at wrong ones.
  void spend() {
    if (codes.empty()) return;
    auto request = test::pay_request("beer", {codes[world.random.below(codes.size())]});
    request.mutable_sell()->set_rest_forfeited(world.random.below(2) == 0);
    remember(world.tap(any_pos(), request, nullptr));
  }

  void keep_stock() {
    auto& random = world.random;
    Device& at = any_pos();
    const auto units = static_cast<std::uint32_t>(1 + random.below(20));
    const char* people[] = {"ana", "luis", "eva"};
    switch (random.below(6)) {
      case 0: world.close_sheet(at); break;
      case 1: world.count(at, "beer", units, people[random.below(3)]); break;
      case 2: world.count(at, "beer", 7, people[random.below(3)], "opening"); break;
      case 3: world.stock(at, random.below(2) == 0 ? "waste" : "give", "beer", units); break;
      case 4: world.stock(at, "receive", "beer", units); break;
      case 5: shift(at); break;
    }
  }

  void shift(Device& at) {
    const char* actions[] = {"open", "close", "drop"};
    schemas::OperateRequest request;
    request.mutable_shift()->set_action(actions[world.random.below(3)]);
    request.mutable_shift()->set_amount_minor(100 + world.random.below(1'000));
    world.approved(at, request);
  }

  Device& any() { return *devices[world.random.below(devices.size())]; }

  void remember(const schemas::OperateReply& reply) {
    if (reply.has_done()) sales.push_back(ledger::hex(reply.done().id()));
  }

  void revoke(Device& target) {
    schemas::OperateRequest request;
    request.mutable_revoke()->set_alias(target.identity.certificate.alias);
    request.mutable_revoke()->set_reason("test");
    node::TapSession session(*devices[2]->ledger, world.random, schemas::SUPERVISOR);
    session.begin(request);
  }

  std::vector<ledger::LogRun> all_runs(Device& of) {
    std::vector<ledger::LogRun> out;
    for (const auto& log : of.ledger->logs()) {
      for (auto& run : *of.ledger->read(log.name, 0, SIZE_MAX)) out.push_back(std::move(run));
    }
    return out;
  }

  World world;
  std::vector<Device*> devices, pos;
  std::vector<Band> bands;
  std::vector<std::string> sales, codes;
};

void check_conserved(ledger::Ledger& ledger) {
  ledger.ask([&](ledger::State& state, const auto&) {
    std::map<std::string, __int128> sums;
    for (const auto& account : state.accounts().all()) sums[account.unit] += account.balance;
    for (const auto& [unit, sum] : sums) {
      CAPTURE(unit);
      CHECK(sum == 0);
    }
  });
}

// What the books say: sheets, what is between stands and the festival, and what the engine finds.
std::string books_of(const RandomFestival& festival, const ledger::Ledger& ledger) {
  const auto now_s = static_cast<std::int64_t>(festival.world.clock.now_ms / 1'000);
  return node::sheets_json(ledger, true) + node::settlements_json(ledger, {}) +
         node::shrinkage_json(ledger, now_s, node::Language::en, {});
}

}  // namespace

TEST_CASE("Nodes that hold the same events have byte-equal digests, whatever path they took") {
  for (int seed = 1; seed <= festivals(); ++seed) {
    CAPTURE(seed);
    RandomFestival festival(static_cast<std::uint64_t>(seed));
    for (int i = 0; i < 60; ++i) festival.step();
    for (int round = 0; round < 3; ++round) {
      for (auto* device : festival.devices) World::meet(*festival.devices[0], *device);
    }
    const auto expected = World::digest(*festival.devices[0]);
    const auto books = books_of(festival, *festival.devices[0]->ledger);
    for (auto* device : festival.devices) {
      CAPTURE(device->identity.certificate.alias);
      CHECK(World::digest(*device) == expected);
      CHECK(books_of(festival, *device->ledger) == books);
      check_conserved(*device->ledger);
    }
    // A restart folds from zero: incremental and rebuilt state are the same bytes.
    festival.world.restart(*festival.devices[0]);
    CHECK(World::digest(*festival.devices[0]) == expected);
  }
}

TEST_CASE("A lost band's money is given once, to one purse, and is what it was, in any order") {
  std::size_t replaced = 0, twice = 0;
  for (int seed = 1; seed <= festivals(); ++seed) {
    CAPTURE(seed);
    RandomFestival festival(static_cast<std::uint64_t>(seed) + 20'000);
    for (int i = 0; i < 60; ++i) {
      festival.step();
      if (i % 3 == 0) festival.lose(festival.bands[festival.world.random.below(2)]);
      if (i == 20) {  // at two places that know what it bears, and nothing of each other
        festival.world.top_up(*festival.devices[1], festival.bands[3], 5'000);
        for (auto* device : festival.devices) World::meet(*festival.devices[1], *device);
        for (auto* office : {festival.devices[0], festival.devices[2]}) {
          festival.replace(*office, festival.bands[3]);
        }
      }
    }
    for (int round = 0; round < 3; ++round) {
      for (auto* device : festival.devices) World::meet(*festival.devices[0], *device);
    }
    const auto expected = World::digest(*festival.devices[0]);
    for (auto* device : festival.devices) CHECK(World::digest(*device) == expected);
    festival.devices[0]->ledger->ask([&](ledger::State& state, const auto&) {
      // Purse by purse: what came in and went out, and what replacements brought and took.
      std::map<std::string, __int128> brought, taken;
      state.visit_cells([&](const ledger::PostingSource&, const ledger::Transfer& transfer) {
        const auto& from = state.accounts().at(transfer.from).path;
        const auto& to = state.accounts().at(transfer.to).path;
        if (!from.starts_with("purse/") || !to.starts_with("purse/")) return;
        taken[from] += transfer.amount;
        brought[to] += transfer.amount;
      });
      __int128 sum_taken = 0, sum_brought = 0;
      for (const auto purse : state.purses()) {
        const auto& view = state.purse(purse);
        const auto path = "purse/" + ledger::hex_u64(purse);
        CHECK(taken[path] == view.replaced_minor);
        CHECK((view.replaced_minor == 0 || view.frozen));
        sum_taken += taken[path];
        sum_brought += brought[path];
        replaced += view.replaced_by != 0;
        twice += view.replaced_twice;
      }
      CHECK(sum_taken == sum_brought);
    });
    check_conserved(*festival.devices[0]->ledger);
  }
  CHECK(replaced > 0);
  CHECK(twice > 0);
}

TEST_CASE("Random order, duplicates and batches of runs give one digest and the same books") {
  for (int seed = 1; seed <= festivals(); ++seed) {
    CAPTURE(seed);
    RandomFestival festival(static_cast<std::uint64_t>(seed) + 10'000);
    for (int i = 0; i < 40; ++i) festival.step();
    for (int round = 0; round < 3; ++round) {
      for (auto* device : festival.devices) World::meet(*festival.devices[0], *device);
    }
    const auto expected = World::digest(*festival.devices[0]);
    const auto books = books_of(festival, *festival.devices[0]->ledger);
    auto runs = festival.all_runs(*festival.devices[0]);
    auto& random = festival.world.random;
    for (int shuffle = 0; shuffle < 3; ++shuffle) {
      ledger::MemoryStore store;
      auto reader =
          ledger::Ledger::open(store, festival.world.root, {}, festival.world.clock, random).take();
      std::vector<ledger::LogRun> waiting = runs;
      waiting.insert(waiting.end(), runs.begin(),
                     runs.begin() + static_cast<std::ptrdiff_t>(random.below(runs.size())));
      for (std::size_t i = waiting.size(); i > 1; --i) {
        std::swap(waiting[i - 1], waiting[random.below(i)]);
      }
      // What does not fit yet is tried again, as a peer that sends it again would have it.
      for (int round = 0; round < 50 && !waiting.empty(); ++round) {
        std::vector<ledger::LogRun> later;
        for (auto& run : waiting) {
          if (!reader->ingest(run)) later.push_back(std::move(run));
        }
        waiting = std::move(later);
        check_conserved(*reader);
      }
      CHECK(waiting.empty());
      ledger::Hash digest{};
      reader->ask([&](ledger::State& state, const auto&) { digest = state.digest(); });
      CHECK(digest == expected);
      CHECK(books_of(festival, *reader) == books);
    }
  }
}
