// SPDX-License-Identifier: Apache-2.0
// The reader of a till against a real pcscd; run by with_pcscd, which starts one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "ledger/core/crypto.h"
#include "ledger/purse/band.h"
#include "ledger/purse/presence.h"
#include "node/nfc/band_desk.h"
#include "node/readers.h"
#include "node/staff_band.h"
#include "node/system_clock.h"
#include "test/card_emulator/bands.h"
#include "test/card_emulator/chip_bands.h"
#include "test/card_emulator/ntag.h"
#include "test/card_emulator/vpcd_link.h"

using namespace verbena;
using node::Field;
using node::Presence;
using test::band_with;
using test::counter_on;
using test::NtagCard;
using test::Tear;
using test::VpcdLink;

namespace {

constexpr std::uint64_t patience_ms = 5'000;

ledger::SystemRandom random_source;

struct Till {
  explicit Till(const std::string& spec = "pcsc", const std::optional<node::BandKeys>& keys = {})
      : reader(node::open_reader(spec, keys, random_source).take()) {}
  // Until pcscd has noticed that the last card has left: the next test begins with an empty field.
  ~Till() { (void)expect(Field::empty, reader->presence().arrival); }

  // Waits for a presence and says what it was at last.
  Presence expect(Field field, std::uint64_t arrival) {
    const Presence wanted{arrival, field};
    node::SystemClock clock;
    const std::uint64_t end = clock.monotonic_ms() + patience_ms;
    while (reader->presence() != wanted && clock.monotonic_ms() < end) node::sleep_ms(2);
    return reader->presence();
  }
  // A sale: reads what is on the band and writes one step more.
  ledger::Result<std::string> sell() {
    auto tag = reader->hold();
    if (!tag) return tag.error();
    if (*tag == nullptr) return ledger::Error{ledger::Errc::unreachable, "no tag"};
    auto image = (*tag)->read();
    if (!image) return image;
    return (*tag)->write(band_with(counter_on(*image) + 1));
  }
  ledger::Result<std::string> read() {
    auto tag = reader->hold();
    if (!tag) return tag.error();
    if (*tag == nullptr) return ledger::Error{ledger::Errc::unreachable, "no tag"};
    return (*tag)->read();
  }

  std::unique_ptr<node::TagReader> reader;
};

}  // namespace

TEST_CASE("A band comes, is read and written, goes, and comes back as it was written") {
  Till till;
  CHECK(till.expect(Field::empty, 0) == Presence{0, Field::empty});
  NtagCard card = test::card_with(band_with(7));
  VpcdLink link;
  REQUIRE(link.insert(card));
  CHECK(till.expect(Field::band, 1) == Presence{1, Field::band});
  const auto sold = till.sell();
  REQUIRE(sold.ok());
  CHECK(counter_on(*sold) == 8);
  link.remove();
  CHECK(till.expect(Field::empty, 1) == Presence{1, Field::empty});
  CHECK(till.reader->hold().take() == nullptr);
  REQUIRE(link.insert(card));
  CHECK(till.expect(Field::band, 2) == Presence{2, Field::band});
  CHECK(*till.read() == *sold);
}

TEST_CASE("A band torn away in a write is an error and still reads as before or after") {
  Till till;
  NtagCard card = test::card_with(band_with(7));
  VpcdLink link;
  std::uint64_t arrival = 0;
  std::uint32_t counter = 7;
  for (const Tear& tear : {Tear{Tear::At::in_write, 0, 2}, Tear{Tear::At::in_write, 20, 0},
                           Tear{Tear::At::in_write, 20, 1, Tear::Rest::noise},
                           Tear{Tear::At::after_command, 16}, Tear{Tear::At::before_command, 40}}) {
    CAPTURE(static_cast<int>(tear.at), tear.count);
    REQUIRE(link.insert(card, tear));
    REQUIRE(till.expect(Field::band, ++arrival).field == Field::band);
    const auto torn = till.sell();
    REQUIRE_FALSE(torn.ok());
    CHECK(torn.error().code == ledger::Errc::in_doubt);
    CHECK(till.expect(Field::empty, arrival).field == Field::empty);
    REQUIRE(link.insert(card));
    REQUIRE(till.expect(Field::band, ++arrival).field == Field::band);
    CHECK(counter_on(*till.read()) == counter);
    REQUIRE(till.sell().ok());
    CHECK(counter_on(*till.read()) == ++counter);
    link.remove();
    CHECK(till.expect(Field::empty, arrival).field == Field::empty);
  }
}

