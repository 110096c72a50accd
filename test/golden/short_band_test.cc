// SPDX-License-Identifier: Apache-2.0
// Committed bytes of a short band: what lies on a chip at somebody's wrist must be read for ever.
#include "ledger/purse/short_band.h"

#include <catch2/catch.hpp>

#include "node/nfc/signed_chip.h"
#include "test/golden/golden.h"
#include "test/support/world.h"

using namespace verbena;
using golden::compare;
using golden::slurp;
using test::World;

namespace {

struct Ground {
  World world{2030};
  test::Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  test::Band band = world.band(true);

  Ground() {
    World::meet(desk, till);
    REQUIRE(world.top_up(desk, band, 3'000).has_done());
    REQUIRE(world.sell(till, band, "beer", 2).has_done());
  }
};

// As it lies on a chip: both frames, then the certificate that they share.
std::string pieces_of(const ledger::BandImage& image, std::size_t newest) {
  std::string out;
  for (const auto& slot : image.slots) out += *ledger::frame_of(slot);
  return out + std::string(ledger::certificate_in(image.slots[newest]));
}

}  // namespace

TEST_CASE("A short band's frames and certificate are written in the same bytes as ever") {
  const Ground g;
  const auto image = ledger::decode_band(g.band.image);
  REQUIRE(image.ok());
  REQUIRE(image->is_short);
  const auto newest = ledger::newest_slot(*image, [](const auto&, auto) { return true; });
  REQUIRE(newest.has_value());
  compare("short-band", pieces_of(*image, newest->index));
  compare("chip.mark", node::nfc::encode_mark({node::nfc::ChipMark::State::made, 0x2030, 0x4050}));
}

TEST_CASE("A short band of an earlier build is read, and sold to") {
  Ground g;
  const std::string bytes = slurp("short-band");
  constexpr auto frame = ledger::short_frame_bytes;
  REQUIRE(bytes.size() == 2 * frame + ledger::credit_certificate_bytes);
  const auto image =
      ledger::join({{bytes.substr(0, frame), bytes.substr(frame, frame)}, bytes.substr(2 * frame)});
  REQUIRE(image.ok());
  test::Band band{ledger::encode_band(*image)};
  const auto sale = g.world.sell(g.till, band, "beer");
  REQUIRE(sale.has_done());
  CHECK(sale.done().balance_minor() == 3'000 - 3 * 450);
  const auto mark = node::nfc::parse_mark(slurp("chip.mark"));
  CHECK(mark.state == node::nfc::ChipMark::State::made);
  CHECK(mark.festival == 0x2030);
  CHECK(mark.purse == 0x4050);
}
