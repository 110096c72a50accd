// SPDX-License-Identifier: Apache-2.0
// Applications and files of an emulated chip made and deleted, as DESFire EV2 and EV3 let. Each is
// done whole or not at all.
#include "test/card_emulator/smart_card.h"

namespace verbena::test {

using ledger::Bytes;

namespace {

constexpr std::uint8_t ok = 0x00, not_supported = 0x1c, integrity = 0x1e, length_error = 0x7e,
                       denied = 0x9d, wrong_parameter = 0x9e, duplicate = 0xde,
                       file_not_found = 0xf0;
constexpr std::size_t settings_bytes = 4;  // a file's number, and who may do what with it

std::uint32_t number(const Bytes& bytes, std::size_t at, std::size_t size) {
  std::uint32_t out = 0;
  while (size-- > 0) out = out << 8 | static_cast<std::uint8_t>(bytes[at + size]);
  return out;
}

Bytes number(std::size_t value, std::size_t size) {
  Bytes out;
  for (; size > 0; --size, value >>= 8) out += static_cast<char>(value);
  return out;
}

// Of what follows the settings; empty: not a file of this kind.
std::optional<CardFile> file_of(char instruction, const Bytes& rest) {
  CardFile out;
  switch (static_cast<std::uint8_t>(instruction)) {
    case 0xcd:
    case 0xcb:
      if (rest.size() != 3) return std::nullopt;
      if (instruction == '\xcb') out.kind = CardFile::Kind::backup;
      out.data.assign(number(rest, 0, 3), '\0');
      return out;
    case 0xcc:
      if (rest.size() != 13) return std::nullopt;
      out.kind = CardFile::Kind::value;
      out.lower = static_cast<std::int32_t>(number(rest, 0, 4));
      out.upper = static_cast<std::int32_t>(number(rest, 4, 4));
      out.value = static_cast<std::int32_t>(number(rest, 8, 4));
      return out;
    default:
      if (rest.size() != 6) return std::nullopt;
      out.kind = CardFile::Kind::record;
      out.record_bytes = number(rest, 0, 3);
      out.records_max = number(rest, 3, 3) - 1;  // one is kept for what is not committed yet
      return out;
  }
}

}  // namespace

// By anybody, as a chip is delivered. Its keys are of AES, all zero.
std::optional<SmartCard::Reply> SmartCard::create_application(const Bytes& payload) {
  if (selected_ != Selected::chip || !anybody_makes) return fail(denied);
  if (payload.size() != 5) return fail(length_error);
  const auto about_keys = static_cast<std::uint8_t>(payload[4]);  // what they are of, how many
  if ((about_keys & 0xc0) != 0x80) return fail(not_supported);
  const Bytes id = payload.substr(0, 3);
  if (*id_ == id) return fail(duplicate);
  if (!id_->empty()) return fail(not_supported);  // see smart_card.h
  const auto done = field_.atomic();
  if (done.done) {
    id_ = id;
    for (int i = 0; i < (about_keys & 0x0f); ++i) keys[i] = Bytes(16, '\0');
  }
  if (done.torn) return std::nullopt;
  return Reply{ok, {}};
}

std::optional<SmartCard::Reply> SmartCard::create_file(char instruction, const Bytes& payload) {
  if (!id_) return fail(not_supported);
  if (!side_.active() || side_.key_number() != 0) return fail(denied);
  const auto command = side_.receive(instruction, payload, settings_bytes, Wire::maced);
  if (!command) return fail(integrity);
  if (command->size() < settings_bytes) return fail(length_error);
  const int file_number = static_cast<std::uint8_t>((*command)[0]);
  if (file_number > 0x1f) return fail(wrong_parameter);
  if (files.contains(file_number)) return fail(duplicate);
  auto file = file_of(instruction, command->substr(settings_bytes));
  if (!file) return fail(length_error);
  set_rights(*file, command->substr(1, settings_bytes - 1));
  const auto done = field_.atomic();
  if (done.done) files[file_number] = *file;
  if (done.torn) return std::nullopt;
  return Reply{ok, side_.send({}, Wire::maced)};
}

// File, settings and what the key is of as they are; key and its version enciphered.
std::optional<SmartCard::Reply> SmartCard::create_transaction_mac(const Bytes& payload) {
  constexpr std::size_t header = settings_bytes + 1, key_bytes = 16;
  if (!side_.active() || side_.key_number() != 0) return fail(denied);
  const auto command = side_.receive('\xce', payload, header, Wire::enciphered);
  if (!command) return fail(integrity);
  if (command->size() != header + key_bytes + 1) return fail(length_error);
  if ((*command)[0] != transaction_mac_file || (*command)[settings_bytes] != '\x02') {
    return fail(wrong_parameter);
  }
  if (!transaction_key.empty()) return fail(duplicate);
  CardFile file;
  file.kind = CardFile::Kind::transaction_mac;
  set_rights(file, command->substr(1, settings_bytes - 1));
  if (file.write != 15) return fail(wrong_parameter);
  const auto done = field_.atomic();
  if (done.done) set_transaction_mac(file, command->substr(header, key_bytes));
  if (done.torn) return std::nullopt;
  return Reply{ok, side_.send({}, Wire::maced)};
}

std::optional<SmartCard::Reply> SmartCard::delete_file(const Bytes& payload) {
  if (!side_.active() || side_.key_number() != 0) return fail(denied);
  const auto command = side_.receive('\xdf', payload, 1, Wire::maced);
  if (!command || command->size() != 1) return fail(integrity);
  if ((*command)[0] != transaction_mac_file) return fail(id_ ? not_supported : denied);
  if (transaction_key.empty()) return fail(file_not_found);
  const auto done = field_.atomic();
  if (done.done) {
    transaction_key.clear();
    files.erase(transaction_mac_file);
  }
  if (done.torn) return std::nullopt;
  return Reply{ok, side_.send({}, Wire::maced)};
}

// What was said when the file was made.
SmartCard::Reply SmartCard::file_settings(const Bytes& payload) {
  const auto command =
      side_.active() ? side_.receive('\xf5', payload, 1, Wire::maced) : std::optional(payload);
  if (!command || command->size() != 1) return fail(integrity);
  const auto found = files.find((*command)[0]);
  if (found == files.end()) return fail(file_not_found);
  const CardFile& file = found->second;
  const auto two = [](int high, int low) { return static_cast<char>(high << 4 | low); };
  const char wire = file.wire == Wire::enciphered ? '\x03'
                    : file.wire == Wire::maced    ? '\x01'
                                                  : '\0';
  Bytes out{wire, two(file.read_write, file.change), two(file.read, file.write)};
  using Kind = CardFile::Kind;
  switch (file.kind) {
    case Kind::standard: out = '\x00' + out + number(file.data.size(), 3); break;
    case Kind::backup: out = '\x01' + out + number(file.data.size(), 3); break;
    case Kind::value:  // then the limited credit, of which there is none
      out = '\x02' + out + number(static_cast<std::uint32_t>(file.lower), 4) +
            number(static_cast<std::uint32_t>(file.upper), 4) + Bytes(5, '\0');
      break;
    case Kind::record:
      out = '\x04' + out + number(file.record_bytes, 3) + number(file.records_max + 1, 3) +
            number(file.records.size(), 3);
      break;
    case Kind::transaction_mac: out = '\x05' + out + Bytes("\x02\x00", 2); break;  // AES
  }
  return {ok, side_.active() ? side_.send(out, Wire::maced) : out};
}

std::optional<SmartCard::Reply> SmartCard::clear_records(const Bytes& payload) {
  if (!side_.active()) return fail(denied);
  const auto command = side_.receive('\xeb', payload, 1, Wire::maced);
  if (!command || command->size() != 1) return fail(integrity);
  const auto found = files.find((*command)[0]);
  if (found == files.end()) return fail(file_not_found);
  const CardFile& file = found->second;
  if (file.kind != CardFile::Kind::record || !allowed(file.read_write, file.read_write)) {
    return fail(denied);
  }
  pending_.try_emplace(found->first, file).first->second.records.clear();
  changed_ = true;
  return Reply{ok, side_.send({}, Wire::maced)};
}

}  // namespace verbena::test
