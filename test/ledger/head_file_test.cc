// SPDX-License-Identifier: Apache-2.0
#include "ledger/store/head_file.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ledger/store/rocks_store.h"
#include "test/support/temporary_directory.h"
#include "test/support/world.h"

using namespace verbena;
namespace fs = std::filesystem;

namespace {

std::string file(const test::TemporaryDirectory& scratch, const char* name) {
  return (scratch.path() / name).string();
}

std::vector<ledger::StoredLog> own_logs(test::Device& device) {
  std::vector<ledger::StoredLog> out;
  for (const auto& log : device.ledger->logs()) {
    if (log.name.certificate == device.identity.certificate.hash) {
      out.push_back({log.name, log.head});
    }
  }
  return out;
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("The head file tells a store that came back shorter, and is silent about a whole one") {
  test::TemporaryDirectory scratch;
  test::World world;
  test::Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  REQUIRE(world.sell_cash(pos, "beer").has_done());
  const ledger::MemoryStore backup = *pos.store;
  REQUIRE(world.sell_cash(pos, "beer").has_done());
  REQUIRE(ledger::write_head_file(file(scratch, "head"), own_logs(pos)).ok());
  const auto remembered = ledger::read_head_file(file(scratch, "head"));
  REQUIRE(remembered.ok());
  CHECK(ledger::compare_heads(*remembered, *pos.store).empty());
  const auto alarms = ledger::compare_heads(*remembered, backup);
  REQUIRE(alarms.size() == 1);
  CHECK(alarms[0].find("came back with 3 of 4 events") != std::string::npos);
}

TEST_CASE("A head file with any byte flipped or cut is told from a good one") {
  test::TemporaryDirectory scratch;
  test::World world;
  test::Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  REQUIRE(world.sell_cash(pos, "beer").has_done());
  REQUIRE(ledger::write_head_file(file(scratch, "head"), own_logs(pos)).ok());
  const std::string good = slurp(file(scratch, "head"));
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    std::ofstream(file(scratch, "bad"), std::ios::binary) << flipped;
    CHECK(ledger::read_head_file(file(scratch, "bad")).error().code == ledger::Errc::damaged);
    std::ofstream(file(scratch, "bad"), std::ios::binary) << good.substr(0, at);
    CHECK_FALSE(ledger::read_head_file(file(scratch, "bad")).ok());
  }
  CHECK(ledger::read_head_file(file(scratch, "none"))->empty());
}

// RocksDB's own recovery is silent about some of this: the head file must not be.
TEST_CASE("A flipped or cut write-ahead log never loses an acknowledged sale in silence") {
  test::World world;
  test::Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  for (int i = 0; i < 40; ++i) REQUIRE(world.sell_cash(pos, "beer").has_done());
  test::TemporaryDirectory scratch;
  const fs::path clean = scratch.path() / "clean";
  {
    auto opened = ledger::open_rocks_store(clean.string(), {});
    REQUIRE(opened.ok());
    auto copy =
        ledger::Ledger::open(*opened->store, world.root, {}, world.clock, world.random).take();
    for (int round = 0; round < 2; ++round) {  // the root's log makes the others' authors known
      for (const auto& log : pos.ledger->logs()) {
        for (const auto& run : *pos.ledger->read(log.name, 0, SIZE_MAX)) (void)copy->ingest(run);
        REQUIRE(copy->sync().ok());
      }
    }
    REQUIRE(copy->events() == pos.ledger->events());
  }
  REQUIRE(ledger::write_head_file(file(scratch, "head"), own_logs(pos)).ok());
  const auto remembered = *ledger::read_head_file(file(scratch, "head"));
  fs::path wal;
  for (const auto& entry : fs::directory_iterator(clean)) {
    if (entry.path().extension() == ".log" && fs::file_size(entry.path()) > 0) wal = entry.path();
  }
  REQUIRE(!wal.empty());
  const std::string good = slurp(wal.string());
  int told = 0, refused = 0;
  const auto trial = [&](const std::string& bytes) {
    const fs::path hurt = scratch.path() / "hurt";
    fs::remove_all(hurt);
    fs::copy(clean, hurt);
    std::ofstream(hurt / wal.filename(), std::ios::binary) << bytes;
    auto opened = ledger::open_rocks_store(hurt.string(), {});
    if (!opened) {
      ++refused;
      return;
    }
    const bool alarmed = !ledger::compare_heads(remembered, *opened->store).empty();
    std::uint64_t held = 0;
    for (const auto& log : opened->store->logs()) {
      if (log.name == remembered[0].name) held = log.head.size;
    }
    CHECK((alarmed || held == remembered[0].head.size));
    told += alarmed;
  };
  for (std::size_t at = 5; at < good.size(); at += good.size() / 30 + 1) {
    auto flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    trial(flipped);
    trial(good.substr(0, at));
  }
  CHECK(told + refused > 20);
}
