// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/chip_maker.h"
#include "node/nfc/signed_band.h"
#include "node/terminal.h"
#include "test/card_emulator/channel.h"
#include "test/card_emulator/smart_card.h"
#include "test/support/world.h"

// A festival in memory whose bands are emulated NTAG 424 DNA, tapped as a till taps them.
namespace verbena::test {

struct SignedField {
  SignedField()
      : keys(node::make_band_keys(world.root.festival, world.random)),
        card(SmartCard::ntag424(world.random)) {}

  // A new band for this festival's chips.
  ledger::Bytes new_image() { return world.band(true).image; }
  ledger::Result<node::nfc::ChipMaker::Made> make(Tear tear = {}) {
    return make(new_image(), tear);
  }
  ledger::Result<node::nfc::ChipMaker::Made> make(const ledger::Bytes& image, Tear tear) {
    place(tear);
    return node::nfc::ChipMaker(channel, keys, world.random).make(image);
  }
  ledger::Status unmake(Tear tear = {}) {
    place(tear);
    return node::nfc::ChipMaker(channel, keys, world.random).unmake();
  }
  // What this device reads off the band.
  ledger::Result<ledger::Bytes> read(const Device& device, Tear tear = {}) {
    place(tear);
    const auto share = node::share_of(keys, device.identity.certificate.role);
    return node::nfc::SignedBand(channel, *share, world.random).read();
  }
  // A whole tap; empty: the band could not be read.
  std::optional<schemas::OperateReply> tap(Device& device, schemas::OperateRequest request,
                                           Tear tear = {}) {
    place(tear);
    world.clock.now_ms += 1000;
    const auto role = device.identity.certificate.role;
    const auto share = node::share_of(keys, role);
    node::nfc::SignedBand band(channel, *share, world.random);
    const auto image = band.read();
    if (!image) return std::nullopt;
    request.set_band(*image + band.proof());
    node::TapSession session(*device.ledger, world.random, role);
    auto reply = session.begin(request);
    while (reply.has_write()) {
      const auto back = band.write(reply.write());
      reply = session.wrote(back ? *back + band.proof() : std::string());
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

// Every place at which what took so many commands and writes can be torn. This chip does each write
// whole: torn before its first byte, nothing of it; later, all of it.
inline std::vector<Tear> tears_of(Field& field) {
  std::vector<Tear> out;
  for (std::size_t i = 0; i < field.commands(); ++i) {
    out.push_back({Tear::At::before_command, i});
    out.push_back({Tear::At::after_command, i});
  }
  for (std::size_t i = 0; i < field.writes(); ++i) {
    for (const std::size_t bytes : {0, 1}) out.push_back({Tear::At::in_write, i, bytes});
  }
  return out;
}

}  // namespace verbena::test
