// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/page_band.h"

#include <catch2/catch.hpp>

#include "ledger/purse/band.h"
#include "node/staff_band.h"
#include "test/card_emulator/bands.h"
#include "test/card_emulator/channel.h"
#include "test/card_emulator/ntag.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Errc;
using node::nfc::Ntag21x;
using node::nfc::PageBand;
using test::band_with;
using test::card_with;
using test::counter_on;
using test::NtagCard;
using test::Tear;
using Model = test::Ntag::Model;

namespace {

constexpr std::uint64_t festival = 0x0102030405060708;

// Everything a tap does, on a chip that is put down anew.
struct Tap {
  explicit Tap(NtagCard& card, Tear tear = {}) : channel(card) {
    card.field().place(tear);
    card.power(true);
  }
  ledger::Result<Bytes> read() {
    auto chip = Ntag21x::open(channel);
    if (!chip) return chip.error();
    on_pages.emplace(*chip);
    return on_pages->read();
  }
  // A sale: what is on the band, and one step more.
  ledger::Result<Bytes> sell() {
    auto image = read();
    if (!image) return image;
    return on_pages->write(band_with(counter_on(*image) + 1));
  }
  test::CardChannel channel;
  std::optional<PageBand> on_pages;
};

}  // namespace

TEST_CASE("A band on an NTAG216 is read and written through every kind of reader") {
  for (const auto reader :
       {NtagCard::Reader::plain, NtagCard::Reader::transparent, NtagCard::Reader::pn53x}) {
    CAPTURE(static_cast<int>(reader));
    NtagCard card = card_with(band_with(7), reader);
    CHECK(*Tap(card).read() == band_with(7));
    Tap tap(card);
    const auto image = tap.sell();
    REQUIRE(image.ok());
    CHECK(counter_on(*image) == 8);
    CHECK(*Tap(card).read() == *image);
    CHECK(Ntag21x::open(tap.channel)->passes_through() == (reader != NtagCard::Reader::plain));
  }
}

TEST_CASE("Wherever a sale on an NTAG216 is torn the band is as before or after and sells on") {
  const NtagCard before = card_with(band_with(7), NtagCard::Reader::transparent);
  NtagCard whole = before;
  REQUIRE(Tap(whole).sell().ok());
  const std::size_t commands = whole.field().commands(), writes = whole.field().writes();
  REQUIRE(writes >= 40);
  std::vector<Tear> tears;
  for (std::size_t i = 0; i < commands; ++i) {
    tears.push_back({Tear::At::before_command, i});
    tears.push_back({Tear::At::after_command, i});
  }
  for (std::size_t i = 0; i < writes; ++i) {
    for (std::size_t bytes = 0; bytes <= 4; ++bytes) {
      for (const auto rest : {Tear::Rest::old, Tear::Rest::erased, Tear::Rest::noise}) {
        tears.push_back({Tear::At::in_write, i, bytes, rest});
      }
    }
  }
  std::size_t old = 0, done = 0;
  for (const auto& tear : tears) {
    CAPTURE(static_cast<int>(tear.at), tear.count, tear.bytes, static_cast<int>(tear.rest));
    NtagCard card = before;
    const auto torn = Tap(card, tear).sell();
    REQUIRE_FALSE(torn.ok());
    CHECK((torn.error().code == Errc::unreachable || torn.error().code == Errc::in_doubt));
    const auto image = Tap(card).read();
    REQUIRE(image.ok());
    const std::uint32_t counter = counter_on(*image);
    REQUIRE((counter == 7 || counter == 8));
    ++(counter == 7 ? old : done);
    const auto again = Tap(card).sell();
    REQUIRE(again.ok());
    CHECK(counter_on(*again) == counter + 1);
  }
  CHECK(old > writes);
  CHECK(done > 0);
}

TEST_CASE("A new band that is torn before its mark is no band") {
  NtagCard blank(Model::ntag216);
  for (std::size_t i = 0; i < 176; ++i) {
    CAPTURE(i);
    NtagCard card = blank;
    Tap tap(card, {Tear::At::in_write, i, 2});
    CHECK_FALSE(tap.read().ok());
    CHECK(tap.on_pages->write(band_with(1)).error().code == Errc::in_doubt);
    CHECK(Tap(card).read().error().code == Errc::bad_input);
  }
}

