// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/ev2_chip.h"

#include <catch2/catch.hpp>

#include "test/card_emulator/channel.h"
#include "test/card_emulator/smart_card.h"
#include "test/support/world.h"

using namespace verbena;
using namespace verbena::node::nfc;
using ledger::Bytes;
using ledger::Errc;
using test::SmartCard;
using test::Tear;

namespace {

constexpr ChipFile receipts{1, Protection::full}, balance{3, Protection::full},
    head{4, Protection::mac}, slots{2, Protection::mac};
constexpr std::uint8_t debit_key = 2, credit_key = 3;
const Bytes reader_id = "reader of bar-1 ";

// A sale on a chip that keeps value, head and receipt together.
struct Sale {
  explicit Sale(SmartCard& card, ledger::Random& source, Tear tear = {})
      : channel(card), chip(channel), random(source) {
    card.field().place(tear);
    card.power(true);
  }
  ledger::Status enter(std::uint8_t key = debit_key) {
    if (auto status = chip.select(desfire_light_name); !status) return status;
    return chip.authenticate(key, {}, random);
  }
  ledger::Result<TransactionProof> sell(std::uint32_t amount_minor) {
    if (auto status = enter(); !status) return status.error();
    if (auto status = chip.write(head, 0, Bytes(112, 'h')); !status) return status.error();
    if (auto status = chip.debit(balance, amount_minor); !status) return status.error();
    if (auto status = chip.write_record(receipts, Bytes(16, 'r')); !status) return status.error();
    auto last = chip.commit_reader(reader_id);
    if (!last) return last.error();
    return chip.commit_with_proof();
  }
  test::CardChannel channel;
  Ev2Chip chip;
  ledger::Random& random;
};

}  // namespace

TEST_CASE("A sale on a DESFire chip is one transaction that names its reader") {
  test::World world;
  SmartCard card = SmartCard::desfire(world.random);
  card.files[3].value = 1000;
  Sale sale(card, world.random);
  const auto proof = sale.sell(250);
  REQUIRE(proof.ok());
  CHECK(proof->counter == 1);
  CHECK(proof->mac.size() == transaction_mac_bytes);
  CHECK(*sale.chip.value(balance) == 750);
  CHECK(card.files[3].value == 750);
  CHECK(card.files[4].data.substr(0, 112) == Bytes(112, 'h'));
  CHECK(card.last_reader == reader_id);
  CHECK(*sale.chip.read_records(receipts, 1, 16) == Bytes(16, 'r'));
  CHECK(*sale.chip.read(head, 0, 200) == Bytes(112, 'h') + Bytes(88, '\0'));
}

TEST_CASE("Wherever a sale on a DESFire chip is torn it is kept whole or not at all") {
  test::World world;
  SmartCard before = SmartCard::desfire(world.random);
  before.files[3].value = 1000;
  SmartCard whole = before;
  REQUIRE(Sale(whole, world.random).sell(250).ok());
  std::vector<Tear> tears{{Tear::At::in_write, 0, 0}, {Tear::At::in_write, 0, 1}};
  for (std::size_t i = 0; i < whole.field().commands(); ++i) {
    tears.push_back({Tear::At::before_command, i});
    tears.push_back({Tear::At::after_command, i});
  }
  std::size_t kept = 0;
  for (const auto& tear : tears) {
    CAPTURE(static_cast<int>(tear.at), tear.count, tear.bytes);
    SmartCard card = before;
    const auto sold = Sale(card, world.random, tear).sell(250);
    REQUIRE_FALSE(sold.ok());
    const bool done = card.files[3].value == 750;
    CHECK(card.files[3].value == (done ? 750 : 1000));
    CHECK((card.files[4].data[0] == 'h') == done);
    CHECK(card.files[1].records.size() == (done ? 1 : 0));
    CHECK(card.transactions == (done ? 1 : 0));
    if (done) {
      ++kept;
      CHECK(sold.error().code == Errc::in_doubt);
    }
    REQUIRE(Sale(card, world.random).sell(100).ok());
    CHECK(card.files[3].value == (done ? 650 : 900));
  }
  CHECK(kept == 2);  // torn after the commit, or in the answer to it
}

