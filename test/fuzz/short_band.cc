// SPDX-License-Identifier: Apache-2.0
// What lies on a chip of the signed profile, as bytes: two frames and the certificate they share.
// Whatever somebody puts there is refused with a reason, or is a slot that a device sealed beside
// the certificate it sealed it for; and pieces join and come apart as they were.
#include "ledger/purse/short_band.h"

#include <algorithm>

#include "ledger/core/merkle.h"
#include "ledger/tap.h"
#include "test/fuzz/ground.h"
#include "test/fuzz/input.h"

using namespace verbena;
using ledger::Bytes;

namespace {

constexpr std::size_t pieces_bytes =
    2 * ledger::short_frame_bytes + ledger::credit_certificate_bytes;

// A short band that was topped up, spent, and topped up again; the corpus has its pieces.
struct Ground {
  test::World world{2033};
  test::Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  test::Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  std::vector<Bytes> sealed;  // every slot that any device wrote
  Bytes last;                 // the image that is on the band now

  Ground() {
    test::Band band = world.band(true);
    test::World::meet(desk, till);
    note(band);
    VERBENA_CHECK(world.top_up(desk, band, 3'000).has_done());
    note(band);
    VERBENA_CHECK(world.sell(till, band, "beer").has_done());
    note(band);
    VERBENA_CHECK(world.top_up(desk, band, 1'000).has_done());
    note(band);
    test::World::meet(desk, till);
  }
  void note(const test::Band& band) {
    last = band.image;
    const ledger::BandImage image = *ledger::decode_band(band.image);
    sealed.insert(sealed.end(), image.slots.begin(), image.slots.end());
  }
};

Ground& ground() {
  static Ground it;
  return it;
}

ledger::ShortBand pieces_of(std::string_view bytes) {
  constexpr auto frame = ledger::short_frame_bytes;
  const auto part = [&](std::size_t at, std::size_t size) {
    return Bytes(bytes.substr(std::min(at, bytes.size()), size));
  };
  return {{part(0, frame), part(frame, frame)}, part(2 * frame, ledger::credit_certificate_bytes)};
}

// One more sale leaves the older slot in place, and fits into a frame.
void check_next(const ledger::BandReading& band) {
  const auto step = ledger::next_step(band, 0, 100);
  if (!step) return;
  const auto id = ledger::leaf_hash(step->SerializeAsString());
  const auto after = ledger::decode_band(ledger::band_after(
      band, *step, id, ground().till.identity, ledger::RingNews{1, 2, 3}, std::nullopt));
  VERBENA_CHECK(after.ok() && after->is_short);
  VERBENA_CHECK(after->slots[band.active] == band.slot_bytes);
  VERBENA_CHECK(ledger::frame_of(after->slots[1 - band.active]).ok());
}

void check_reading(ledger::State& state, const Bytes& image, bool as_given) {
  const auto band = ledger::read_band(state, image);
  if (!band) {
    VERBENA_CHECK(band.error().code == ledger::Errc::refused);
    VERBENA_CHECK(band.error().refusal != ledger::Refusal::none && !band.error().text.empty());
    return;
  }
  const auto& all = ground().sealed;
  const bool sealed = std::find(all.begin(), all.end(), band->slot_bytes) != all.end();
  VERBENA_CHECK(sealed || !as_given);
  VERBENA_CHECK(band->slot.head.credited == 0 ||
                band->slot.head.credited <= band->slot.credit.credited);
  check_next(*band);
}

// The same with both frames sealed by a till whose keys were stolen.
Bytes sealed_by_thief(const ledger::BandImage& image) {
  ledger::BandImage out = image;
  const auto& thief = ground().till.identity;
  for (auto& bytes : out.slots) {
    bytes[0] = 1;  // the one format there is
    auto slot = ledger::decode_slot(bytes);
    VERBENA_CHECK(slot.ok());
    slot->head.festival = static_cast<std::uint32_t>(thief.certificate.festival >> 32);
    slot->head.writer = thief.certificate.number;
    bytes = ledger::seal_slot(*slot, thief.certificate.festival, thief.key);
  }
  return ledger::encode_band(out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto pieces = pieces_of(bytes);
  const auto image = ledger::join(pieces);
  VERBENA_CHECK(image.ok() == (size >= pieces_bytes));
  if (!image) return 0;
  for (std::size_t i = 0; i < image->slots.size(); ++i) {
    const auto frame = ledger::frame_of(image->slots[i]);
    VERBENA_CHECK(frame.ok() && *frame == pieces.frames[i]);
    VERBENA_CHECK(ledger::certificate_in(image->slots[i]) == pieces.certificate);
  }
  const Bytes whole = ledger::encode_band(*image);
  const auto again = ledger::decode_band(whole);
  VERBENA_CHECK(again.ok() && again->is_short && again->slots == image->slots);
  ground().till.ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
    static const bool known = ledger::read_band(state, ground().last).ok();
    VERBENA_CHECK(known);
    check_reading(state, whole, true);
    check_reading(state, sealed_by_thief(*image), false);
  });
  return 0;
}
