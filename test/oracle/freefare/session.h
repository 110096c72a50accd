// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <freefare.h>

#include <optional>

#include "ledger/core/bytes.h"

// libfreefare with the DESFire that lies on the first virtual reader of this pcscd.
namespace verbena::test {

using Secret = ledger::Bytes;  // 16 bytes, a key of AES

// How a file is spoken to; the numbers are those of the chip.
enum class Spoken { plain = MDCM_PLAIN, maced = MDCM_MACED, enciphered = MDCM_ENCIPHERED };

class Session {
 public:
  Session();  // waits until the reader's service has seen the chip
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  MifareTag tag() const { return tags_[0]; }

  // Makes and selects an application with so many keys of AES, all zero.
  void make_application(int keys);
  void select();
  // False also where it is the chip that could not prove that it has the key.
  bool sign_on(int key_number, const Secret& key);
  // From one key to another; libfreefare must know the old one, where the session is another key's.
  bool change_key(int key_number, const Secret& from, const Secret& to);
  // What the chip, and what libfreefare itself, said of what was done last; 0: no complaint. The
  // numbers are in freefare.h: BOUNDARY_ERROR, AUTHENTICATION_ERROR; CRYPTO_ERROR.
  int chip_error() const { return mifare_desfire_last_picc_error(tag()); }
  int reader_error() const { return mifare_desfire_last_pcd_error(tag()); }

  // Empty: it was refused.
  std::optional<ledger::Bytes> read(int file, std::size_t offset, std::size_t bytes, Spoken spoken);
  std::optional<ledger::Bytes> read_records(int file, std::size_t count, std::size_t record_bytes,
                                            Spoken spoken);
  std::optional<std::int32_t> value(int file, Spoken spoken);
  bool write(int file, std::size_t offset, const ledger::Bytes& bytes, Spoken spoken);
  bool write_record(int file, const ledger::Bytes& record, Spoken spoken);
  bool credit(int file, std::int32_t amount, Spoken spoken);
  bool debit(int file, std::int32_t amount, Spoken spoken);
  bool commit();
  bool abort();

 private:
  nfc_context* context_ = nullptr;
  nfc_device* device_ = nullptr;
  MifareTag* tags_ = nullptr;
};

}  // namespace verbena::test
