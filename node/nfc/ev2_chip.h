// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "node/nfc/ev2.h"
#include "node/nfc/transceiver.h"

// NTAG 424 DNA and MIFARE DESFire Light, EV2 and EV3, as far as their commands are the same
// (AN12196; AN12343): native commands in ISO 7816-4 wrapping, AES keys.
namespace verbena::node::nfc {

constexpr std::size_t frame_data_bytes = 128;  // a write this long is done whole or not at all
constexpr std::size_t reader_id_bytes = 16;
constexpr std::size_t transaction_mac_bytes = 8;
constexpr std::size_t transaction_mac_file_bytes = 4 + transaction_mac_bytes;
constexpr std::size_t uid_bytes = 7;

extern const std::string_view ntag424_name;        // to select the one application of NTAG 424 DNA
extern const std::string_view desfire_light_name;  // and of DESFire Light, as delivered
constexpr std::size_t application_id_bytes = 3;    // on DESFire EV2 and EV3, which begin with none

// A file of a chip, and how its settings want it spoken to.
struct ChipFile {
  std::uint8_t number = 0;
  Protection protection = Protection::full;
};

// What anybody may read of a file without a key, and the chip's word on it (SDM of the data sheet
// NT4H2421Gx, section 9.3; NTAG 424 DNA alone): over the bytes from `from` the chip's MAC under key
// `key`, in 16 hex digits at `mac_at`, and in 6 at `reads_at` how often it was read so.
struct OpenMessage {
  std::uint8_t key = 15;
  std::uint32_t from = 0, mac_at = 0, reads_at = 0;
};
constexpr std::size_t message_mac_digits = 16, message_reads_digits = 6;

// Who may do what with a file, by key numbers; 14: anybody, 15: nobody. `change`: these settings.
struct FileSettings {
  Protection protection = Protection::full;
  std::uint8_t read = 15, write = 15, read_write = 15, change = 0;
  std::optional<OpenMessage> message = {};
};

// What a chip says of a transaction it has kept: no reader can make that up.
struct TransactionProof {
  std::uint32_t counter = 0;
  ledger::Bytes mac;
};

// What the file of the transaction MAC holds, which is read as any other: the newest one's.
// bad_input: a wrong length.
ledger::Result<TransactionProof> parse_transaction_proof(std::string_view bytes);

// What these commands add to what a transaction MAC is over (Transaction MAC Input of the data
// sheet MF2DL(H)x0, as NXP's reader library collects it): all that was read and written since the
// authentication, in turn, not encrypted, each filled up to whole blocks.
ledger::Bytes record_input(ChipFile file, std::string_view record);
ledger::Bytes value_input(ChipFile file, std::int32_t change_minor);  // empty: no change
ledger::Bytes reader_input(std::string_view reader_id, std::string_view answer);

// CRC-32 of IEEE 802.3 without its final complement, least significant byte first: what a chip
// checks a new key by (AN12196 table 25).
ledger::Bytes key_check(const AesKey& key);

// Errors: unreachable, the tag left before anything could have been changed; in_doubt, it left
// while something was; bad_signature, what answers is not the chip; refused, the chip says no, with
// its status. After any of them the session is over.
class Ev2Chip {
 public:
  explicit Ev2Chip(Transceiver& channel) : channel_(&channel) {}

  // bad_input: the chip has no such application.
  ledger::Status select(std::string_view name);
  ledger::Status select_application(std::string_view id);
  ledger::Status authenticate(std::uint8_t key_number, const AesKey& key, ledger::Random& random);
  bool authenticated() const { return session_.has_value(); }

  // The serial number, 7 bytes, as the reader knows it from finding the chip.
  ledger::Result<ledger::Bytes> uid();
  // What anybody may read, without a session; ends one.
  ledger::Result<ledger::Bytes> read_openly(std::uint8_t file, std::uint32_t offset,
                                            std::size_t bytes);

