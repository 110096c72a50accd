// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <set>
#include <thread>

#include "ledger/core/event.h"
#include "ledger/store/memory_store.h"
#include "ledger/store/rocks_store.h"
#include "test/support/temporary_directory.h"
#include "test/support/world.h"

using namespace verbena;
namespace fs = std::filesystem;

namespace {

ledger::LogRun append_of(std::uint64_t first, std::uint64_t count) {
  ledger::LogRun out;
  out.log.incarnation = 7;
  out.first = first;
  for (std::uint64_t i = 0; i < count; ++i)
    out.events.push_back("event " + std::to_string(first + i));
  out.head.size = first + count;
  return out;
}

void contract(ledger::EventStore& store) {
  const ledger::LogName log = append_of(0, 1).log;
  REQUIRE(store.append({{append_of(0, 3)}, {{"a", "1"}, {"b", "2"}}}, true).ok());
  REQUIRE(store.append({{append_of(3, 70)}, {{"a", std::nullopt}}}, false).ok());
  REQUIRE(store.append({{append_of(73, 1)}, {}}, true).ok());
  REQUIRE(store.logs().size() == 1);
  CHECK(store.logs()[0].head.size == 74);
  std::vector<std::string> read;
  REQUIRE(store
              .read(log, 2, 3,
                    [&](std::uint64_t, std::string_view event) {
                      read.emplace_back(event);
                      return ledger::done();
                    })
              .ok());
  CHECK(read == std::vector<std::string>{"event 2", "event 3", "event 4"});
  // One head a stride of 64 is kept, and the newest: 3 was the last below 64.
  const auto heads = store.heads(log, 0);
  REQUIRE(heads.ok());
  std::vector<std::uint64_t> sizes;
  for (const auto& head : *heads) sizes.push_back(head.size);
  CHECK(sizes == std::vector<std::uint64_t>{3, 74});
  // Of large events more: what lies between two kept heads must fit what a peer can be sent.
  ledger::LogRun large;
  large.log.incarnation = 8;
  for (; large.first < 10; ++large.first) {
    large.events = {std::string(ledger::event_bytes_max, 'x')};
    large.head.size = large.first + 1;
    REQUIRE(store.append({{large}, {}}, false).ok());
  }
  std::uint64_t last = 0;
  for (const auto& head : *store.heads(large.log, 0)) {
    CHECK((head.size - last) * ledger::event_bytes_max <= ledger::kept_bytes);
    last = head.size;
  }
  CHECK(last == 10);
  CHECK_FALSE(store.meta("a")->has_value());
  CHECK(store.meta("b")->value() == "2");
}

// All of it, as text.
std::vector<std::string> content(const ledger::EventStore& store) {
  std::vector<std::string> out;
  for (const auto& log : store.logs()) {
    for (const auto& head : *store.heads(log.name, 0)) out.push_back(std::to_string(head.size));
    REQUIRE(store
                .read(log.name, 0, UINT64_MAX,
                      [&](std::uint64_t, std::string_view event) {
                        out.emplace_back(event);
                        return ledger::done();
                      })
                .ok());
  }
  REQUIRE(store
              .meta_range("",
                          [&](std::string_view key, std::string_view value) {
                            out.push_back(std::string(key) + '=' + std::string(value));
                            return ledger::done();
                          })
              .ok());
  return out;
}

}  // namespace

TEST_CASE("The memory store keeps the store's contract") {
  ledger::MemoryStore store;
  contract(store);
}

TEST_CASE("The RocksDB store keeps the contract, also after it was closed and opened") {
  test::TemporaryDirectory scratch;
  {
    auto opened = ledger::open_rocks_store(scratch.path().string(), {});
    REQUIRE(opened.ok());
    contract(*opened->store);
    const auto again = ledger::open_rocks_store(scratch.path().string(), {});
    CHECK(again.error().code == ledger::Errc::locked);
  }
  auto opened = ledger::open_rocks_store(scratch.path().string(), {});
  REQUIRE(opened.ok());
  CHECK(opened->store->logs().at(0).head.size == 74);
  REQUIRE(opened->store->append({{append_of(74, 1)}, {}}, true).ok());
}

TEST_CASE("A power cut takes what was not synced, and only that") {
  test::SeededRandom random(7);
  for (int day = 0; day < 200; ++day) {
    ledger::MemoryStore store;
    const auto pool = std::make_shared<ledger::EventPool>();
    if (day % 2 == 0) store.share(pool);
    ledger::MemoryStore synced = store;
    std::map<std::uint16_t, std::uint64_t> sizes;
    for (std::uint64_t step = 0; step < 20; ++step) {
      const auto incarnation = static_cast<std::uint16_t>(random.below(3));
      auto& size = sizes[incarnation];
      ledger::StoreBatch batch{{append_of(size, 1 + random.below(80))}, {}};
      batch.appends[0].log.incarnation = incarnation;
      batch.meta.push_back({std::to_string(random.below(4)), std::to_string(step)});
      if (random.below(3) == 0) batch.meta[0].value.reset();
      REQUIRE(store.append(batch, false).ok());
      size = batch.appends[0].head.size;
      CHECK(store.durable_size(batch.appends[0].log) == synced.durable_size(batch.appends[0].log));
      if (random.below(4) != 0) continue;
      REQUIRE(store.sync().ok());
      CHECK(store.durable_size(batch.appends[0].log) == size);
      synced = store;
    }
    store.power_cut();
    CHECK(content(store) == content(synced));
    for (const auto& log : store.logs()) CHECK(store.durable_size(log.name) == log.head.size);
  }
}

TEST_CASE("Stores of one pool each tell their own history, whatever thread uses them") {
  constexpr std::uint64_t same = 400, all = 600;
  const auto pool = std::make_shared<ledger::EventPool>();
  const auto fill = [&](ledger::MemoryStore& store, const std::string& told) {
    std::set<std::uint64_t> cuts;
    for (std::uint64_t at = 0; at < all; at += 20) {
      auto run = append_of(at, 20);
      if (at >= same) run.events.front() = told;
      run.head.root.fill(static_cast<std::uint8_t>(at));
      if (!store.append({{run}, {}}, at % 40 == 0)) return;
      if (at % 200 == 60 && cuts.insert(at).second) {
        store.power_cut();  // takes these events, which are then told again
        at -= 20;
      }
    }
  };
  std::vector<ledger::MemoryStore> stores(4);
  for (auto& store : stores) store.share(pool);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < stores.size(); ++i) {
      threads.emplace_back([&, i] { fill(stores[i], "fork " + std::to_string(i % 2)); });
    }
  }
  for (std::size_t i = 0; i < stores.size(); ++i) {
    ledger::MemoryStore alone;
    fill(alone, "fork " + std::to_string(i % 2));
    REQUIRE(alone.logs().at(0).head.size == all);
    CHECK(content(stores[i]) == content(alone));
  }
}