TEST_CASE("A band torn away while it is held does not stay, and another one is read") {
  Till till;
  NtagCard first = test::card_with(band_with(3)), second = test::card_with(band_with(9));
  VpcdLink link;
  REQUIRE(link.insert(first));
  REQUIRE(till.expect(Field::band, 1).field == Field::band);
  {
    auto tag = till.reader->hold().take();
    REQUIRE(tag != nullptr);
    CHECK(counter_on(*tag->read()) == 3);
    REQUIRE(link.insert(second));
    node::sleep_ms(600);  // longer than pcscd takes to notice
    const auto written = tag->write(band_with(4));
    CHECK_FALSE(written.ok());
  }
  CHECK(till.expect(Field::band, 2).field == Field::band);
  CHECK(counter_on(*till.read()) == 9);
  CHECK(counter_on(test::image_on(first)) == 3);
}

TEST_CASE("A staff band is told from a customer's by a real reader") {
  Till till;
  NtagCard card = test::card_with(node::to_image({1, "v001", {1, 2, 3}}));
  VpcdLink link;
  REQUIRE(link.insert(card));
  CHECK(till.expect(Field::staff, 1) == Presence{1, Field::staff});
  CHECK(node::is_staff_band(*till.read()));
}

TEST_CASE(
    "A band is made of a chip with keys through pcscd, torn, made again, topped up and sold") {
  const auto delivered = GENERATE(&test::SmartCard::ntag424, &test::SmartCard::desfire_light,
                                  &test::SmartCard::desfire_ev3);
  test::ChipField field(delivered);
  test::Device& desk = field.world.add(schemas::TOP_UP_DESK, "desk");
  test::Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
  VpcdLink link;
  std::uint64_t arrival = 0;
  const auto put = [&](Till& till, Tear tear = {}) {
    REQUIRE(link.insert(field.card, tear));
    REQUIRE(till.expect(Field::band, ++arrival).field == Field::band);
  };
  const auto lift = [&](Till& till) {
    link.remove();
    REQUIRE(till.expect(Field::empty, arrival).field == Field::empty);
  };
  {
    Till office("pcsc", field.keys);
    const auto make = [&] {
      auto tag = office.reader->hold().take();
      REQUIRE(tag != nullptr);
      return node::nfc::make_band(
          *tag->chip(), field.keys, random_source, [&](bool is_short, bool proves) {
            return ledger::Result<std::string>(field.world.band(is_short, proves).image);
          });
    };
    put(office, {Tear::At::before_command, 30});
    CHECK_FALSE(make().ok());
    lift(office);
    put(office);
    CHECK(office.read().error().refusal == ledger::Refusal::band_unfinished);
    const auto made = make();
    REQUIRE(made.ok());
    const auto shown = office.read();
    CHECK(ledger::image_in(*shown) == made->image);
    // What a DESFire proves is what was committed at a tap.
    const bool is_desfire = made->kind != node::nfc::ChipKind::ntag424;
    CHECK(ledger::heads_told(ledger::proof_in(*shown)).empty() == is_desfire);
    lift(office);
  }
  const auto tap = [&](Till& till, test::Device& device, schemas::OperateRequest request) {
    auto tag = till.reader->hold().take();
    REQUIRE(tag != nullptr);
    request.set_band(*tag->read());
    node::TapSession session(*device.ledger, field.world.random, device.identity.certificate.role);
    auto reply = session.begin(request);
    while (reply.has_write()) {
      const auto back = tag->write(reply.write());
      reply = session.wrote(back ? *back : std::string());
    }
    return reply;
  };
  const auto share = [&](test::Device& device) {
    return node::share_of(field.keys, device.identity.certificate.role);
  };
  arrival = 0;
  {
    Till till("pcsc", share(desk));
    put(till);
    CHECK(tap(till, desk, test::ChipField::top_up(1, 2000)).done().balance_minor() == 2000);
    lift(till);
  }
  test::World::meet(desk, pos);
  arrival = 0;
  {
    Till till("pcsc", share(pos));
    put(till);
    CHECK(tap(till, pos, test::ChipField::beer(2)).done().balance_minor() == 1550);
    CHECK(tap(till, pos, test::ChipField::top_up(3, 2000)).refused().code() == "role-denied");
    lift(till);
  }
  arrival = 0;
  Till stranger;  // a till without keys
  put(stranger);
  CHECK(stranger.read().error().refusal == ledger::Refusal::band_keys_missing);
  lift(stranger);
}

TEST_CASE("A tag without a band is in the field and is told to be none") {
  Till till;
  NtagCard card(test::Ntag::Model::ntag215);
  VpcdLink link;
  REQUIRE(link.insert(card));
  CHECK(till.expect(Field::band, 1).field == Field::band);
  CHECK(till.read().error().code == ledger::Errc::bad_input);
}

