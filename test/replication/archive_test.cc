// SPDX-License-Identifier: Apache-2.0
#include "replication/archive.h"

#include <catch2/catch.hpp>
#include <regex>

#include "test/support/world.h"

using namespace verbena;
using ledger::Bytes;
using replication::Archive;
using replication::ArchiveWriter;
using replication::BlockKind;
using test::Device;
using test::World;

namespace {

constexpr std::size_t header_bytes = 37;
constexpr std::uint64_t flips = 10'000;

// A small day in blocks of one log each: a block ends where the kind of block changes.
struct Day {
  World world;
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  Device& hub = world.add(schemas::HUB, "hub");

  Day() {
    for (int i = 0; i < 5; ++i) REQUIRE(world.sell_cash(pos, "beer").has_done());
    World::meet(pos, hub);
  }

  Bytes archive() {
    ArchiveWriter writer(world.signed_root);
    for (const auto& log : hub.ledger->logs()) {
      for (auto& run : *hub.ledger->read(log.name, 0, SIZE_MAX)) {
        schemas::Frame frame;
        *frame.mutable_run() = ledger::to_wire(std::move(run));
        writer.add(std::move(frame));
        writer.add({}, BlockKind::branches);  // an empty frame, to begin another block
      }
    }
    schemas::SignedSeal seal;
    seal.set_seal("some seal");
    return writer.sealed(seal);
  }
};

struct Span {
  std::size_t begin, end;  // of a whole block
};

std::vector<Span> blocks_of(const Bytes& file) {
  std::vector<Span> out;
  for (std::size_t at = replication::archive_magic.size(); at < file.size();) {
    const auto size = ledger::get_be(std::string_view(file).substr(at + 1, 4));
    out.push_back({at, at + header_bytes + size});
    at = out.back().end;
  }
  return out;
}

// What an error names: bytes "12 to 99", or "12 on"; the magic is byte 0.
Span place_in(const std::string& text) {
  std::smatch found;
  if (std::regex_search(text, found, std::regex(R"(\(byte (\d+) to (\d+)\))"))) {
    return {std::stoul(found[1]), std::stoul(found[2])};
  }
  if (std::regex_search(text, found, std::regex(R"(\(byte (\d+) on\))"))) {
    return {std::stoul(found[1]), SIZE_MAX};
  }
  if (text.find("byte 0:") != std::string::npos) return {0, replication::archive_magic.size()};
  return {SIZE_MAX, SIZE_MAX};
}

}  // namespace

TEST_CASE("An archive gives back every log and where it ends") {
  Day day;
  const auto archive = replication::read_archive(day.archive());
  REQUIRE(archive.ok());
  CHECK(archive->runs_refused == 0);
  CHECK(archive->seals.size() == 1);
  CHECK(archive->root.certificate.hash == day.world.root.hash);
  REQUIRE(archive->tips.size() == day.hub.ledger->logs().size());
  for (const auto& tip : archive->tips) {
    CHECK(tip.size == day.hub.ledger->log(tip.id)->head.size);
    CHECK(tip.root == day.hub.ledger->log(tip.id)->head.root);
  }
}

TEST_CASE("Any single altered byte of an archive is found and its block named") {
  Day day;
  const Bytes file = day.archive();
  const auto blocks = blocks_of(file);
  REQUIRE(blocks.size() >= 7);
  std::vector<std::size_t> positions;
  for (std::size_t at = 0; at < replication::archive_magic.size(); ++at) positions.push_back(at);
  for (const auto& block : blocks) {
    for (std::size_t at = block.begin; at < block.begin + header_bytes; ++at) {
      positions.push_back(at);
    }
  }
  // The root, the seal and the end whole.
  for (const auto& block : {blocks.front(), blocks[blocks.size() - 2], blocks.back()}) {
    for (std::size_t at = block.begin; at < block.end; ++at) positions.push_back(at);
  }
  while (positions.size() < flips) positions.push_back(day.world.random.below(file.size()));
  std::size_t found = 0, named = 0;
  for (const auto at : positions) {
    Bytes altered = file;
    altered[at] = static_cast<char>(altered[at] ^ (1 + day.world.random.below(255)));
    const auto read = replication::read_archive(altered);
    if (read.ok()) continue;
    ++found;
    const Span place = place_in(read.error().text);
    const auto block =
        std::find_if(blocks.begin(), blocks.end(), [&](const auto& it) { return at < it.end; });
    const bool in_magic = at < replication::archive_magic.size();
    if (place.begin <= at && at < place.end && place.begin == (in_magic ? 0 : block->begin)) {
      ++named;
    }
  }
  CHECK(positions.size() >= flips);
  CHECK(found == positions.size());
  CHECK(named == positions.size());
}

