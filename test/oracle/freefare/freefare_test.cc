// SPDX-License-Identifier: Apache-2.0
// The emulated DESFire judged by Debian's libfreefare, which nobody here has written: it makes
// files, writes and reads them through libnfc, a real pcscd and its virtual reader, in the
// messaging of EV1 (the only one it has). What it wrote is compared with what lies in the chip's
// memory.
#include <catch2/catch.hpp>

#include "ledger/core/crypto.h"
#include "test/card_emulator/smart_card.h"
#include "test/card_emulator/vpcd_link.h"
#include "test/oracle/freefare/session.h"

using namespace verbena;
using ledger::Bytes;
using test::Session;
using test::Spoken;

namespace {

const Bytes zero_key(16, '\0');
constexpr Spoken all_ways[] = {Spoken::plain, Spoken::maced, Spoken::enciphered};
constexpr std::uint16_t by_key_0 = MDAR(MDAR_KEY0, MDAR_KEY0, MDAR_KEY0, MDAR_KEY0);
constexpr std::uint32_t file_bytes = 64, record_bytes = 16, records = 4;
constexpr std::int32_t lower = 0, upper = 5000, charged = 1000;

// One file of each kind for each way of speaking.
int standard(Spoken spoken) {
  return static_cast<int>(spoken);
}
int backup(Spoken spoken) {
  return 4 + static_cast<int>(spoken);
}
int value(Spoken spoken) {
  return 8 + static_cast<int>(spoken);
}
int record(Spoken spoken) {
  return 12 + static_cast<int>(spoken);
}

// An emulated DESFire, in the field or not.
struct Ground {
  ledger::SystemRandom random;
  test::SmartCard card = test::SmartCard::desfire_ev3(random);
  test::VpcdLink link;

  Ground() { REQUIRE(link.insert(card)); }
  void take_away_and_back() {
    link.remove();
    REQUIRE(link.insert(card));
  }

  // Made by libfreefare, which is signed on with key 0 after it.
  void make_files(Session& session) {
    session.make_application(3);
    REQUIRE(session.sign_on(0, zero_key));
    const auto tag = session.tag();
    for (const Spoken spoken : all_ways) {
      const auto way = static_cast<std::uint8_t>(spoken);
      const auto at = [](int file) { return static_cast<std::uint8_t>(file); };
      REQUIRE(mifare_desfire_create_std_data_file(tag, at(standard(spoken)), way, by_key_0,
                                                  file_bytes) == 0);
      REQUIRE(mifare_desfire_create_backup_data_file(tag, at(backup(spoken)), way, by_key_0,
                                                     file_bytes) == 0);
      REQUIRE(mifare_desfire_create_value_file(tag, at(value(spoken)), way, by_key_0, lower, upper,
                                               charged, 0) == 0);
      REQUIRE(mifare_desfire_create_cyclic_record_file(tag, at(record(spoken)), way, by_key_0,
                                                       record_bytes, records) == 0);
    }
  }
};

Bytes pattern(std::size_t size, int seed) {
  Bytes out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<char>((i + 1) * 37 + static_cast<std::size_t>(seed) * 101);
  }
  return out;
}

}  // namespace

TEST_CASE("libfreefare reads the version and the files' settings that the chip has") {
  Ground ground;
  Session session;
  mifare_desfire_version_info version{};
  REQUIRE(mifare_desfire_get_version(session.tag(), &version) == 0);
  CHECK(version.hardware.vendor_id == 0x04);
  CHECK(version.hardware.version_major == 0x33);
  CHECK(Bytes(version.uid, version.uid + sizeof version.uid) == ground.card.uid);
  ground.make_files(session);
  for (const Spoken spoken : all_ways) {
    const auto settings_of = [&](int file) {
      mifare_desfire_file_settings out{};
      REQUIRE(mifare_desfire_get_file_settings(session.tag(), static_cast<std::uint8_t>(file),
                                               &out) == 0);
      CHECK(out.communication_settings == static_cast<std::uint8_t>(spoken));
      CHECK(out.access_rights == by_key_0);
      return out;
    };
    const auto of_standard = settings_of(standard(spoken));
    CHECK(of_standard.file_type == MDFT_STANDARD_DATA_FILE);
    CHECK(of_standard.settings.standard_file.file_size == file_bytes);
    CHECK(settings_of(backup(spoken)).file_type == MDFT_BACKUP_DATA_FILE);
    const auto of_value = settings_of(value(spoken));
    CHECK(of_value.file_type == MDFT_VALUE_FILE_WITH_BACKUP);
    CHECK(of_value.settings.value_file.lower_limit == lower);
    CHECK(of_value.settings.value_file.upper_limit == upper);
    const auto of_record = settings_of(record(spoken));
    CHECK(of_record.file_type == MDFT_CYCLIC_RECORD_FILE_WITH_BACKUP);
    CHECK(of_record.settings.linear_record_file.record_size == record_bytes);
    CHECK(of_record.settings.linear_record_file.max_number_of_records == records);
  }
}