TEST_CASE("A debit key gives no credit and a balance is not overdrawn") {
  test::World world;
  SmartCard card = SmartCard::desfire(world.random);
  Sale till(card, world.random);
  REQUIRE(till.enter().ok());
  CHECK(till.chip.credit(balance, 100).error().code == Errc::refused);
  CHECK_FALSE(till.chip.authenticated());
  REQUIRE(till.enter(credit_key).ok());
  REQUIRE(till.chip.credit(balance, 100).ok());
  REQUIRE(till.chip.commit_reader(reader_id).ok());
  REQUIRE(till.chip.commit().ok());
  CHECK(card.files[3].value == 100);
  REQUIRE(till.enter().ok());
  CHECK(till.chip.debit(balance, 101).error().code == Errc::refused);
  REQUIRE(till.enter().ok());
  REQUIRE(till.chip.debit(balance, 60).ok());
  REQUIRE(till.chip.abort().ok());
  CHECK(*till.chip.value(balance) == 100);
  CHECK(till.chip.commit().error().code == Errc::refused);
}

TEST_CASE("Neither a wrong key nor a chip with wrong answers is believed") {
  test::World world;
  SmartCard card = SmartCard::desfire(world.random);
  Sale till(card, world.random);
  REQUIRE(till.chip.select(desfire_light_name).ok());
  AesKey wrong{};
  wrong[15] = 1;
  CHECK(till.chip.authenticate(debit_key, wrong, world.random).error().code == Errc::refused);
  CHECK(till.chip.authenticate(9, {}, world.random).error().code == Errc::refused);
  CHECK(till.chip.value(balance).error().code == Errc::refused);
  REQUIRE(till.enter().ok());
  card.flips_macs = true;
  CHECK(till.chip.value(balance).error().code == Errc::bad_signature);
  CHECK_FALSE(till.chip.authenticated());
  CHECK(till.chip.select(ntag424_name).error().code == Errc::bad_input);
}

TEST_CASE("A slot of 128 bytes on an NTAG 424 is written whole or not at all") {
  test::World world;
  SmartCard before = SmartCard::ntag424(world.random);
  before.files[2].wire = test::Wire::maced;
  before.files[2].read = 1;
  before.files[2].write = before.files[2].read_write = 2;
  std::size_t kept = 0, left = 0;
  for (const Tear& tear :
       {Tear{Tear::At::in_write, 0, 0}, Tear{Tear::At::in_write, 0, 1},
        Tear{Tear::At::before_command, 3}, Tear{Tear::At::after_command, 3}, Tear{}}) {
    CAPTURE(static_cast<int>(tear.at), tear.bytes);
    SmartCard card = before;
    test::CardChannel channel(card);
    card.field().place(tear);
    Ev2Chip chip(channel);
    REQUIRE(chip.select(ntag424_name).ok());
    REQUIRE(chip.authenticate(2, {}, world.random).ok());
    const auto written = chip.write(slots, 128, Bytes(128, 's'));
    CHECK(written.ok() == (tear.at == Tear::At::nowhere));
    if (!written) CHECK(written.error().code == Errc::in_doubt);
    CHECK(card.files[2].data.substr(0, 128) == Bytes(128, '\0'));
    const Bytes slot = card.files[2].data.substr(128);
    CHECK((slot == Bytes(128, 's') || slot == Bytes(128, '\0')));
    ++(slot[0] == 's' ? kept : left);
    if (written) CHECK(*chip.read(slots, 0, 256) == Bytes(128, '\0') + Bytes(128, 's'));
  }
  CHECK(kept == 3);
  CHECK(left == 2);
}