TEST_CASE("The event before a damaged block is named as well") {
  Day day;
  Bytes file = day.archive();
  const auto blocks = blocks_of(file);
  file[blocks[blocks.size() - 3].end - 1] ^= 1;
  CHECK_THAT(replication::read_archive(file).error().text,
             Catch::Contains("behind event ") && Catch::Contains(" log "));
}

TEST_CASE("An archive cut anywhere is refused") {
  Day day;
  const Bytes file = day.archive();
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto read = replication::read_archive(std::string_view(file).substr(0, size));
    REQUIRE_FALSE(read.ok());
    REQUIRE_THAT(read.error().text, Catch::Contains("byte"));
  }
}

TEST_CASE("Two archives joined are refused") {
  Day day;
  const Bytes file = day.archive();
  CHECK_THAT(replication::read_archive(file + file).error().text,
             Catch::Contains("something follows the end"));
  CHECK_THAT(replication::read_archive(file + "x").error().text,
             Catch::Contains("something follows the end"));
}

TEST_CASE("A block left out or moved is found as one that was altered") {
  Day day;
  const Bytes file = day.archive();
  const auto blocks = blocks_of(file);
  const auto bytes = [&](std::size_t i) {
    return file.substr(blocks[i].begin, blocks[i].end - blocks[i].begin);
  };
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    Bytes without = file.substr(0, blocks[i].begin) + file.substr(blocks[i].end);
    CHECK_FALSE(replication::read_archive(without).ok());
    if (i + 1 == blocks.size()) continue;
    Bytes swapped =
        file.substr(0, blocks[i].begin) + bytes(i + 1) + bytes(i) + file.substr(blocks[i + 1].end);
    CHECK_FALSE(replication::read_archive(swapped).ok());
  }
}

TEST_CASE("What stands before an earlier seal can be read alone") {
  Day day;
  const Bytes first = day.archive();
  auto writer = ArchiveWriter::extend(first);
  REQUIRE(writer.ok());
  const auto held = day.pos.ledger->logs();
  REQUIRE(day.world.sell_cash(day.pos, "beer").has_done());
  for (const auto& log : held) {
    for (auto& run : *day.pos.ledger->read(log.name, log.head.size, SIZE_MAX)) {
      schemas::Frame frame;
      *frame.mutable_run() = ledger::to_wire(std::move(run));
      writer->add(std::move(frame));
    }
  }
  const Bytes second = writer->sealed({});
  CHECK(second.starts_with(first.substr(0, first.size() - header_bytes)));
  const auto all = replication::read_archive(second);
  const auto before = replication::read_archive(second, 1);
  REQUIRE(all.ok());
  REQUIRE(before.ok());
  CHECK(all->seals.size() == 2);
  CHECK(before->seals.size() == 1);
  CHECK(before->seals_in_file == 2);
  const auto events = [](const Archive& archive) {
    std::uint64_t out = 0;
    for (const auto& log : archive.store->logs()) out += log.head.size;
    return out;
  };
  CHECK(events(*all) == events(*before) + 1);
  CHECK(events(*before) == events(*replication::read_archive(first)));
}

TEST_CASE("A run that continues nothing is left out and counted") {
  Day day;
  ArchiveWriter writer(day.world.signed_root);
  auto log = day.pos.ledger->logs().back();
  auto runs = *day.pos.ledger->read(log.name, 1, SIZE_MAX);  // the first event is not there
  schemas::Frame frame;
  *frame.mutable_run() = ledger::to_wire(runs.front());
  writer.add(frame);
  writer.add(frame, BlockKind::branches);
  const auto archive = replication::read_archive(writer.sealed({}));
  REQUIRE(archive.ok());
  CHECK(archive->runs_refused == 2);
  CHECK_THAT(archive->first_refusal, Catch::Contains("does not continue it"));
  CHECK(archive->store->logs().empty());
}
