// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/secure_maker.h"

#include <catch2/catch.hpp>
#include <set>

#include "ledger/purse/presence.h"
#include "node/nfc/secure_chip.h"
#include "test/card_emulator/chip_bands.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Errc;
using ledger::Refusal;
using node::nfc::ChipKind;
using test::CardFile;
using test::ChipField;
using test::Device;
using test::SmartCard;
using test::Tear;
namespace secure = node::nfc::secure;

namespace {

constexpr auto chips = {SmartCard::desfire_light, SmartCard::desfire_ev3};

// Keys as they come, and nothing of anybody in its files.
bool is_empty(SmartCard& card) {
  for (const auto& [number, file] : card.files) {
    if (file.value != 0 || !file.records.empty()) return false;
    if (number == secure::mark_file.number) {
      if (node::nfc::parse_mark(file.data).state != node::nfc::ChipMark::State::none) return false;
    } else if (file.data.find_first_not_of('\0') != Bytes::npos) {
      return false;
    }
  }
  for (const auto& [number, key] : card.keys) {
    if (key != Bytes(16, '\0')) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("A band on a DESFire has keys of its own and rights for tills and desks alone") {
  for (const auto delivered : chips) {
    ChipField field(delivered);
    const Bytes image = field.new_image();
    const auto made = field.make(image, {});
    REQUIRE(made.ok());
    CHECK(made->image == image);
    CHECK(made->kind ==
          (delivered == SmartCard::desfire_ev3 ? ChipKind::desfire : ChipKind::desfire_light));
    CHECK_FALSE(made->was_made);
    Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
    CHECK(*field.read(pos) == image);
    std::set<Bytes> keys;
    for (const auto& [number, key] : field.card.keys) keys.insert(key);
    CHECK(keys.size() == node::nfc::chip_keys);
    CHECK_FALSE(keys.contains(Bytes(16, '\0')));
    CHECK_FALSE(keys.contains(field.card.transaction_key));
    CHECK(field.card.transaction_key != Bytes(16, '\0'));
    CHECK(field.card.files.size() == 6);
    for (const auto& [number, file] : field.card.files) {
      CAPTURE(number);
      CHECK(file.change == node::nfc::owner_key_number);
      if (number == secure::mark_file.number) {
        CHECK(file.write == node::nfc::owner_key_number);
        CHECK(file.read_write == node::nfc::owner_key_number);
        continue;
      }
      if (number == secure::transaction_mac_file.number) {
        CHECK(file.kind == CardFile::Kind::transaction_mac);
        CHECK(file.read == 14);
        CHECK(file.write == 15);
        CHECK(file.read_write == 14);
        continue;
      }
      CHECK(file.wire == test::Wire::enciphered);
      CHECK(file.read == node::nfc::debit_key_number);
      CHECK(file.read_write == node::nfc::credit_key_number);
      const bool by_desks_alone =
          number == secure::certificates_file.number || file.kind == CardFile::Kind::value;
      CHECK(file.write == (by_desks_alone ? 15 : node::nfc::debit_key_number));
    }
  }
}

TEST_CASE("A purse on a DESFire asks for proofs, and its chip's key for them is of that purse") {
  for (const auto delivered : chips) {
    ChipField field(delivered);
    std::set<Bytes> keys;
    constexpr std::size_t rounds = 8;  // one number in two would ask by chance
    for (std::size_t i = 0; i < rounds; ++i) {
      const auto made = field.make();
      REQUIRE(made.ok());
      const auto purse = test::purse_of(made->image);
      CHECK(ledger::proves_presence(purse));
      CHECK(field.card.transaction_key ==
            ledger::to_bytes(*node::nfc::commit_key(field.keys, purse)));
      keys.insert(field.card.transaction_key);
      REQUIRE(field.unmake().ok());
    }
    CHECK(keys.size() == rounds);
  }
}

TEST_CASE("Who has no key reads neither purse nor totals off a band on a DESFire") {
  for (const auto delivered : chips) {
    ChipField field(delivered);
    Device& desk = field.world.add(schemas::TOP_UP_DESK, "desk");
    const auto made = field.make();
    REQUIRE(made.ok());
    REQUIRE(field.tap(desk, ChipField::top_up(1, 1000))->has_done());
    Bytes purse;
    ledger::put_u64(purse, test::purse_of(made->image));
    for (const auto& [number, file] : field.card.files) {
      if (file.read != 14) continue;
      CAPTURE(number);
      CHECK(file.data.find(purse) == Bytes::npos);
      CHECK((number == secure::mark_file.number || number == secure::transaction_mac_file.number));
    }
  }
}

TEST_CASE("No band is made on a DESFire for a purse whose steps nobody would have to prove") {
  for (const auto delivered : chips) {
    ChipField field(delivered);
    Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
    CHECK(field.make(field.new_image(true, false), {}).error().code == Errc::bad_input);
    CHECK(field.read(pos).error().refusal == Refusal::band_unfinished);
    // One that was made before there were proofs has no file for them, and is made again.
    REQUIRE(field.make().ok());
    field.card.transaction_key.clear();
    field.card.files.erase(secure::transaction_mac_file.number);
    CHECK(field.read(pos).error().refusal == Refusal::band_unfinished);
    const auto again = field.make();
    REQUIRE(again.ok());
    CHECK_FALSE(again->was_made);
    CHECK(*field.read(pos) == again->image);
  }
}

TEST_CASE("Wherever the making of a band on a DESFire is cut short it is made at the next try") {
  for (const auto delivered : chips) {
    ChipField first(delivered);
    REQUIRE(first.make().ok());
    const bool each_byte = delivered == SmartCard::desfire_light;
    const auto tears = test::tears_of(first.card.field(), each_byte);
    CHECK(tears.size() > (each_byte ? 1000 : 100));
    std::size_t unfinished = 0;
    for (const auto& tear : tears) {
      CAPTURE(static_cast<int>(tear.at), tear.count, tear.bytes, static_cast<int>(tear.rest));
      ChipField field(delivered);
      Device& pos = field.world.add(schemas::VENDOR, "pos", "bar-1");
      CHECK_FALSE(field.make(tear).ok());
      const auto tapped = field.read(pos);
      if (!tapped) {
        CHECK(tapped.error().refusal == Refusal::band_unfinished);
        ++unfinished;
      }
      // Torn once more at the same place, then left in the field.
      (void)field.make(tear);
      const auto made = field.make();
      REQUIRE(made.ok());
      CHECK(*field.read(pos) == made->image);
    }
    CHECK(unfinished > tears.size() * 9 / 10);
  }
}

TEST_CASE("A wiped DESFire is empty, wherever the wiping was cut short") {
  for (const auto delivered : chips) {
    const auto used = [delivered](Device*& desk) {
      auto field = std::make_unique<ChipField>(delivered);
      desk = &field->world.add(schemas::TOP_UP_DESK, "desk");
      REQUIRE(field->make().ok());
      REQUIRE(field->tap(*desk, ChipField::top_up(1, 1000))->has_done());
      return field;
    };
    Device* desk = nullptr;
    const auto first = used(desk);
    REQUIRE(first->unmake().ok());
    CHECK(is_empty(first->card));
    const bool each_byte = delivered == SmartCard::desfire_light;
    const auto tears = test::tears_of(first->card.field(), each_byte);
    CHECK(tears.size() > (each_byte ? 1000 : 100));
    for (const auto& tear : tears) {
      CAPTURE(static_cast<int>(tear.at), tear.count, tear.bytes, static_cast<int>(tear.rest));
      const auto field = used(desk);
      CHECK_FALSE(field->unmake(tear).ok());
      const auto tapped = field->read(*desk);
      if (!tapped) CHECK(tapped.error().refusal == Refusal::band_unfinished);
      REQUIRE(field->unmake().ok());
      CHECK(is_empty(field->card));
      REQUIRE(field->make().ok());
    }
  }
}

TEST_CASE("A DESFire whose mark was torn at a second try is wiped all the same") {
  for (const auto delivered : chips) {
    ChipField field(delivered);
    for (int i = 0; i < 2; ++i) {  // once more, as all files are there by then
      REQUIRE(field.make().ok());
      if (i == 0) REQUIRE(field.unmake().ok());
    }
    const std::size_t commit = field.card.field().writes() - 3;  // then the owner's key, the mark
    REQUIRE(field.unmake().ok());
    REQUIRE_FALSE(field.make({Tear::At::in_write, commit, 0}).ok());
    CHECK(field.card.keys[node::nfc::owner_key_number] == Bytes(16, '\0'));
    CHECK(field.card.keys[node::nfc::credit_key_number] != Bytes(16, '\0'));
    field.card.files[secure::mark_file.number].data[12] ^= 1;
    REQUIRE(field.unmake().ok());
    CHECK(is_empty(field.card));
  }
}

TEST_CASE("A used band on a DESFire is not made anew, and a new one is left as it is") {
  for (const auto delivered : chips) {
    ChipField field(delivered);
    Device& desk = field.world.add(schemas::TOP_UP_DESK, "desk");
    const Bytes image = field.new_image();
    REQUIRE(field.make(image, {}).ok());
    const auto again = field.make();
    REQUIRE(again.ok());
    CHECK(again->was_made);
    CHECK(again->image == image);
    REQUIRE(field.tap(desk, ChipField::top_up(1, 1000))->has_done());
    CHECK(field.make().error().code == Errc::bad_input);
    CHECK(field.card.files[secure::value_file.number].value == 1000);
    REQUIRE(field.unmake().ok());
    REQUIRE(field.make().ok());
  }
}

TEST_CASE("A DESFire of another festival, or with somebody else's keys, is left as it is") {
  for (const auto delivered : chips) {
    ChipField field(delivered);
    REQUIRE(field.make().ok());
    const auto frames = field.card.files[secure::frames_file.number].data;
    ++field.keys.festival;
    CHECK(field.make().error().refusal == Refusal::other_festival);
    CHECK(field.unmake().error().refusal == Refusal::other_festival);
    CHECK(field.card.files[secure::frames_file.number].data == frames);
    ChipField taken(delivered);
    REQUIRE(taken.make().ok());
    REQUIRE(taken.unmake().ok());
    for (auto& [number, key] : taken.card.keys) key = Bytes(16, '\x42');
    CHECK(taken.make().error().refusal == Refusal::chip_unfit);
    taken.card.keys[0] = Bytes(16, '\0');  // only its files are guarded by others
    CHECK(taken.make().error().refusal == Refusal::chip_unfit);
  }
  ChipField closed(SmartCard::desfire_ev3);
  closed.card.anybody_makes = false;
  const auto refused = closed.make();
  CHECK(refused.error().refusal == Refusal::chip_unfit);
  CHECK(refused.error().text.find("nobody make an application") != std::string::npos);
  // One that nothing was done to is wiped already.
  ChipField blank(SmartCard::desfire_ev3);
  REQUIRE(blank.unmake().ok());
  CHECK(blank.card.files.empty());
}
