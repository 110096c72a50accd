// SPDX-License-Identifier: Apache-2.0
// The crash protocol on the real RocksDB store over a disk that forgets: a power cut at every file
// operation, also while recovering; a failing or full disk at every operation; rot in any file.
#include <rocksdb/db.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "ledger/store/head_file.h"
#include "ledger/store/rocks_store.h"
#include "test/support/crash_disk.h"
#include "test/support/world.h"

using namespace verbena;
using test::CrashDisk;
using test::Tail;

namespace {

constexpr const char* store_path = "/home/store";
constexpr Tail tails[] = {Tail::kept, Tail::dropped, Tail::torn, Tail::garbled};
constexpr std::size_t window = 400;  // operations whose images are held at once

int scaled(int quick, int slow) {
  return std::getenv("VERBENA_LONG") != nullptr ? slow : quick;
}

struct Sale {
  std::uint64_t intent = 0;
  std::string id;
};

ledger::RocksOptions options(std::shared_ptr<CrashDisk> disk, std::size_t ballast_bytes = 0) {
  return {.memtable_bytes = 64 << 10, .ballast_bytes = ballast_bytes, .files = std::move(disk)};
}

// A till whose store lies on such a disk.
struct Till {
  test::World& world;
  const test::Device& device;
  std::shared_ptr<CrashDisk> disk;
  std::size_t ballast_bytes = 0;
  std::unique_ptr<ledger::EventStore> store;
  std::unique_ptr<ledger::Ledger> ledger;

  Till(test::World& in, std::shared_ptr<CrashDisk> on)
      : world(in), device(in.device("pos")), disk(std::move(on)) {}

  std::string open() {
    ledger.reset();
    store.reset();
    auto opened = ledger::open_rocks_store(store_path, options(disk, ballast_bytes));
    if (!opened) return opened.error().text;
    store = std::move(opened->store);
    auto book =
        ledger::Ledger::open(*store, world.root, device.identity, world.clock, world.random);
    if (!book) return book.error().text;
    ledger = book.take();
    return {};
  }

  void enrol() {
    const auto& known = *world.device("root").ledger;
    for (const auto& log : known.logs()) {
      for (const auto& run : *known.read(log.name, 0, SIZE_MAX)) (void)ledger->ingest(run);
    }
    (void)ledger->sync();
  }

  // Empty unless the sale was acknowledged.
  std::string sell(std::uint64_t intent, std::string* band) {
    schemas::OperateRequest request;
    request.set_intent(intent);
    request.mutable_sell()->set_tender(band == nullptr ? "cash" : "purse");
    auto* line = request.mutable_sell()->add_line();
    line->set_sku("beer");
    line->set_quantity(1);
    if (band != nullptr) request.set_band(*band);
    node::TapSession session(*ledger, world.random, schemas::VENDOR);
    auto reply = session.begin(request);
    while (reply.has_write()) {
      *band = reply.write();
      reply = session.wrote(*band);
    }
    return reply.has_done() ? reply.done().id() : std::string();
  }

  std::uint64_t sales_held() {
    std::uint64_t out = 0;
    ledger->ask([&](ledger::State& state, const auto&) {
      out = static_cast<std::uint64_t>(state.totals().sales_minor / 450);
    });
    return out;
  }
};

struct Festival {
  test::World world;
  std::vector<std::string> bands;
  explicit Festival(int band_count) {
    auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
    world.add(schemas::VENDOR, "pos", "bar-1");
    for (int i = 0; i < band_count; ++i) {
      auto band = world.band();
      REQUIRE(world.top_up(desk, band, 2000).has_done());
      bands.push_back(band.image);
    }
  }
};

// Every fifth sale is a band's first; the till restarts once on the way.
std::vector<Sale> day(Festival& festival, Till& till, int sales,
                      const std::function<void(const Sale&)>& acknowledged) {
  std::vector<Sale> out;
  REQUIRE(till.open() == "");
  till.enrol();
  for (int i = 0; i < sales; ++i) {
    if (i == sales / 2) REQUIRE(till.open() == "");
    std::string* band = i % 5 == 4 ? &festival.bands.at(static_cast<std::size_t>(i / 5)) : nullptr;
    const std::uint64_t intent = 1000 + static_cast<std::uint64_t>(i);
    out.push_back({intent, till.sell(intent, band)});
    REQUIRE(!out.back().id.empty());
    acknowledged(out.back());
  }
  return out;
}

struct Image {
  std::uint64_t operation = 0;
  Tail tail = Tail::kept;
  std::size_t acknowledged = 0;
  std::shared_ptr<CrashDisk> disk;
};

// What is wrong with a till that comes back on this disk; empty: nothing.
std::string come_back(test::World& world, const std::shared_ptr<CrashDisk>& disk,
                      const std::vector<Sale>& acknowledged, std::size_t count) {
  Till till(world, disk);
  if (auto why = till.open(); !why.empty()) return "does not open: " + why;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = till.ledger->find_intent(acknowledged[i].intent);
    if (!found || ledger::to_bytes(found->id) != acknowledged[i].id) {
      return "lost acknowledged sale " + std::to_string(i);
    }
  }
  if (count > 0 && till.sell(99, nullptr).empty()) return "cannot sell on";
  return {};
}

}  // namespace