TEST_CASE("An NTAG215 is too small for a band and is left as it was") {
  NtagCard card(Model::ntag215);
  const Bytes before = card.chip.memory;
  Tap tap(card);
  CHECK_FALSE(tap.read().ok());
  CHECK_FALSE(tap.on_pages->fits());
  const auto written = tap.on_pages->write(band_with(1));
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code == Errc::bad_input);
  CHECK(written.error().text.find("NTAG215") != std::string::npos);
  CHECK(card.chip.memory == before);
}

TEST_CASE("A staff band fits on an NTAG215") {
  for (const auto* alias : {"v", "a-very-long-alias-of-thirty-two-"}) {
    NtagCard card(Model::ntag215);
    const Bytes image = node::to_image({festival, alias, {1, 2, 3}});
    Tap tap(card);
    CHECK_FALSE(tap.read().ok());
    REQUIRE(tap.on_pages->write(image).ok());
    CHECK(*Tap(card).read() == image);
  }
}

TEST_CASE("Both slots of a band are never written in one tap") {
  NtagCard card = card_with(band_with(7), NtagCard::Reader::plain);
  const Bytes before = card.chip.memory;
  Tap tap(card);
  REQUIRE(tap.read().ok());
  CHECK(tap.on_pages->write(band_with(9)).error().code == Errc::bad_input);
  CHECK(tap.on_pages->write("VBAND001").error().code == Errc::bad_input);
  CHECK(card.chip.memory == before);
}

TEST_CASE("An answer without a status is torn whatever it says") {
  struct Short final : node::nfc::Transceiver {
    explicit Short(Bytes bytes) : answer(std::move(bytes)) {}
    ledger::Result<Bytes> transceive(std::string_view) override { return answer; }
    Bytes answer;
  };
  for (const Bytes& answer : {Bytes(), Bytes("\x90")}) {
    Short channel(answer);
    CHECK(node::nfc::transmit(channel, "\xff\xca").error().code == Errc::unreachable);
    CHECK(Ntag21x::open(channel).error().code == Errc::unreachable);
  }
  Short long_one(Bytes(300, '\0'));
  CHECK(node::nfc::transmit(long_one, "\xff\xca").error().code == Errc::bad_input);
}

TEST_CASE("A tag that is no NTAG is told so whatever it answers") {
  struct Stranger final : node::nfc::Transceiver {
    ledger::Result<Bytes> transceive(std::string_view) override {
      return answers.empty() ? Bytes("\x6d\x00", 2) : answers[next++ % answers.size()];
    }
    std::vector<Bytes> answers;
    std::size_t next = 0;
  };
  const Bytes done("\x90\x00", 2);
  Stranger channel;
  CHECK(Ntag21x::open(channel).error().code == Errc::bad_input);
  for (const Bytes& answer : {done, Bytes("\x97\x7f") + done,
                              Bytes("\x97\x08\x00\x04\x03\x01\x01\x00\x0b\x03", 10) + done,
                              Bytes("\x97\xff") + done, Bytes(16, '\xe1') + done}) {
    channel.answers = {answer};
    channel.next = 0;
    CHECK(Ntag21x::open(channel).error().code == Errc::bad_input);
  }
}

TEST_CASE("A band under a password is read and written once it is given, and counts its reads") {
  NtagCard card = card_with(band_with(7), NtagCard::Reader::transparent);
  card.chip.protect(4, true, "pass", "ok", 2);
  card.chip.memory[card.chip.config_page() * 4 + 4] |= 0x10;
  CHECK_FALSE(Tap(card).read().ok());
  Tap tap(card);
  auto chip = Ntag21x::open(tap.channel);
  REQUIRE(chip.ok());
  CHECK(chip->authenticate("wron", "ok").error().code == Errc::refused);
  CHECK(chip->authenticate("pass", "no").error().code == Errc::refused);
  REQUIRE(chip->authenticate("pass", "ok").ok());
  CHECK(*PageBand(*chip).read() == band_with(7));
  CHECK(*chip->read_counter() == 1);
  CHECK(*chip->uid() == card.chip.uid());
}

TEST_CASE("A write that the chip refuses is no sale") {
  NtagCard card = card_with(band_with(7), NtagCard::Reader::plain);
  card.chip.protect(50, false, "pass", "ok");
  const Bytes before = card.chip.memory;
  Tap tap(card);
  REQUIRE(tap.read().ok());
  CHECK(tap.on_pages->write(band_with(8)).error().code == Errc::in_doubt);
  CHECK(counter_on(*Tap(card).read()) == 7);
  CHECK(card.chip.memory == before);  // the slot's last page, which is guarded, comes first
}
