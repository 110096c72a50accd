// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/ev2_chip.h"

#include <algorithm>

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;
using namespace std::string_view_literals;

const std::string_view ntag424_name = "\xd2\x76\x00\x00\x85\x01\x01"sv;
const std::string_view desfire_light_name =
    "\xa0\x00\x00\x03\x96\x56\x43\x41\x03\xf0\x15\x40\x00\x00\x00\x0b"sv;

namespace {

constexpr std::uint8_t authenticate_first = 0x71, additional_frame = 0xaf;
constexpr std::uint8_t change_one_key = 0xc4, change_file_settings = 0x5f;
constexpr std::uint8_t read_data = 0xad, write_data = 0x8d;
constexpr std::uint8_t get_value = 0x6c, credit_value = 0x0c, debit_value = 0xdc;
constexpr std::uint8_t write_one_record = 0x8b, read_some_records = 0xab;
constexpr std::uint8_t commit_reader_id = 0xc8, commit_transaction = 0xc7;
constexpr std::uint8_t abort_transaction = 0xa7;
constexpr std::uint8_t select_by_id = 0x5a, clear_all_records = 0xeb;
constexpr std::uint8_t create_one_application = 0xca, create_standard_file = 0xcd;
constexpr std::uint8_t create_one_value_file = 0xcc, create_one_cyclic_file = 0xc0;
constexpr std::uint8_t create_transaction_mac_file = 0xce, delete_one_file = 0xdf;
constexpr std::uint8_t key_of_aes = 0x02;
constexpr std::uint8_t status_ok = 0x00, no_application = 0xa0, already_there = 0xde,
                       no_file = 0xf0;
constexpr std::uint8_t aes_keys = 0x80;
// The owner may change its key, its files and this; anybody may ask which files there are.
constexpr std::uint8_t owner_rules = 0x0b;
constexpr std::uint16_t native_status = 0x9100;

Bytes little_endian(std::uint32_t value, std::size_t bytes) {
  Bytes out;
  for (std::size_t i = 0; i < bytes; ++i) {
    ledger::put_u8(out, static_cast<std::uint8_t>(value >> (8 * i)));
  }
  return out;
}

std::uint32_t from_little_endian(std::string_view bytes) {
  return static_cast<std::uint32_t>(ledger::get_be(Bytes(bytes.rbegin(), bytes.rend())));
}

Bytes byte(std::uint8_t value) {
  return Bytes(1, static_cast<char>(value));
}

Bytes place(ChipFile file, std::uint32_t offset, std::size_t bytes) {
  return byte(file.number) + little_endian(offset, 3) +
         little_endian(static_cast<std::uint32_t>(bytes), 3);
}

std::uint8_t wire_mode(Protection protection) {
  return protection == Protection::full ? 3 : protection == Protection::mac ? 1 : 0;
}

Bytes wire_settings(const FileSettings& settings) {
  constexpr std::uint8_t has_message = 0x40;
  constexpr std::uint8_t reads_in_hex = 0x41, nobody_asks_reads = 0xff, openly = 0xe0;
  const auto& message = settings.message;
  Bytes out =
      byte(static_cast<std::uint8_t>(wire_mode(settings.protection) | (message ? has_message : 0)));
  out += byte(static_cast<std::uint8_t>(settings.read_write << 4 | settings.change));
  out += byte(static_cast<std::uint8_t>(settings.read << 4 | settings.write));
  if (!message) return out;
  out += byte(reads_in_hex) + byte(nobody_asks_reads) +
         byte(static_cast<std::uint8_t>(openly | message->key));
  for (const auto place : {message->reads_at, message->from, message->mac_at}) {
    out += little_endian(place, 3);
  }
  return out;
}

Bytes whole_blocks(Bytes bytes) {
  bytes.resize((bytes.size() + block_bytes - 1) / block_bytes * block_bytes, '\0');
  return bytes;
}

std::uint32_t amount_of(std::int32_t change_minor) {
  const std::int64_t change = change_minor;
  return static_cast<std::uint32_t>(change < 0 ? -change : change);
}

// Where only the other direction carries data, full protection is a MAC.
Protection without_data(Protection protection) {
  return protection == Protection::full ? Protection::mac : protection;
}

}  // namespace

Bytes record_input(ChipFile file, std::string_view record) {
  return whole_blocks(byte(write_one_record) + place(file, 0, record.size())) +
         whole_blocks(Bytes(record));
}

