// SPDX-License-Identifier: Apache-2.0
// A band, as bytes; and once more with both slots sealed by a stand that lies. It is refused with
// a reason, or it is a band that one can go on with; no stand makes money on it.
#include "ledger/purse/band.h"

#include <algorithm>

#include "ledger/core/merkle.h"
#include "node/staff_band.h"
#include "test/fuzz/ground.h"
#include "test/fuzz/input.h"

using namespace verbena;
using fuzz::ground;
using ledger::Bytes;

namespace {

constexpr std::size_t seal_bytes = 64;
constexpr std::size_t checksum_bytes = 8;

ledger::State& state_at_hub() {
  static const auto it = fuzz::folded(*ground().hub.store);
  return *it;
}

// What the desk signed and what any device sealed, of the ground's one band.
struct Written {
  std::vector<ledger::CreditCertificate> credits;
  std::vector<Bytes> slots;
};

const Written& written() {
  static const Written it = [] {
    Written out;
    for (const auto& bytes_written : ground().bands_written) {
      const auto image = *ledger::decode_band(bytes_written);
      for (const auto& bytes : image.slots) {
        const auto slot = ledger::decode_slot(bytes);
        if (!slot) continue;
        out.credits.push_back(slot->credit);
        out.slots.push_back(bytes);
      }
    }
    return out;
  }();
  return it;
}

template <typename T>
bool among(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

void check_slot(const Bytes& bytes) {
  const auto slot = ledger::decode_slot(bytes);
  if (!slot) return;
  const auto& liar = ground().two.identity;
  const Bytes sealed = ledger::seal_slot(*slot, liar.certificate.festival, liar.key);
  VERBENA_CHECK(sealed.size() == ledger::slot_bytes);
  VERBENA_CHECK(std::equal(sealed.begin(), sealed.end() - seal_bytes, bytes.begin()));
  VERBENA_CHECK(ledger::verify_slot(sealed, liar.certificate.festival, liar.certificate.key));
  VERBENA_CHECK(!ledger::verify_slot(sealed, liar.certificate.festival + 1, liar.certificate.key));
}

// One more step leaves a band that is read again, with the slot that was active still in place.
void check_next(const ledger::BandReading& band, std::uint64_t amount) {
  ledger::State& state = state_at_hub();
  const auto step = ledger::next_step(band, 0, amount);
  const bool fits =
      band.slot.head.debited + amount <= UINT32_MAX && band.slot.head.counter < UINT32_MAX;
  VERBENA_CHECK(step.ok() == fits);
  if (!step) return;
  const auto id = ledger::leaf_hash(step->SerializeAsString());
  const Bytes image = ledger::band_after(band, *step, id, ground().one.identity,
                                         ledger::RingNews{1, 2, 3}, std::nullopt);
  const auto next = ledger::read_band(state, image);
  VERBENA_CHECK(next.ok());
  VERBENA_CHECK(next->slot.head.counter == band.slot.head.counter + 1);
  VERBENA_CHECK(next->active == 1 - band.active);
  VERBENA_CHECK(next->image.slots[band.active] == band.slot_bytes);
  VERBENA_CHECK(ledger::spendable_minor(state, *next) + static_cast<std::int64_t>(amount) ==
                ledger::spendable_minor(state, band));
}

void check_reading(std::string_view bytes, bool as_given) {
  ledger::State& state = state_at_hub();
  const auto band = ledger::read_band(state, bytes);
  if (!band) {
    VERBENA_CHECK(band.error().code == ledger::Errc::refused);
    VERBENA_CHECK(band.error().refusal != ledger::Refusal::none && !band.error().text.empty());
    return;
  }
  VERBENA_CHECK(band->active < 2 && band->image.slots[band->active] == band->slot_bytes);
  if (as_given) VERBENA_CHECK(among(written().slots, band->slot_bytes));
  if (band->slot.head.credited > 0) VERBENA_CHECK(among(written().credits, band->slot.credit));
  VERBENA_CHECK(band->slot.head.credited <= band->slot.credit.credited ||
                band->slot.head.credited == 0);
  (void)ledger::check_chain(state, *band);
  VERBENA_CHECK(ledger::is_news(state, *band) ==
                (band->slot.head.counter > state.purse(band->slot.head.purse).counter));
  for (const std::uint64_t amount : {100u, UINT32_MAX}) check_next(*band, amount);
}

// What somebody saw on a band conserves, in either order.
void check_evidence(const std::array<Bytes, 2>& slots) {
  const ledger::LogName log{ground().one.identity.certificate.hash, 77, ledger::LogClass::value};
  std::vector<ledger::Hash> digests;
  for (const std::size_t first : {0u, 1u}) {
    const auto folded = fuzz::folded(*ground().hub.store);
    ledger::State& state = *folded;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      ledger::BandReading seen;
      seen.slot_bytes = slots[(first + i) % slots.size()];
      const auto event = ledger::evidence_draft(seen).event;
      state.apply(log, i, ledger::leaf_hash(event.payload()), event);
    }
    fuzz::check_conserved(state);
    digests.push_back(state.digest());
  }
  VERBENA_CHECK(digests[0] == digests[1]);
}

// The image with both slots sealed anew, where they can be read as slots.
Bytes sealed_by_liar(std::string_view bytes) {
  ledger::BandImage image;
  const std::size_t head = ledger::band_bytes - 2 * ledger::slot_bytes;
  const auto& liar = ground().two.identity;
  for (std::size_t i = 0; i < image.slots.size(); ++i) {
    const std::size_t at = head + i * ledger::slot_bytes;
    image.slots[i] = Bytes(bytes.substr(std::min(at, bytes.size()), ledger::slot_bytes));
    image.slots[i].resize(ledger::slot_bytes, '\0');
    image.slots[i][0] = 1;  // the one format there is
    auto slot = ledger::decode_slot(image.slots[i]);
    slot->head.festival = static_cast<std::uint32_t>(liar.certificate.festival >> 32);
    slot->head.writer = liar.certificate.number;
    image.slots[i] = ledger::seal_slot(*slot, liar.certificate.festival, liar.key);
  }
  return ledger::encode_band(image);
}

void check_band(std::string_view bytes, bool as_given) {
  const auto image = ledger::decode_band(bytes);
  VERBENA_CHECK(as_given || image.ok());
  if (image) {
    VERBENA_CHECK(ledger::encode_band(*image) == bytes);
    for (const auto& slot : image->slots) check_slot(slot);
    const auto newest = ledger::newest_slot(*image, [](auto&, auto) { return true; });
    for (const auto& bytes_of : image->slots) {
      const auto slot = ledger::decode_slot(bytes_of);
      VERBENA_CHECK(!slot || (newest && newest->slot.head.counter >= slot->head.counter));
    }
    check_evidence(image->slots);
  }
  check_reading(bytes, as_given);
}

void check_staff_band(std::string_view bytes) {
  const auto band = node::parse_staff_band(bytes);
  if (!band) return;
  VERBENA_CHECK(node::is_staff_band(bytes) && ledger::is_alias(band->alias));
  VERBENA_CHECK(node::to_image(*band) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_band(bytes, true);
  check_band(sealed_by_liar(bytes), false);
  check_staff_band(bytes);
  const auto body = bytes.substr(0, size - std::min(size, checksum_bytes));
  check_staff_band(Bytes(body) +
                   ledger::to_bytes(ledger::sha256({body})).substr(0, checksum_bytes));
  return 0;
}
