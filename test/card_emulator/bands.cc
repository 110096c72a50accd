// SPDX-License-Identifier: Apache-2.0
#include "test/card_emulator/bands.h"

#include "ledger/purse/band.h"
#include "node/nfc/page_band.h"
#include "test/card_emulator/channel.h"

namespace verbena::test {

using ledger::Bytes;

namespace {

constexpr std::uint64_t festival = 0x0102030405060708;

ledger::SigningKey writer() {
  return ledger::SigningKey::from_seed({7});
}

Bytes slot_with(std::uint32_t counter) {
  ledger::BandSlot out;
  out.head.purse = 0x1122334455667788;
  out.head.counter = counter;
  out.head.credited = 9'000'000;
  out.head.debited = counter * 450;
  for (std::uint32_t i = 0; i < ledger::ring_entries && i < counter; ++i) {
    const std::uint32_t n = counter - i;
    const auto head = static_cast<std::uint8_t>(n * 37);
    out.ring[i] = {
        static_cast<std::uint16_t>(n * 7), 0xbeef, n, n * 450, {head, head, head, head, head}};
  }
  return ledger::seal_slot(out, festival, writer());
}

}  // namespace

Bytes band_with(std::uint32_t counter) {
  ledger::BandImage image;
  image.slots[counter % 2] = slot_with(counter);
  image.slots[1 - counter % 2] = slot_with(counter - 1);
  return ledger::encode_band(image);
}

std::uint32_t counter_on(std::string_view bytes) {
  const auto image = ledger::decode_band(bytes);
  if (!image) return 0;
  const auto newest = ledger::newest_slot(*image, [](const auto&, std::string_view slot) {
    return ledger::verify_slot(slot, festival, writer().public_key());
  });
  return newest ? newest->slot.head.counter : 0;
}

NtagCard card_with(std::string_view image, NtagCard::Reader reader) {
  NtagCard card(Ntag::Model::ntag216, reader);
  CardChannel channel(card);
  const auto written = node::nfc::PageBand(node::nfc::Ntag21x::open(channel).take()).write(image);
  VERBENA_CHECK(written.ok() && *written == image);
  return card;
}

Bytes image_on(NtagCard& card) {
  card.field().place();
  CardChannel channel(card);
  const auto image = node::nfc::PageBand(node::nfc::Ntag21x::open(channel).take()).read();
  return image ? *image : Bytes();
}

}  // namespace verbena::test