Bytes value_input(ChipFile file, std::int32_t change_minor) {
  if (change_minor == 0) return {};
  return whole_blocks(byte(change_minor > 0 ? credit_value : debit_value) + byte(file.number) +
                      little_endian(amount_of(change_minor), 4));
}

Bytes reader_input(std::string_view reader_id, std::string_view answer) {
  return whole_blocks(byte(commit_reader_id) + Bytes(reader_id) + Bytes(answer));
}

Bytes key_check(const AesKey& key) {
  constexpr std::uint32_t polynomial = 0xedb88320;
  std::uint32_t sum = 0xffffffff;
  for (const std::uint8_t one : key) {
    sum ^= one;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? polynomial : 0);
  }
  return little_endian(sum, 4);
}

Result<TransactionProof> parse_transaction_proof(std::string_view bytes) {
  constexpr std::size_t counter_bytes = transaction_mac_file_bytes - transaction_mac_bytes;
  if (bytes.size() != transaction_mac_file_bytes) {
    return Error{Errc::bad_input, "the chip's transaction MAC has a wrong length"};
  }
  return TransactionProof{from_little_endian(bytes.substr(0, counter_bytes)),
                          Bytes(bytes.substr(counter_bytes))};
}

Status Ev2Chip::select(std::string_view name) {
  session_.reset();
  auto answer = transmit(*channel_, make_apdu(0x00, 0xa4, 0x04, 0x0c, name, 0x00));
  if (!answer) return answer.error();
  if (answer->status == status_done) return ledger::done();
  return Error{Errc::bad_input,
               "the chip has not this application: " + status_text(answer->status)};
}

Status Ev2Chip::select_application(std::string_view id) {
  VERBENA_CHECK(id.size() == application_id_bytes);
  session_.reset();
  auto answer = native(select_by_id, id, status_ok);
  if (answer) return ledger::done();
  if (status_ != (native_status | no_application)) return answer.error();
  return Error{Errc::bad_input, "the chip has not this application"};
}

// One native command; its answer's status must be `expected`.
Result<Bytes> Ev2Chip::native(std::uint8_t instruction, std::string_view data,
                              std::uint8_t expected) {
  auto answer = transmit(*channel_, make_apdu(0x90, instruction, 0x00, 0x00, data, 0x00));
  status_ = answer ? answer->status : 0;
  if (!answer) return answer.error();
  if (answer->status != (native_status | expected)) {
    return Error{Errc::refused, "the chip refuses command " + ledger::hex(byte(instruction)) +
                                    ": " + status_text(answer->status)};
  }
  return std::move(answer->data);
}

Status Ev2Chip::authenticate(std::uint8_t key_number, const AesKey& key, ledger::Random& random) {
  session_.reset();
  AesBlock challenge;
  random.fill(challenge);
  Ev2Authentication us(key, challenge);
  // No capabilities of the reader's: zero bytes of them.
  auto theirs = native(authenticate_first, byte(key_number) + byte(0), additional_frame);
  if (!theirs) return theirs.error();
  auto proof = us.prove(*theirs);
  if (!proof) return proof.error();
  auto answer = native(additional_frame, *proof, status_ok);
  if (!answer) return answer.error();
  auto session = us.finish(*answer);
  if (!session) return session.error();
  session_ = *session;
  return ledger::done();
}

Result<Bytes> Ev2Chip::run(const Command& command) {
  if (!session_) return Error{Errc::refused, "the chip is not authenticated"};
  Ev2Session session = *session_;
  session_.reset();
  auto answer = native(
      command.instruction,
      session.seal(command.instruction, command.header, command.data, command.sent), status_ok);
  if (!answer) {
    if (!command.changes || answer.error().code != Errc::unreachable) return answer.error();
    return Error{Errc::in_doubt, answer.error().text};
  }
  auto opened = session.open(*answer, command.received, command.padded);
  if (opened) session_ = session;
  return opened;
}

Result<Bytes> Ev2Chip::uid() {
  auto answer = transmit(*channel_, make_apdu(0xff, 0xca, 0x00, 0x00, {}, 0x00));
  if (!answer) return answer.error();
  if (answer->status != status_done || answer->data.size() != uid_bytes) {
    return Error{Errc::bad_input,
                 "the reader tells no serial number of 7 bytes: " + status_text(answer->status)};
  }
  return std::move(answer->data);
}

