// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/commit_presence.h"

#include <catch2/catch.hpp>

#include "node/nfc/presence.h"
#include "node/nfc/secure_band.h"
#include "test/card_emulator/presence_findings.h"
#include "test/node/nfc/stall.h"

using namespace verbena;
using ledger::Bytes;
using test::ChipField;
using test::SmartCard;
using test::Stall;
using test::Tear;
namespace secure = node::nfc::secure;

namespace {

constexpr auto chips = {SmartCard::desfire_light, SmartCard::desfire_ev3};

node::BandKeys hub_keys(const Stall& stall) {
  return *node::share_of(stall.keys, schemas::HUB);
}

// What a tap finds, with the chip's word on it.
Bytes word_at_tap(Stall& stall) {
  const auto share = *node::share_of(stall.keys, schemas::VENDOR);
  stall.place();
  node::nfc::SecureBand band(stall.channel, share, stall.world.random);
  REQUIRE(band.read().ok());
  return band.proof();
}

bool is_proven(Stall& stall, const Bytes& proof) {
  return node::nfc::proves(proof, stall.head(), hub_keys(stall));
}

}  // namespace

TEST_CASE("A DESFire says of its newest head at every tap what it said as it was committed") {
  for (const auto delivered : chips) {
    Stall stall(delivered);
    for (std::uint64_t intent = 3; intent < 12; ++intent) {  // past the last of its records
      const bool credits = intent % 3 == 0;
      auto& device = credits ? stall.desk : stall.pos;
      stall.meet();
      const auto said =
          stall.tap(device, credits ? Stall::top_up(intent, 1000) : Stall::beer(intent));
      REQUIRE(Stall::done(said));
      const Bytes proof = word_at_tap(stall);
      CHECK(is_proven(stall, proof));
      const auto word = ledger::decode_commit_presence(proof);
      REQUIRE(word);
      CHECK(word->answer == Bytes(secure::choice_bytes, '\0'));
      CHECK(word->commits == stall.card.transactions);
      CHECK(secure::parse_choice(word->record)->change_minor == (credits ? 1000 : -450));
    }
    stall.meet();
    CHECK(test::presence_findings(stall.desk, stall.world, stall.keys).empty());
  }
}

TEST_CASE("A DESFire that nobody has tapped says nothing of itself") {
  for (const auto delivered : chips) {
    ChipField field(delivered);
    REQUIRE(field.make().ok());
    const auto share = *node::share_of(field.keys, schemas::VENDOR);
    field.place();
    node::nfc::SecureBand band(field.channel, share, field.world.random);
    REQUIRE(band.read().ok());
    CHECK(band.proof().empty());
  }
}

TEST_CASE("A commit whose answer was lost is proven at the next tap, at whichever till") {
  for (const auto delivered : chips) {
    for (const bool elsewhere : {false, true}) {
      Stall stall(delivered);
      const auto commits = stall.card.transactions;
      // The frame is the first write, the commit the second.
      CHECK_FALSE(Stall::done(stall.tap(stall.pos, Stall::beer(3), {Tear::At::in_write, 1, 1})));
      REQUIRE(stall.card.transactions == commits + 1);
      CHECK(is_proven(stall, word_at_tap(stall)));
      if (elsewhere) {
        REQUIRE(Stall::done(stall.tap(stall.other, Stall::beer(4))));
      } else {
        REQUIRE(Stall::done(stall.tap(stall.pos, Stall::beer(3))));
        CHECK(stall.card.transactions == commits + 1);
      }
      stall.agree(5000, elsewhere ? 3 * 450 : 2 * 450);  // whatever was said is proven
    }
  }
}

TEST_CASE("A proof does not tell a chip's serial number, and hubs read it there") {
  for (const auto delivered : chips) {
    Stall stall(delivered);
    const Bytes first = word_at_tap(stall);
    const auto word = ledger::decode_commit_presence(first);
    REQUIRE(word);
    CHECK(first.find(stall.card.uid) == Bytes::npos);
    const auto purse = ledger::heads_told(first)[0].purse;
    const auto key = *node::nfc::serial_key(hub_keys(stall), purse);
    CHECK(node::nfc::veil_serial(key, word->serial) == stall.card.uid);
    // The same chip for another purse: nobody sees that it is the same.
    REQUIRE(stall.unmake().ok());
    REQUIRE(stall.make().ok());
    REQUIRE(Stall::done(stall.tap(stall.desk, Stall::top_up(3, 1000))));
    CHECK(ledger::decode_commit_presence(word_at_tap(stall))->serial != word->serial);
  }
}

TEST_CASE("What a till commits past its books is told by a gap, and the next sale is proven") {
  for (const auto delivered : chips) {
    Stall stall(delivered);
    const auto share = *node::share_of(stall.keys, schemas::VENDOR);
    stall.place();
    node::nfc::Ev2Chip chip(stall.channel);
    REQUIRE(secure::select(chip).ok());
    REQUIRE(node::nfc::enter_for_tap(chip, share, stall.world.random).ok());
    const Bytes record = stall.card.files[secure::choice_file.number].records.back();
    REQUIRE(chip.write_record(secure::choice_file, record).ok());
    REQUIRE(chip.commit_reader(Bytes(node::nfc::reader_id_bytes, 'x')).ok());
    REQUIRE(chip.commit().ok());
    REQUIRE(Stall::done(stall.tap(stall.pos, Stall::beer(3))));
    stall.meet();
    const auto findings = test::presence_findings(stall.desk, stall.world, stall.keys);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == "presence-gap");
    CHECK(findings[0].severity == ledger::Severity::notice);
    CHECK(findings[0].text.find("made before it 1 are told by no proof") != std::string::npos);
    CHECK(stall.head().debited == 2 * 450);
  }
}

TEST_CASE("A DESFire commits nothing for who names no reader") {
  for (const auto delivered : chips) {
    Stall stall(delivered);
    const auto share = *node::share_of(stall.keys, schemas::VENDOR);
    stall.place();
    node::nfc::Ev2Chip chip(stall.channel);
    REQUIRE(secure::select(chip).ok());
    REQUIRE(node::nfc::enter_for_tap(chip, share, stall.world.random).ok());
    REQUIRE(chip.debit(secure::value_file, 1).ok());
    CHECK(chip.commit().error().code == ledger::Errc::refused);
    CHECK(stall.card.files[secure::value_file.number].value == 5000 - 450);
  }
}

TEST_CASE("Another band that takes a band's place before the commit is not the one that pays") {
  for (const auto delivered : chips) {
    Stall stall(delivered);
    SmartCard other = delivered(stall.world.random);
    other.uid.back() = static_cast<char>(other.uid.back() ^ 1);
    std::swap(stall.card, other);
    REQUIRE(stall.make().ok());  // of the same festival
    std::swap(stall.card, other);
    const auto share = *node::share_of(stall.keys, schemas::VENDOR);
    const Bytes sold = stall.after(stall.pos, 0, 450);
    stall.place();
    node::nfc::SecureBand band(stall.channel, share, stall.world.random);
    REQUIRE(band.read().ok());
    const auto commits = stall.card.transactions;
    // A chip in the middle passes everything on to one of both: now to the other one.
    stall.card.uid = other.uid;
    stall.card.keys = other.keys;
    CHECK(band.write(sold).error().refusal == ledger::Refusal::band_damaged);
    CHECK(stall.card.transactions == commits);
  }
}