TEST_CASE("Bands on two readers are several unless one reader was named") {
  NtagCard one = test::card_with(band_with(3)), two = test::card_with(band_with(9));
  Till all, named("pcsc:Virtual PCD 1"), nobody("pcsc:Nobody");
  VpcdLink first, second(test::vpcd_port + 2);
  REQUIRE(first.insert(one));
  REQUIRE(all.expect(Field::band, 1).field == Field::band);
  REQUIRE(second.insert(two));
  CHECK(all.expect(Field::several, 2).field == Field::several);
  CHECK(all.reader->hold().take() == nullptr);
  CHECK(named.expect(Field::band, 1).field == Field::band);
  CHECK(counter_on(*named.read()) == 9);
  CHECK(nobody.reader->presence() == Presence{0, Field::empty});
  second.remove();
  CHECK(all.expect(Field::band, 3).field == Field::band);
  CHECK(counter_on(*all.read()) == 3);
}

TEST_CASE("The service may be started anew while a till runs") {
  const char* const start = std::getenv("VERBENA_PCSCD");
  REQUIRE(start != nullptr);
  Till till;
  NtagCard card = test::card_with(band_with(3));
  VpcdLink link;
  REQUIRE(link.insert(card));
  REQUIRE(till.expect(Field::band, 1).field == Field::band);
  REQUIRE(till.read().ok());
  REQUIRE(std::system("kill $(cat /run/pcscd/pcscd.pid)") == 0);
  CHECK(till.expect(Field::empty, 1).field == Field::empty);
  CHECK(node::open_reader("pcsc", {}, random_source).error().code == ledger::Errc::unreachable);
  REQUIRE(std::system(start) == 0);
  for (int i = 0; i < 100 && !link.insert(card); ++i) node::sleep_ms(50);
  CHECK(till.expect(Field::band, 2).field == Field::band);
  CHECK(counter_on(*till.read()) == 3);
}

// Not run by default: figures, not a judgement.
TEST_CASE("How long a tap of a band on a chip with keys takes", "[.measure]") {
  const auto delivered = GENERATE(&test::SmartCard::ntag424, &test::SmartCard::desfire_light);
  test::ChipField field(delivered);
  test::Device& desk = field.world.add(schemas::TOP_UP_DESK, "desk");
  test::Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
  REQUIRE(field.make().ok());
  REQUIRE(field.tap(desk, test::ChipField::top_up(1, 15'000))->has_done());
  test::World::meet(desk, pos);
  Till till("pcsc", node::share_of(field.keys, schemas::VENDOR));
  VpcdLink link;
  REQUIRE(link.insert(field.card));
  REQUIRE(till.expect(Field::band, 1).field == Field::band);
  node::SystemClock clock;
  std::vector<std::uint64_t> us;
  const std::size_t before = field.card.field().commands();
  for (std::uint64_t i = 0; i < 30; ++i) {
    const std::uint64_t start = clock.monotonic_us();
    auto tag = till.reader->hold().take();
    auto request = test::ChipField::beer(100 + i);
    request.set_band(*tag->read());
    node::TapSession session(*pos.ledger, field.world.random, schemas::VENDOR);
    auto reply = session.begin(request);
    REQUIRE(reply.has_write());
    REQUIRE(session.wrote(*tag->write(reply.write())).has_done());
    us.push_back(clock.monotonic_us() - start);
  }
  std::sort(us.begin(), us.end());
  std::printf("tap of a band on %s: p50 %.1f ms, worst %.1f ms, %zu commands\n",
              delivered == &test::SmartCard::ntag424 ? "an NTAG 424" : "a DESFire Light",
              static_cast<double>(us[15]) / 1000, static_cast<double>(us.back()) / 1000,
              (field.card.field().commands() - before) / us.size());
}

TEST_CASE("How long a tap takes", "[.measure]") {
  Till till;
  node::SystemClock clock;
  NtagCard card = test::card_with(band_with(20));
  VpcdLink link;
  REQUIRE(link.insert(card));
  REQUIRE(till.expect(Field::band, 1).field == Field::band);
  std::vector<std::uint64_t> us;
  const std::size_t before = card.field().commands();
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t start = clock.monotonic_us();
    REQUIRE(till.sell().ok());
    us.push_back(clock.monotonic_us() - start);
  }
  std::sort(us.begin(), us.end());
  std::printf("tap: read, write, read back: p50 %.1f ms, p99 %.1f ms, %zu commands\n",
              static_cast<double>(us[500]) / 1000, static_cast<double>(us[990]) / 1000,
              (card.field().commands() - before) / 1000);
}