Result<Bytes> Ev2Chip::read_openly(std::uint8_t file, std::uint32_t offset, std::size_t bytes) {
  VERBENA_CHECK(bytes <= frame_data_bytes);
  session_.reset();
  auto answer = native(read_data, place({file}, offset, bytes), status_ok);
  if (answer && answer->size() != bytes) {
    return Error{Errc::bad_input, "file " + std::to_string(file) + " is too short"};
  }
  return answer;
}

Status Ev2Chip::change_key(std::uint8_t number, const AesKey& old, const AesKey& key,
                           std::uint8_t version) {
  Bytes data = ledger::to_bytes(key);
  const bool own = number == 0;
  for (std::size_t i = 0; !own && i < data.size(); ++i)
    data[i] = static_cast<char>(key[i] ^ old[i]);
  data += byte(version);
  if (!own) data += key_check(key);
  auto answer = run({change_one_key, byte(number), std::move(data), Protection::full,
                     own ? Protection::plain : Protection::mac, true, true});
  if (own) session_.reset();
  return answer ? ledger::done() : Status(answer.error());
}

Status Ev2Chip::change_settings(std::uint8_t file, const FileSettings& settings) {
  auto answer = run({change_file_settings, byte(file), wire_settings(settings), Protection::full,
                     Protection::mac, true, true});
  return answer ? ledger::done() : Status(answer.error());
}

Result<Bytes> Ev2Chip::read(ChipFile file, std::uint32_t offset, std::size_t bytes) {
  Bytes out;
  while (out.size() < bytes) {
    const std::size_t now = std::min(bytes - out.size(), frame_data_bytes);
    const auto at = offset + static_cast<std::uint32_t>(out.size());
    auto part =
        run({read_data, place(file, at, now), {}, without_data(file.protection), file.protection});
    if (!part) return part;
    if (part->size() != now) {
      return Error{Errc::bad_input, "file " + std::to_string(file.number) + " is too short"};
    }
    out += *part;
  }
  return out;
}

Status Ev2Chip::write(ChipFile file, std::uint32_t offset, std::string_view data) {
  VERBENA_CHECK(!data.empty() && data.size() <= frame_data_bytes);
  auto answer = run({write_data, place(file, offset, data.size()), Bytes(data), file.protection,
                     without_data(file.protection), true, true});
  return answer ? ledger::done() : Status(answer.error());
}

Result<std::int32_t> Ev2Chip::value(ChipFile file) {
  auto answer =
      run({get_value, byte(file.number), {}, without_data(file.protection), file.protection});
  if (!answer) return answer.error();
  if (answer->size() != 4) return Error{Errc::bad_input, "the chip's value has a wrong length"};
  return static_cast<std::int32_t>(from_little_endian(*answer));
}

Status Ev2Chip::change_value(std::uint8_t instruction, ChipFile file, std::uint32_t amount_minor) {
  auto answer = run({instruction, byte(file.number), little_endian(amount_minor, 4),
                     file.protection, without_data(file.protection)});
  return answer ? ledger::done() : Status(answer.error());
}

Status Ev2Chip::credit(ChipFile file, std::uint32_t amount_minor) {
  return change_value(credit_value, file, amount_minor);
}

Status Ev2Chip::debit(ChipFile file, std::uint32_t amount_minor) {
  return change_value(debit_value, file, amount_minor);
}

Status Ev2Chip::change_value(ChipFile file, std::int32_t change_minor) {
  if (change_minor == 0) return ledger::done();
  const auto amount = amount_of(change_minor);
  return change_minor > 0 ? credit(file, amount) : debit(file, amount);
}

Status Ev2Chip::write_record(ChipFile file, std::string_view record) {
  VERBENA_CHECK(!record.empty() && record.size() <= frame_data_bytes);
  auto answer = run({write_one_record, place(file, 0, record.size()), Bytes(record),
                     file.protection, without_data(file.protection)});
  return answer ? ledger::done() : Status(answer.error());
}

Status Ev2Chip::clear_records(ChipFile file) {
  auto answer = run({clear_all_records, byte(file.number), {}, Protection::mac, Protection::mac});
  return answer ? ledger::done() : Status(answer.error());
}

Result<Bytes> Ev2Chip::read_records(ChipFile file, std::uint32_t count, std::size_t record_bytes) {
  VERBENA_CHECK(count > 0 && count * record_bytes <= frame_data_bytes);
  auto answer = run({read_some_records,
                     place(file, 0, count),
                     {},
                     without_data(file.protection),
                     file.protection});
  if (answer && answer->size() != count * record_bytes) {
    return Error{Errc::bad_input, "the chip's records have a wrong length"};
  }
  return answer;
}

