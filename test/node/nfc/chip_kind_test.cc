// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/chip_kind.h"

#include <catch2/catch.hpp>

#include "test/card_emulator/channel.h"
#include "test/card_emulator/ntag.h"
#include "test/card_emulator/smart_card.h"
#include "test/support/world.h"

using namespace verbena;
using namespace verbena::node::nfc;
using ledger::Bytes;
using ledger::Refusal;

namespace {

// A tag that answers for its serial number alone, behind a reader that names its kind.
class Mute final : public test::Card {
 public:
  explicit Mute(std::uint16_t name) : name_(name) {}
  Bytes atr() const override {
    Bytes out("\x3b\x8f\x80\x01\x80\x4f\x0c\xa0\x00\x00\x03\x06\x03", 13);
    ledger::put_u16(out, name_);
    return out + Bytes(5, '\0');
  }
  void power(bool) override {}
  std::optional<Bytes> apdu(std::string_view command) override {
    return command.starts_with("\xff\xca") ? Bytes("\x04\x11\x22\x33\x90\x00", 6)
                                           : Bytes("\x6a\x81", 2);
  }
  test::Field& field() override { return field_; }

 private:
  std::uint16_t name_;
  test::Field field_;
};

ChipKind kind_of(test::Card& card) {
  test::CardChannel channel(card);
  const auto kind = find_kind(channel);
  REQUIRE(kind.ok());
  return *kind;
}

}  // namespace

TEST_CASE("A chip is known by what it answers and carries value only where it may") {
  test::World world;
  test::SmartCard signed_one = test::SmartCard::ntag424(world.random);
  test::SmartCard light = test::SmartCard::desfire_light(world.random);
  test::SmartCard ev3 = test::SmartCard::desfire_ev3(world.random);
  test::SmartCard ev1 = test::SmartCard::desfire_ev1(world.random);
  test::NtagCard large(test::Ntag::Model::ntag216), small(test::Ntag::Model::ntag215);
  Mute classic(0x0001), classic_large(0x0002), ultralight(0x0003), number_alone(0x0000);
  const struct {
    test::Card& card;
    ChipKind kind;
    std::string profile;  // empty: it carries no value
  } cases[] = {
      {signed_one, ChipKind::ntag424, "signed"}, {light, ChipKind::desfire_light, "secure"},
      {ev3, ChipKind::desfire, "secure"},        {ev1, ChipKind::old_desfire, ""},
      {large, ChipKind::ntag216, "open"},        {small, ChipKind::small_ntag, ""},
      {classic, ChipKind::classic, ""},          {classic_large, ChipKind::classic, ""},
      {ultralight, ChipKind::ultralight, ""},    {number_alone, ChipKind::unknown, ""}};
  for (const auto& one : cases) {
    CAPTURE(chip_name(one.kind));
    CHECK(kind_of(one.card) == one.kind);
    CHECK(profile_name(one.kind) == one.profile);
    const auto fit = fit_for_value(one.kind);
    CHECK(fit.ok() != one.profile.empty());
    const std::string en = unfit_text(one.kind, node::Language::en),
                      es = unfit_text(one.kind, node::Language::es);
    CHECK(en.empty() == fit.ok());
    CHECK(es.empty() == fit.ok());
    if (fit) continue;
    CHECK(en != es);
    CHECK(fit.error().refusal == Refusal::chip_unfit);
    CHECK(fit.error().text.find(en) != std::string::npos);
  }
}

TEST_CASE("A tag that leaves is not taken for one without a processor") {
  test::World world;
  test::SmartCard card = test::SmartCard::ntag424(world.random);
  card.field().place({test::Tear::At::before_command, 0});
  test::CardChannel channel(card);
  CHECK(find_kind(channel).error().code == ledger::Errc::unreachable);
}