TEST_CASE("A power cut at any file operation loses no acknowledged sale, and the till opens") {
  const int sales = scaled(100, 900);  // fewer than a till may sell without a witness
  std::vector<Sale> acknowledged;
  std::uint64_t points = 0, recoveries = 0, end = UINT64_MAX;
  for (std::uint64_t first = 0; first < end; first += window) {
    Festival festival(sales / 5 + 1);
    auto disk = std::make_shared<CrashDisk>();
    std::vector<Image> images;
    acknowledged.clear();
    disk->watch([&](std::uint64_t operation) {
      if (operation < first || operation >= first + window) return;
      for (const Tail tail : tails) {
        images.push_back(
            {operation, tail, acknowledged.size(), disk->after_power_cut(tail, operation)});
      }
    });
    Till till(festival.world, disk);
    day(festival, till, sales, [&](const Sale& sale) { acknowledged.push_back(sale); });
    disk->watch({});
    end = disk->operations();
    for (auto& image : images) {
      CAPTURE(image.operation, static_cast<int>(image.tail), image.acknowledged);
      ++points;
      // The power fails again while it recovers.
      const auto again = image.disk->copy();
      std::vector<std::shared_ptr<CrashDisk>> second;
      test::SeededRandom random(image.operation);
      const std::uint64_t at = random.below(30);
      image.disk->watch([&](std::uint64_t operation) {
        if (operation == at) {
          second.push_back(image.disk->after_power_cut(tails[random.below(4)], operation));
        }
      });
      CHECK(come_back(festival.world, image.disk, acknowledged, image.acknowledged) == "");
      image.disk->watch({});
      for (const auto& cut : second) {
        ++recoveries;
        CHECK(come_back(festival.world, cut, acknowledged, image.acknowledged) == "");
      }
      image.disk.reset();
    }
  }
  CHECK(points > static_cast<std::uint64_t>(sales) * 4);
  CHECK(recoveries > points / 4);
  WARN("figure: " << points << " power cuts, " << recoveries << " more while recovering");
}

TEST_CASE("A disk that fails or fills up at any operation loses and doubles nothing") {
  const int sales = scaled(15, 60);
  std::uint64_t operations = 0;
  {
    Festival festival(sales / 5 + 1);
    auto disk = std::make_shared<CrashDisk>();
    Till till(festival.world, disk);
    day(festival, till, sales, [](const Sale&) {});
    operations = disk->operations();
  }
  std::uint64_t failures = 0;
  for (std::uint64_t at = 0; at < operations; ++at) {
    for (const std::uint64_t times : {1, 7}) {
      const auto fault = times == 1 ? CrashDisk::Fault::io_error : CrashDisk::Fault::no_space;
      CAPTURE(at, times);
      Festival festival(sales / 5 + 1);
      auto disk = std::make_shared<CrashDisk>();
      disk->fail(at, times, fault);
      Till till(festival.world, disk);
      bool opened = false;
      for (int i = 0; i < 20 && !opened; ++i) opened = till.open().empty();
      REQUIRE(opened);
      for (int i = 0; i < 20; ++i) {
        till.enrol();
        festival.world.clock.now_ms += 1'100;
      }
      std::vector<Sale> acknowledged;
      for (int i = 0; i < sales; ++i) {
        const std::uint64_t intent = 1000 + static_cast<std::uint64_t>(i);
        std::string* band =
            i % 5 == 4 ? &festival.bands.at(static_cast<std::size_t>(i / 5)) : nullptr;
        std::string id;
        for (int attempt = 0; attempt < 20 && id.empty(); ++attempt) {
          id = till.sell(intent, band);
          failures += id.empty() ? 1 : 0;
          festival.world.clock.now_ms += 1'100;
        }
        REQUIRE(!id.empty());
        acknowledged.push_back({intent, id});
      }
      CHECK(till.sales_held() == static_cast<std::uint64_t>(sales));
      till.ledger.reset();
      till.store.reset();
      CHECK(come_back(festival.world, disk->copy(), acknowledged, acknowledged.size()) == "");
    }
  }
  CHECK(failures > 0);
  WARN("figure: " << operations << " operations failed in turn, " << failures
                  << " answers in doubt");
}