Result<std::vector<Bytes>> Ev2Chip::all_records(ChipFile file, std::size_t record_bytes) {
  constexpr std::uint32_t all = 0;
  auto answer = run(
      {read_some_records, place(file, 0, all), {}, without_data(file.protection), file.protection});
  if (!answer) return answer.error();
  if (answer->empty() || answer->size() % record_bytes != 0) {
    return Error{Errc::bad_input, "the chip's records have a wrong length"};
  }
  std::vector<Bytes> out;
  for (std::size_t at = 0; at < answer->size(); at += record_bytes) {
    out.push_back(answer->substr(at, record_bytes));
  }
  return out;
}

Result<Bytes> Ev2Chip::commit_reader(std::string_view reader_id) {
  VERBENA_CHECK(reader_id.size() == reader_id_bytes);
  return run({commit_reader_id, {}, Bytes(reader_id), Protection::mac, Protection::full, false});
}

Result<TransactionProof> Ev2Chip::commit_with_proof() {
  auto answer =
      run({commit_transaction, byte(1), {}, Protection::mac, Protection::mac, true, true});
  if (!answer) return answer.error();
  auto proof = parse_transaction_proof(*answer);
  return proof ? proof : Error{Errc::in_doubt, proof.error().text};
}

Status Ev2Chip::commit() {
  auto answer = run({commit_transaction, {}, {}, Protection::mac, Protection::mac, true, true});
  return answer ? ledger::done() : Status(answer.error());
}

Status Ev2Chip::abort() {
  auto answer = run({abort_transaction, {}, {}, Protection::mac, Protection::mac});
  return answer ? ledger::done() : Status(answer.error());
}

Status Ev2Chip::done_or(std::uint8_t code, const Result<Bytes>& answer) const {
  if (answer || status_ == (native_status | code)) return ledger::done();
  return answer.error();
}

Status Ev2Chip::create_application(std::string_view id, std::uint8_t keys) {
  VERBENA_CHECK(id.size() == application_id_bytes);
  if (auto status = select_application(Bytes(application_id_bytes, '\0')); !status) return status;
  const auto created = native(create_one_application,
                              Bytes(id) + byte(owner_rules) + byte(aes_keys | keys), status_ok);
  if (auto status = done_or(already_there, created); !status) return status;
  return select_application(id);
}

Status Ev2Chip::create(std::uint8_t instruction, std::uint8_t file, const FileSettings& settings,
                       const Bytes& rest) {
  return done_or(already_there, run({instruction,
                                     byte(file) + wire_settings(settings) + rest,
                                     {},
                                     Protection::mac,
                                     Protection::mac,
                                     true,
                                     true}));
}

Status Ev2Chip::create_data_file(std::uint8_t file, const FileSettings& settings,
                                 std::size_t bytes) {
  return create(create_standard_file, file, settings,
                little_endian(static_cast<std::uint32_t>(bytes), 3));
}

Status Ev2Chip::create_value_file(std::uint8_t file, const FileSettings& settings,
                                  std::int32_t lower, std::int32_t upper) {
  constexpr std::uint8_t no_limited_credit = 0;
  return create(create_one_value_file, file, settings,
                little_endian(static_cast<std::uint32_t>(lower), 4) +
                    little_endian(static_cast<std::uint32_t>(upper), 4) + little_endian(0, 4) +
                    byte(no_limited_credit));
}

Status Ev2Chip::create_cyclic_file(std::uint8_t file, const FileSettings& settings,
                                   std::size_t record_bytes, std::uint32_t records_max) {
  return create(
      create_one_cyclic_file, file, settings,
      little_endian(static_cast<std::uint32_t>(record_bytes), 3) + little_endian(records_max, 3));
}

Status Ev2Chip::delete_file(std::uint8_t file) {
  return done_or(
      no_file,
      run({delete_one_file, byte(file), {}, Protection::mac, Protection::mac, true, true}));
}

Status Ev2Chip::create_transaction_mac(std::uint8_t file, const FileSettings& settings,
                                       const AesKey& key, std::uint8_t version) {
  auto answer =
      run({create_transaction_mac_file, byte(file) + wire_settings(settings) + byte(key_of_aes),
           ledger::to_bytes(key) + byte(version), Protection::full, Protection::mac, true, true});
  return answer ? ledger::done() : Status(answer.error());
}

}  // namespace verbena::node::nfc
