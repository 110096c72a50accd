// SPDX-License-Identifier: Apache-2.0
#include "test/oracle/freefare/session.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <thread>

namespace verbena::test {

using ledger::Bytes;

namespace {

constexpr char reader[] = "pcsc:Virtual PCD 0 00 00";
constexpr std::uint32_t application = 0xf50001;
constexpr std::size_t room_beside = 64;  // libfreefare decodes where the caller wants the result

using Id = std::unique_ptr<mifare_desfire_aid, decltype(&std::free)>;
Id application_id() {
  return {mifare_desfire_aid_new(application), &std::free};
}

using Key = std::unique_ptr<mifare_desfire_key, decltype(&mifare_desfire_key_free)>;
Key key_of(Bytes secret) {
  return {mifare_desfire_aes_key_new(reinterpret_cast<std::uint8_t*>(secret.data())),
          &mifare_desfire_key_free};
}

}  // namespace

Session::Session() {
  nfc_init(&context_);
  REQUIRE(context_ != nullptr);
  for (int tries = 0; tries < 200; ++tries) {
    device_ = nfc_open(context_, reader);
    if (device_ != nullptr) {
      tags_ = freefare_get_tags(device_);
      if (tags_ != nullptr && tags_[0] != nullptr) break;
      freefare_free_tags(tags_);
      tags_ = nullptr;
      nfc_close(device_);
      device_ = nullptr;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  REQUIRE(device_ != nullptr);
  REQUIRE(freefare_get_tag_type(tag()) == DESFIRE);
  REQUIRE(mifare_desfire_connect(tag()) == 0);
}

Session::~Session() {
  if (tags_ != nullptr) freefare_free_tags(tags_);
  if (device_ != nullptr) nfc_close(device_);
  if (context_ != nullptr) nfc_exit(context_);
}

void Session::make_application(int keys) {
  constexpr std::uint8_t all_may_change = 0x0f;
  REQUIRE(mifare_desfire_create_application_aes(tag(), application_id().get(), all_may_change,
                                                static_cast<std::uint8_t>(keys)) == 0);
  select();
}

void Session::select() {
  REQUIRE(mifare_desfire_select_application(tag(), application_id().get()) == 0);
}

bool Session::sign_on(int key_number, const Secret& key) {
  return mifare_desfire_authenticate_aes(tag(), static_cast<std::uint8_t>(key_number),
                                         key_of(key).get()) == 0;
}

bool Session::change_key(int key_number, const Secret& from, const Secret& to) {
  return mifare_desfire_change_key(tag(), static_cast<std::uint8_t>(key_number), key_of(to).get(),
                                   key_of(from).get()) == 0;
}

std::optional<Bytes> Session::read(int file, std::size_t offset, std::size_t bytes, Spoken spoken) {
  Bytes out(bytes + room_beside, '\0');
  const auto got =
      mifare_desfire_read_data_ex(tag(), static_cast<std::uint8_t>(file),
                                  static_cast<off_t>(offset), bytes, out.data(), int(spoken));
  if (got < 0) return std::nullopt;
  return out.substr(0, static_cast<std::size_t>(got));
}

std::optional<Bytes> Session::read_records(int file, std::size_t count, std::size_t record_bytes,
                                           Spoken spoken) {
  Bytes out(count * record_bytes + room_beside, '\0');
  const auto got = mifare_desfire_read_records_ex(tag(), static_cast<std::uint8_t>(file), 0, count,
                                                  out.data(), int(spoken));
  if (got < 0) return std::nullopt;
  return out.substr(0, static_cast<std::size_t>(got));
}

std::optional<std::int32_t> Session::value(int file, Spoken spoken) {
  std::int32_t out = 0;
  if (mifare_desfire_get_value_ex(tag(), static_cast<std::uint8_t>(file), &out, int(spoken)) != 0) {
    return std::nullopt;
  }
  return out;
}

bool Session::write(int file, std::size_t offset, const Bytes& bytes, Spoken spoken) {
  return mifare_desfire_write_data_ex(tag(), static_cast<std::uint8_t>(file),
                                      static_cast<off_t>(offset), bytes.size(), bytes.data(),
                                      int(spoken)) == static_cast<ssize_t>(bytes.size());
}

bool Session::write_record(int file, const Bytes& record, Spoken spoken) {
  Bytes bytes = record;
  return mifare_desfire_write_record_ex(tag(), static_cast<std::uint8_t>(file), 0, bytes.size(),
                                        bytes.data(),
                                        int(spoken)) == static_cast<ssize_t>(bytes.size());
}

bool Session::credit(int file, std::int32_t amount, Spoken spoken) {
  return mifare_desfire_credit_ex(tag(), static_cast<std::uint8_t>(file), amount, int(spoken)) == 0;
}

bool Session::debit(int file, std::int32_t amount, Spoken spoken) {
  return mifare_desfire_debit_ex(tag(), static_cast<std::uint8_t>(file), amount, int(spoken)) == 0;
}

bool Session::commit() {
  return mifare_desfire_commit_transaction(tag()) == 0;
}

bool Session::abort() {
  return mifare_desfire_abort_transaction(tag()) == 0;
}

}  // namespace verbena::test