TEST_CASE("Rot in any file of the store is refused or noticed, never silent") {
  Festival festival(30);
  auto disk = std::make_shared<CrashDisk>();
  std::vector<Sale> acknowledged;
  std::vector<ledger::StoredLog> remembered;
  {
    Till till(festival.world, disk);
    day(festival, till, 120, [&](const Sale& sale) { acknowledged.push_back(sale); });
    for (const auto& log : till.ledger->logs()) {
      if (log.name.certificate == till.device.identity.certificate.hash) {
        remembered.push_back({log.name, log.head});
      }
    }
  }
  REQUIRE(remembered.size() >= 2);
  int refused = 0, noticed = 0, harmless = 0;
  const int injections = scaled(600, 10'000);
  for (int seed = 1; seed <= injections; ++seed) {
    CAPTURE(seed);
    test::SeededRandom random(static_cast<std::uint64_t>(seed));
    auto rotten = disk->copy();
    const auto files = rotten->files();
    const std::string& path = files[random.below(files.size())];
    auto& bytes = rotten->bytes(path);
    const auto what = bytes.empty() ? 3 : random.below(4);
    CAPTURE(path, what);
    if (what <= 1) bytes[random.below(bytes.size())] ^= static_cast<char>(1 << random.below(8));
    if (what == 2) bytes.resize(random.below(bytes.size()));
    if (what == 3) rotten->remove(path);
    Till till(festival.world, rotten);
    if (!till.open().empty()) {
      ++refused;
      continue;
    }
    bool whole = true;
    for (const auto& sale : acknowledged) {
      const auto found = till.ledger->find_intent(sale.intent);
      whole &= found && ledger::to_bytes(found->id) == sale.id;
    }
    const bool said = !ledger::compare_heads(remembered, *till.store).empty();
    CHECK((whole || said));
    whole ? ++harmless : ++noticed;
  }
  CHECK(refused > 0);
  CHECK(noticed > 0);
  WARN("figure: " << injections << " injections: " << refused << " refused, " << noticed
                  << " came back shorter and said so, " << harmless << " harmless, 0 silent");
}

TEST_CASE("A MANIFEST that is torn or gone is made anew, and no acknowledged sale is lost") {
  Festival festival(10);
  auto disk = std::make_shared<CrashDisk>();
  std::vector<Sale> acknowledged;
  {
    Till till(festival.world, disk);
    day(festival, till, 40, [&](const Sale& sale) { acknowledged.push_back(sale); });
  }
  const auto files = disk->files();
  const auto manifest = std::find_if(files.begin(), files.end(), [](const std::string& path) {
    return path.find("MANIFEST") != std::string::npos;
  });
  REQUIRE(manifest != files.end());
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    test::SeededRandom random(seed);
    auto torn = disk->copy();
    auto& bytes = torn->bytes(*manifest);
    if (seed % 4 == 0) {
      torn->remove(*manifest);
    } else {
      for (std::size_t i = bytes.size() - 1 - random.below(32); i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(random.next());
      }
    }
    CHECK(come_back(festival.world, torn, acknowledged, acknowledged.size()) == "");
    CHECK(come_back(festival.world, torn->copy(), acknowledged, acknowledged.size()) == "");
  }
}

TEST_CASE("A full disk stops sales in good order, and they go on once there is room") {
  Festival festival(1);
  auto disk = std::make_shared<CrashDisk>();
  Till till(festival.world, disk);
  REQUIRE(till.open() == "");
  till.enrol();
  REQUIRE(!till.sell(1, nullptr).empty());
  disk->fill_up_to(ledger::free_bytes_floor - 1);
  CHECK(till.sell(2, nullptr).empty());
  CHECK(till.ledger->alarms().at(0).kind == "storage-low");
  disk->fill_up_to(2 * ledger::free_bytes_floor);
  CHECK(!till.sell(2, nullptr).empty());
  CHECK(till.ledger->alarms().empty());
  CHECK(till.sales_held() == 2);
}

TEST_CASE("A disk without a free byte: the ballast lets the till open, and no sale is lost") {
  constexpr std::size_t ballast_bytes = 1 << 20;
  for (const bool with_ballast : {false, true}) {
    CAPTURE(with_ballast);
    Festival festival(1);
    auto disk = std::make_shared<CrashDisk>();
    Till till(festival.world, disk);
    till.ballast_bytes = with_ballast ? ballast_bytes : 0;
    REQUIRE(till.open() == "");
    till.enrol();
    for (std::uint64_t intent = 1; intent <= 20; ++intent) {
      REQUIRE(!till.sell(intent, nullptr).empty());
    }
    disk->fill_up_to(0);
    const std::string why = till.open();
    CHECK(why.empty() == with_ballast);
    if (!with_ballast) {
      CHECK(why.find(store_path) != std::string::npos);
      continue;
    }
    CHECK(till.sales_held() == 20);
    CHECK(till.sell(21, nullptr).empty());
    disk->remove("/home/other");
    REQUIRE(till.open() == "");
    CHECK(!till.sell(21, nullptr).empty());
    const auto files = disk->files();
    CHECK(std::count(files.begin(), files.end(), std::string(store_path) + ".ballast") == 1);
  }
}

TEST_CASE("A store of a later format is refused by name") {
  Festival festival(1);
  auto disk = std::make_shared<CrashDisk>();
  {
    Till till(festival.world, disk);
    REQUIRE(till.open() == "");
  }
  {
    rocksdb::DB* raw = nullptr;
    auto env = rocksdb::NewCompositeEnv(disk);
    rocksdb::Options plain;
    plain.env = env.get();
    REQUIRE(rocksdb::DB::Open(plain, store_path, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    REQUIRE(db->Put({}, "V", std::string(1, 2)).ok());
  }
  auto opened = ledger::open_rocks_store(store_path, options(disk));
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == ledger::Errc::future_version);
  CHECK(opened.error().text.find(store_path) != std::string::npos);
}