  // As key 0. Key 0 itself is changed without `old`, and the session is over then.
  ledger::Status change_key(std::uint8_t number, const AesKey& old, const AesKey& key,
                            std::uint8_t version);
  // As the key that may.
  ledger::Status change_settings(std::uint8_t file, const FileSettings& settings);

  ledger::Result<ledger::Bytes> read(ChipFile file, std::uint32_t offset, std::size_t bytes);
  // At most `frame_data_bytes`. A backup file shows them once they are committed.
  ledger::Status write(ChipFile file, std::uint32_t offset, std::string_view data);

  // Value files, in minor units.
  ledger::Result<std::int32_t> value(ChipFile file);
  ledger::Status credit(ChipFile file, std::uint32_t amount_minor);
  ledger::Status debit(ChipFile file, std::uint32_t amount_minor);
  // Either of both, or no command where there is no change.
  ledger::Status change_value(ChipFile file, std::int32_t change_minor);

  ledger::Status write_record(ChipFile file, std::string_view record);
  // Of all its records; none is written before this is committed.
  ledger::Status clear_records(ChipFile file);
  // The newest `count` records, oldest first.
  ledger::Result<ledger::Bytes> read_records(ChipFile file, std::uint32_t count,
                                             std::size_t record_bytes);
  // All that there are, oldest first; bad_input: they have another length. refused: there is none.
  ledger::Result<std::vector<ledger::Bytes>> all_records(ChipFile file, std::size_t record_bytes);

  // Binds the transaction to this reader; returns the reader of the one before, encrypted under the
  // chip's transaction key.
  ledger::Result<ledger::Bytes> commit_reader(std::string_view reader_id);
  // All that was written, credited, debited since the authentication, or nothing of it.
  ledger::Result<TransactionProof> commit_with_proof();
  ledger::Status commit();
  ledger::Status abort();

  // Of DESFire EV2 and EV3, as their owner. What is there already is left as it is, and what is not
  // is deleted already: that is done, too, but the session is over.
  ledger::Status create_application(std::string_view id, std::uint8_t keys);  // and selects it
  ledger::Status create_data_file(std::uint8_t file, const FileSettings& settings,
                                  std::size_t bytes);
  ledger::Status create_value_file(std::uint8_t file, const FileSettings& settings,
                                   std::int32_t lower, std::int32_t upper);
  ledger::Status create_cyclic_file(std::uint8_t file, const FileSettings& settings,
                                    std::size_t record_bytes, std::uint32_t records_max);
  // On DESFire Light: of the transaction MAC alone.
  ledger::Status delete_file(std::uint8_t file);
  // As the owner, on DESFire Light too, once the one before is deleted. `settings`: nobody writes,
  // and the third right says who may name a reader; if it is not nobody's, a reader must be named.
  ledger::Status create_transaction_mac(std::uint8_t file, const FileSettings& settings,
                                        const AesKey& key, std::uint8_t version);

 private:
  struct Command {
    std::uint8_t instruction;
    ledger::Bytes header, data;
    Protection sent, received;
    bool padded = true;    // see Ev2Session::open
    bool changes = false;  // a torn answer leaves in doubt whether it was done
  };
  ledger::Result<ledger::Bytes> run(const Command& command);
  ledger::Result<ledger::Bytes> native(std::uint8_t instruction, std::string_view data,
                                       std::uint8_t expected);
  ledger::Status change_value(std::uint8_t instruction, ChipFile file, std::uint32_t amount_minor);
  ledger::Status create(std::uint8_t instruction, std::uint8_t file, const FileSettings& settings,
                        const ledger::Bytes& rest);
  ledger::Status done_or(std::uint8_t code, const ledger::Result<ledger::Bytes>& answer) const;

  Transceiver* channel_;
  std::optional<Ev2Session> session_;
  std::uint16_t status_ = 0;  // of the last native answer
};

}  // namespace verbena::node::nfc
