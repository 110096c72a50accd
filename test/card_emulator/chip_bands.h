// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/purse/presence.h"
#include "ledger/tap.h"
#include "node/nfc/band_desk.h"
#include "node/terminal.h"
#include "test/card_emulator/channel.h"
#include "test/card_emulator/smart_card.h"
#include "test/support/world.h"

namespace verbena::test {

// Of a new band.
inline std::uint64_t purse_of(const ledger::Bytes& image) {
  return ledger::decode_slot(ledger::decode_band(image)->slots[0])->head.purse;
}

// A festival in memory whose bands are on emulated chips with keys, made as the office makes them
// and tapped as a till taps them.
struct ChipField {
  explicit ChipField(SmartCard (*delivered)(ledger::Random&))
      : keys(node::make_band_keys(world.root.festival, world.random)),
        card(delivered(world.random)) {}

  // A new band for this festival's chips.
  ledger::Bytes new_image() { return new_image(true, true); }
  ledger::Bytes new_image(bool is_short, bool proves) { return world.band(is_short, proves).image; }
  // Of whatever the desk asks for.
  ledger::Result<node::nfc::MadeBand> make(Tear tear = {}) {
    place(tear);
    return node::nfc::make_band(channel, keys, world.random, [&](bool is_short, bool proves) {
      return ledger::Result<std::string>(new_image(is_short, proves));
    });
  }
  ledger::Result<node::nfc::MadeBand> make(const ledger::Bytes& image, Tear tear) {
    place(tear);
    return node::nfc::make_band(channel, keys, world.random,
                                [&](bool, bool) { return ledger::Result<std::string>(image); });
  }
  ledger::Status unmake(Tear tear = {}) {
    place(tear);
    const auto kind = node::nfc::unmake_band(channel, keys, world.random);
    return kind ? ledger::done() : ledger::Status(kind.error());
  }
  // What this device reads off the band.
  ledger::Result<ledger::Bytes> read(const Device& device, Tear tear = {}) {
    place(tear);
    const auto share = node::share_of(keys, device.identity.certificate.role);
    auto band = node::nfc::open_band(channel, &*share, world.random);
    return band ? (*band)->read() : ledger::Result<ledger::Bytes>(band.error());
  }
  // A whole tap; empty: the band could not be read.
  std::optional<schemas::OperateReply> tap(Device& device, schemas::OperateRequest request,
                                           Tear tear = {}) {
    place(tear);
    world.clock.now_ms += 1000;
    const auto role = device.identity.certificate.role;
    const auto share = node::share_of(keys, role);
    auto band = node::nfc::open_band(channel, &*share, world.random);
    if (!band) return std::nullopt;
    const auto image = (*band)->read();
    if (!image) return std::nullopt;
    request.set_band(*image + (*band)->proof());
    node::TapSession session(*device.ledger, world.random, role);
    auto reply = session.begin(request);
    while (reply.has_write()) {
      const auto back = (*band)->write(reply.write());
      reply = session.wrote(back ? *back + (*band)->proof() : std::string());
    }
    return reply;
  }
  static schemas::OperateRequest beer(std::uint64_t intent) {
    schemas::OperateRequest out;
    out.set_intent(intent);
    out.mutable_sell()->set_tender("purse");
    auto* line = out.mutable_sell()->add_line();
    line->set_sku("beer");
    line->set_quantity(1);
    return out;
  }
  static schemas::OperateRequest top_up(std::uint64_t intent, std::uint64_t amount_minor) {
    schemas::OperateRequest out;
    out.set_intent(intent);
    out.mutable_top_up()->set_amount_minor(amount_minor);
    out.mutable_top_up()->set_tender("cash");
    return out;
  }

  void place(Tear tear = {}) {
    card.field().place(tear);
    card.power(true);
  }

  World world;
  node::BandKeys keys;
  SmartCard card;
  CardChannel channel{card};
};

// On NTAG 424 DNA: the `signed` profile.
struct SignedField : ChipField {
  SignedField() : ChipField(SmartCard::ntag424) {}
};

}  // namespace verbena::test
