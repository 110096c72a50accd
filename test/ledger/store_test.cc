// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>

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
  ledger::MemoryStore store;
  REQUIRE(store.append({{append_of(0, 2)}, {}}, true).ok());
  REQUIRE(store.append({{append_of(2, 2)}, {}}, false).ok());
  store.power_cut();
  CHECK(store.logs()[0].head.size == 2);
}