TEST_CASE("libfreefare reads back what it wrote, in the clear, with a MAC and enciphered") {
  Ground ground;
  Session session;
  ground.make_files(session);
  int seed = 0;
  for (const Spoken spoken : all_ways) {
    // About the chip's blocks: with its check a text of 12 bytes fills one, and of 13 does not.
    for (const std::size_t size : {1u, 11u, 12u, 13u, 16u, 27u}) {
      INFO("way " << static_cast<int>(spoken) << ", " << size << " bytes");
      const Bytes bytes = pattern(size, ++seed);
      REQUIRE(session.write(standard(spoken), 5, bytes, spoken));
      CHECK(ground.card.files.at(standard(spoken)).data.substr(5, size) == bytes);
      CHECK(session.read(standard(spoken), 5, size, spoken) == bytes);
    }
    // Zeros at the end are the hardest to tell from padding.
    const Bytes zeros(20, '\0');
    REQUIRE(session.write(standard(spoken), 5, zeros, spoken));
    CHECK(session.read(standard(spoken), 5, zeros.size(), spoken) == zeros);
    CHECK(session.read(standard(spoken), 0, 44, spoken) ==
          ground.card.files.at(standard(spoken)).data.substr(0, 44));
  }
}

TEST_CASE("What libfreefare changes counts from its commit on, all of it") {
  Ground ground;
  Session session;
  ground.make_files(session);
  for (const Spoken spoken : all_ways) {
    const Bytes bytes = pattern(24, 7), entry = pattern(record_bytes, 9);
    REQUIRE(session.write(backup(spoken), 8, bytes, spoken));
    REQUIRE(session.debit(value(spoken), 250, spoken));
    REQUIRE(session.credit(value(spoken), 30, spoken));
    REQUIRE(session.write_record(record(spoken), entry, spoken));
    CHECK(session.read(backup(spoken), 8, bytes.size(), spoken) == Bytes(bytes.size(), '\0'));
    CHECK(session.value(value(spoken), spoken) == charged);
    REQUIRE(session.commit());
    CHECK(session.read(backup(spoken), 8, bytes.size(), spoken) == bytes);
    CHECK(session.value(value(spoken), spoken) == charged - 220);
    CHECK(session.read_records(record(spoken), 1, record_bytes, spoken) == entry);
    CHECK(ground.card.files.at(value(spoken)).value == charged - 220);
    CHECK(ground.card.files.at(backup(spoken)).data.substr(8, bytes.size()) == bytes);
  }
}

TEST_CASE("What libfreefare takes back, or leaves without a commit, never was") {
  Ground ground;
  {
    Session session;
    ground.make_files(session);
    REQUIRE(session.debit(value(Spoken::maced), 250, Spoken::maced));
    REQUIRE(session.write(backup(Spoken::maced), 0, pattern(24, 3), Spoken::maced));
    REQUIRE(session.abort());
    CHECK(session.value(value(Spoken::maced), Spoken::maced) == charged);
    REQUIRE(session.debit(value(Spoken::maced), 30, Spoken::maced));
    REQUIRE(session.commit());  // of this alone
    CHECK(session.value(value(Spoken::maced), Spoken::maced) == charged - 30);
    CHECK(session.read(backup(Spoken::maced), 0, 24, Spoken::maced) == Bytes(24, '\0'));
    CHECK_FALSE(session.commit());  // nothing is left to
    REQUIRE(session.sign_on(0, zero_key));
    REQUIRE(session.debit(value(Spoken::maced), 250, Spoken::maced));
    REQUIRE(session.write_record(record(Spoken::maced), pattern(record_bytes, 4), Spoken::maced));
  }
  ground.take_away_and_back();
  Session session;
  session.select();
  REQUIRE(session.sign_on(0, zero_key));
  CHECK(session.value(value(Spoken::maced), Spoken::maced) == charged - 30);
  CHECK(session.read(backup(Spoken::maced), 0, 24, Spoken::maced) == Bytes(24, '\0'));
  CHECK_FALSE(session.read_records(record(Spoken::maced), 1, record_bytes, Spoken::maced));
}

TEST_CASE("A value that libfreefare would take over its limits stays where it was") {
  Ground ground;
  Session session;
  ground.make_files(session);
  for (const Spoken spoken : all_ways) {
    CHECK_FALSE(session.debit(value(spoken), charged + 1, spoken));
    CHECK(session.chip_error() == BOUNDARY_ERROR);
    REQUIRE(session.sign_on(0, zero_key));  // an error ended the session
    CHECK_FALSE(session.credit(value(spoken), upper - charged + 1, spoken));
    CHECK(session.chip_error() == BOUNDARY_ERROR);
    REQUIRE(session.sign_on(0, zero_key));
    CHECK(session.value(value(spoken), spoken) == charged);
    REQUIRE(session.debit(value(spoken), charged, spoken));
    REQUIRE(session.commit());
    CHECK(session.value(value(spoken), spoken) == lower);
  }
}

