// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <vector>

#include "ledger/core/seams.h"
#include "test/card_emulator/card.h"
#include "test/card_emulator/chip_side.h"

// One application of NTAG 424 DNA or DESFire Light, EV2 or EV3: files, keys, transactions, changes
// of keys and of files' settings; on EV2 and EV3 also how application and files are made, and the
// older messaging of EV1 beside their own. LRP is not there, nor what a chip does with a second
// application.
namespace verbena::test {

struct CardFile {
  enum class Kind { standard, backup, value, record, transaction_mac };
  Kind kind = Kind::standard;
  Wire wire = Wire::enciphered;
  // Numbers of keys; 14: anybody, 15: nobody.
  int read = 14, write = 14, read_write = 14, change = 0;
  ledger::Bytes data;      // standard and backup; of a transaction MAC its counter and the MAC
  std::int32_t value = 0;  // value
  std::int32_t lower = 0, upper = 0x7fffffff;
  std::size_t record_bytes = 16, records_max = 5;
  std::vector<ledger::Bytes> records;  // oldest first
  // Secure dynamic messaging, for who reads without a key; its read counter is the file's.
  struct Message {
    int key = 15;
    std::size_t from = 0, mac_at = 0, reads_at = 0;
    bool operator==(const Message&) const = default;
  };
  std::optional<Message> message;
  std::uint32_t reads = 0;
};

constexpr int transaction_mac_file = 0x0f;  // as DESFire Light has it

// Three bytes as they are sent: how the file is spoken to, and four keys' numbers.
void set_rights(CardFile& file, const ledger::Bytes& settings);

class SmartCard final : public Card {
 public:
  static SmartCard ntag424(ledger::Random& random);  // as it is delivered
  // As DESFire Light is delivered, but with a backup file 04, which EV2 and EV3 have, and with
  // rights for tests of single commands.
  static SmartCard desfire(ledger::Random& random);
  // As they are delivered. The rights of Light's files are guessed, the narrowest that can be.
  static SmartCard desfire_light(ledger::Random& random);
  static SmartCard desfire_ev3(ledger::Random& random);
  static SmartCard desfire_ev1(ledger::Random& random);

  ledger::Bytes atr() const override;
  void power(bool on) override;
  std::optional<ledger::Bytes> apdu(std::string_view command) override;
  Field& field() override { return field_; }

  // Persistent memory.
  ledger::Bytes uid = {'\x04', '\x51', '\x2a', '\x7a', '\x0b', '\x44', '\x80'};
  std::map<int, ledger::Bytes> keys;
  std::map<int, std::uint8_t> key_versions;
  std::map<int, CardFile> files;
  ledger::Bytes transaction_key;  // empty: no transaction MAC, and no file of it
  std::uint32_t transactions = 0;
  ledger::Bytes last_reader = ledger::Bytes(16, '\0');
  bool anybody_makes = true;  // an application, where the chip has none of its own
  // A chip that is wrong, for seeing that the reader notices.
  bool flips_macs = false;
  bool flips_proofs = false;  // of having the key

 private:
  explicit SmartCard(ledger::Random& random) : random_(&random) {}
  struct Reply {
    std::uint8_t status = 0;
    ledger::Bytes data;
  };
  Reply version(int told);
  std::optional<Reply> native(char instruction, const ledger::Bytes& payload);
  std::optional<Reply> on_file(char instruction, const ledger::Bytes& payload);
  std::optional<Reply> commit(const ledger::Bytes& payload);
  Reply commit_reader(const ledger::Bytes& payload);
  std::optional<Reply> create_application(const ledger::Bytes& payload);
  std::optional<Reply> create_file(char instruction, const ledger::Bytes& payload);
  std::optional<Reply> create_transaction_mac(const ledger::Bytes& payload);
  std::optional<Reply> delete_file(const ledger::Bytes& payload);
  Reply file_settings(const ledger::Bytes& payload);
  std::optional<Reply> clear_records(const ledger::Bytes& payload);
  std::optional<Reply> change_key(const ledger::Bytes& payload);
  std::optional<Reply> change_settings(const ledger::Bytes& payload);
  ledger::Bytes message_of(CardFile& file);
  Reply fail(std::uint8_t status);
  bool allowed(int which, int other) const;
  void forget();
  void set_transaction_mac(CardFile file, ledger::Bytes key);
  ledger::Bytes transaction_vector(char label) const;
  ledger::Bytes random16();

  ledger::Random* random_;
  ledger::Bytes name_;                 // of the application; empty: it has an id, or there is none
  std::optional<ledger::Bytes> id_;    // empty: this chip has no applications to be made
  char type_ = '\0', version_ = '\0';  // in its version
  bool writes_whole_ = false;          // what is up to 128 bytes long
  Field field_;
  // Volatile memory.
  enum class Selected { nothing, chip, application };
  Selected selected_ = Selected::nothing;
  bool changed_ = false;
  int version_frames_ = 0;  // of GetVersion, given out
  ChipSide side_;
  std::map<int, CardFile> pending_;
  ledger::Bytes mac_input_, reader_;
};

}  // namespace verbena::test