TEST_CASE("A record file keeps the newest that libfreefare wrote, oldest first") {
  Ground ground;
  Session session;
  ground.make_files(session);
  for (const Spoken spoken : all_ways) {
    for (int i = 0; i < 6; ++i) {
      REQUIRE(session.write_record(record(spoken), pattern(record_bytes, i), spoken));
      REQUIRE(session.commit());
    }
    // Of four, one is room for what is not committed yet.
    CHECK(session.read_records(record(spoken), 2, record_bytes, spoken) ==
          pattern(record_bytes, 4) + pattern(record_bytes, 5));
    CHECK_FALSE(session.read_records(record(spoken), 4, record_bytes, spoken));
    CHECK(session.chip_error() == BOUNDARY_ERROR);
    REQUIRE(session.sign_on(0, zero_key));
  }
}

TEST_CASE("A chip that makes its MACs wrongly is refused by libfreefare, whatever it says") {
  Ground ground;
  Session session;
  ground.make_files(session);
  for (const Spoken spoken : all_ways) {
    INFO("way " << static_cast<int>(spoken));
    const auto refused = [&](auto&& done) {
      ground.card.flips_macs = true;
      CHECK_FALSE(done());
      CHECK(session.chip_error() == 0);  // the chip itself was content
      CHECK(session.reader_error() == CRYPTO_ERROR);
      ground.card.flips_macs = false;
      REQUIRE(session.sign_on(0, zero_key));
    };
    refused([&] { return session.value(value(spoken), spoken).has_value(); });
    refused([&] { return session.read(standard(spoken), 0, 16, spoken).has_value(); });
    refused([&] { return session.write(standard(spoken), 0, pattern(16, 1), spoken); });
    refused([&] { return session.debit(value(spoken), 1, spoken); });
    REQUIRE(session.debit(value(spoken), 1, spoken));
    refused([&] { return session.commit(); });
  }
}

TEST_CASE("A chip that cannot prove that it has the key is refused by libfreefare") {
  Ground ground;
  Session session;
  ground.make_files(session);
  ground.card.flips_proofs = true;
  CHECK_FALSE(session.sign_on(0, zero_key));
  CHECK(session.chip_error() == 0);
  ground.card.flips_proofs = false;
  CHECK(session.sign_on(0, zero_key));
}

TEST_CASE("The chip refuses libfreefare with a key that is not its own") {
  Ground ground;
  Session session;
  ground.make_files(session);
  CHECK_FALSE(session.sign_on(0, pattern(16, 1)));
  CHECK(session.chip_error() == AUTHENTICATION_ERROR);
}

TEST_CASE("A key that libfreefare has changed is the chip's key, and the old one is not") {
  Ground ground;
  Session session;
  ground.make_files(session);
  const Bytes first = pattern(16, 1), other = pattern(16, 2), later = pattern(16, 3);
  REQUIRE(session.change_key(1, zero_key, other));
  CHECK(ground.card.keys.at(1) == other);
  // Once more, so that the key it was is not zero.
  REQUIRE(session.change_key(1, other, later));
  CHECK(ground.card.keys.at(1) == later);
  REQUIRE(session.change_key(0, zero_key, first));
  CHECK(ground.card.keys.at(0) == first);
  CHECK_FALSE(session.sign_on(1, other));
  CHECK(session.chip_error() == AUTHENTICATION_ERROR);
  CHECK(session.sign_on(1, later));
  CHECK_FALSE(session.sign_on(0, zero_key));
  CHECK(session.sign_on(0, first));
  CHECK(session.value(value(Spoken::enciphered), Spoken::enciphered) == charged);
}

TEST_CASE("The chip lets libfreefare do with a file what its key may, and no more") {
  Ground ground;
  Session session;
  ground.make_files(session);
  constexpr Spoken spoken = Spoken::maced;
  // Key 1 may read, key 2 may write; the settings are sent enciphered.
  REQUIRE(mifare_desfire_change_file_settings(
              session.tag(), static_cast<std::uint8_t>(standard(spoken)), MDCM_MACED,
              MDAR(MDAR_KEY1, MDAR_KEY2, MDAR_DENY, MDAR_KEY0)) == 0);
  CHECK(ground.card.files.at(standard(spoken)).read == 1);
  REQUIRE(session.sign_on(2, zero_key));
  REQUIRE(session.write(standard(spoken), 0, pattern(16, 5), spoken));
  CHECK_FALSE(session.read(standard(spoken), 0, 16, spoken));
  CHECK(session.chip_error() == PERMISSION_ERROR);
  REQUIRE(session.sign_on(1, zero_key));
  CHECK(session.read(standard(spoken), 0, 16, spoken) == pattern(16, 5));
  CHECK_FALSE(session.write(standard(spoken), 0, pattern(16, 6), spoken));
  CHECK(session.chip_error() == PERMISSION_ERROR);
  REQUIRE(session.sign_on(0, zero_key));
  CHECK_FALSE(session.read(standard(spoken), 0, 16, spoken));
  CHECK(ground.card.files.at(standard(spoken)).data.substr(0, 16) == pattern(16, 5));
}
