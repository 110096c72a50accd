// SPDX-License-Identifier: Apache-2.0
#include "test/card_emulator/smart_card.h"

#include <utility>

namespace verbena::test {

using ledger::Bytes;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr std::uint8_t ok = 0x00, no_changes = 0x0c, not_supported = 0x1c, integrity = 0x1e,
                       no_such_key = 0x40, length_error = 0x7e, parameter_error = 0x9e,
                       denied = 0x9d, authentication_error = 0xae, more = 0xaf, boundary = 0xbe,
                       file_not_found = 0xf0;

std::size_t number(const Bytes& bytes, std::size_t at, std::size_t size) {
  std::size_t out = 0;
  while (size-- > 0) out = out << 8 | static_cast<std::uint8_t>(bytes[at + size]);
  return out;
}

Bytes number(std::uint32_t value) {
  return {static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16),
          static_cast<char>(value >> 24)};
}

void flip_last(Bytes& bytes) {
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
}

// EV1 has other instructions for what is read and written in pieces; EV2 knows both.
std::uint8_t newer(std::uint8_t code) {
  switch (code) {
    case 0xbd: return 0xad;  // ReadData
    case 0x3d: return 0x8d;  // WriteData
    case 0xbb: return 0xab;  // ReadRecords
    case 0x3b: return 0x8b;  // WriteRecord
    default: return code;
  }
}

Bytes whole_blocks(Bytes bytes) {
  while (bytes.size() % 16 != 0) bytes += '\0';
  return bytes;
}

}  // namespace

SmartCard SmartCard::ntag424(ledger::Random& random) {
  SmartCard card(random);
  card.name_ = "\xd2\x76\x00\x00\x85\x01\x01"s;
  for (int i = 0; i < 5; ++i) card.keys[i] = Bytes(16, '\0');
  card.type_ = '\x04';
  card.version_ = '\x30';
  card.writes_whole_ = true;
  Bytes capabilities =
      "\x00\x17\x20\x01\x00\x00\xff\x04\x06\xe1\x04\x01\x00\x00\x00\x05"
      "\x06\xe1\x05\x00\x80\x82\x83"s;
  capabilities.resize(32, '\0');
  card.files[1] = {CardFile::Kind::standard, Wire::plain, 14, 0, 0, 0, capabilities};
  card.files[2] = {CardFile::Kind::standard, Wire::plain, 14, 14, 14, 0, Bytes(256, '\0')};
  card.files[3] = {CardFile::Kind::standard, Wire::enciphered, 2, 3, 3, 0, Bytes(128, '\0')};
  return card;
}

SmartCard SmartCard::desfire(ledger::Random& random) {
  SmartCard card(random);
  card.name_ = "\xa0\x00\x00\x03\x96\x56\x43\x41\x03\xf0\x15\x40\x00\x00\x00\x0b"s;
  for (int i = 0; i < 5; ++i) card.keys[i] = Bytes(16, '\0');
  card.type_ = '\x08';
  card.version_ = '\x30';
  card.files[0] = {CardFile::Kind::standard, Wire::enciphered, 1, 2, 2, 0, Bytes(256, '\0')};
  card.files[1] = {CardFile::Kind::record, Wire::enciphered, 1, 2, 2};
  card.files[3] = {CardFile::Kind::value, Wire::enciphered, 2, 15, 3};
  card.files[4] = {CardFile::Kind::backup, Wire::maced, 1, 2, 2, 0, Bytes(256, '\0')};
  card.set_transaction_mac({CardFile::Kind::transaction_mac, Wire::plain, 14, 15, 14},
                           Bytes(16, '\x77'));
  return card;
}

SmartCard SmartCard::desfire_light(ledger::Random& random) {
  SmartCard card = desfire(random);
  for (auto& [number, file] : card.files) {
    file.wire = Wire::enciphered;
    file.read = 1;
    file.write = 2;
    file.read_write = 3;
  }
  card.files[4].kind = CardFile::Kind::standard;
  card.files[0x1f] = {CardFile::Kind::standard, Wire::enciphered, 1, 2, 3, 0, Bytes(32, '\0')};
  card.set_transaction_mac({CardFile::Kind::transaction_mac, Wire::plain, 1, 15, 1},
                           Bytes(16, '\0'));
  return card;
}

SmartCard SmartCard::desfire_ev3(ledger::Random& random) {
  SmartCard card(random);
  card.type_ = '\x01';
  card.version_ = '\x33';
  card.id_ = Bytes();
  return card;
}

SmartCard SmartCard::desfire_ev1(ledger::Random& random) {
  SmartCard card = desfire_ev3(random);
  card.version_ = '\x01';
  return card;
}

Bytes SmartCard::atr() const {
  return "\x3b\x81\x80\x01\x80\x80"s;
}

void SmartCard::power(bool) {
  version_frames_ = 0;
  forget();
  selected_ = id_ ? Selected::chip : Selected::nothing;
}

void SmartCard::forget() {
  side_.forget();
  pending_.clear();
  mac_input_.clear();
  reader_.clear();
  changed_ = false;
}

SmartCard::Reply SmartCard::fail(std::uint8_t status) {
  forget();
  return {status, {}};
}

Bytes SmartCard::random16() {
  Bytes out(16, '\0');
  random_->fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return out;
}

std::optional<Bytes> SmartCard::apdu(std::string_view command) {
  if (!field_.begin_command()) return std::nullopt;
  std::optional<Bytes> out = "\x6e\x00"s;
  const int told = std::exchange(version_frames_, 0);
  if (command.size() >= 5) {
    const Bytes payload(
        command.substr(5, command.size() == 5 ? 0 : static_cast<std::uint8_t>(command[4])));
    if (command.starts_with("\xff\xca"sv)) {
      out = uid + "\x90\x00"s;
    } else if (command.starts_with("\x00\xa4\x04"sv)) {
      forget();
      const bool found = !name_.empty() && payload == name_;
      selected_ = found ? Selected::application : Selected::nothing;
      out = found ? "\x90\x00"s : "\x6a\x82"s;
    } else if (command.starts_with("\x90\x60"sv) ||
               (command.starts_with("\x90\xaf"sv) && told > 0)) {
      const auto reply = version(command[1] == '\x60' ? 0 : told);
      out = reply.data + '\x91' + static_cast<char>(reply.status);
    } else if (command.starts_with("\x90\x5a"sv) && id_) {  // SelectApplication
      forget();
      const bool chip = payload == Bytes(3, '\0');
      const bool found = chip || (!id_->empty() && payload == *id_);
      if (found) selected_ = chip ? Selected::chip : Selected::application;
      out = found ? "\x91\x00"s : "\x91\xa0"s;
    } else if (command.starts_with("\x90\xca"sv) && id_) {
      const auto reply = create_application(payload);
      if (!reply) return std::nullopt;
      out = reply->data + '\x91' + static_cast<char>(reply->status);
    } else if (command[0] == '\x90' && selected_ == Selected::application) {
      const auto reply = native(command[1], payload);
      if (!reply) return std::nullopt;
      out = reply->data + '\x91' + static_cast<char>(reply->status);
    }
  }
  if (!field_.end_command()) return std::nullopt;
  return out;
}

// GetVersion in three parts: hardware, software, and the chip's numbers.
SmartCard::Reply SmartCard::version(int told) {
  if (told < 2) {
    version_frames_ = told + 1;
    return {more,
            Bytes("\x04") + type_ + (told == 0 ? '\x02' : '\x01') + version_ + "\x00\x11\x05"s};
  }
  return {ok, uid + "\x00\x00\x00\x00\x00\x47\x26"s};  // a batch, week and year
}

std::optional<SmartCard::Reply> SmartCard::native(char instruction, const Bytes& payload) {
  const auto code = static_cast<std::uint8_t>(instruction);
  const bool ev2 = code == 0x71;         // AuthenticateEV2First
  const bool ev1 = code == 0xaa && id_;  // AuthenticateAES
  if (ev2 || ev1) {
    forget();
    if (payload.size() < (ev2 ? 2 : 1)) return fail(length_error);
    const auto key = keys.find(payload[0]);
    if (key == keys.end()) return fail(no_such_key);
    const Bytes random = random16();
    return Reply{more, ev2 ? side_.challenge<Ev2Side>(key->first, key->second, random)
                           : side_.challenge<Ev1Side>(key->first, key->second, random)};
  }
  if (side_.waiting()) {
    if (code != 0xaf) return fail(authentication_error);
    auto proof = side_.accept(payload, random16().substr(0, 4));
    if (!proof) return fail(authentication_error);
    if (flips_proofs) flip_last(*proof);
    return Reply{ok, *proof};
  }
  std::optional<Reply> reply;
  switch (code) {
    case 0xc7: reply = commit(payload); break;
    case 0xc8: reply = commit_reader(payload); break;
    case 0xc4: reply = change_key(payload); break;
    case 0x5f: reply = change_settings(payload); break;
    case 0xf5: reply = file_settings(payload); break;
    case 0xcd:
    case 0xcb:
    case 0xcc:
    case 0xc0: reply = create_file(instruction, payload); break;
    case 0xce: reply = create_transaction_mac(payload); break;
    case 0xdf: reply = delete_file(payload); break;
    case 0xeb: reply = clear_records(payload); break;
    case 0xa7: {
      if (!side_.active()) return fail(denied);
      if (!side_.receive(instruction, payload, 0, Wire::maced)) return fail(integrity);
      pending_.clear();
      mac_input_.clear();
      reader_.clear();
      changed_ = false;
      reply = Reply{ok, side_.send({}, Wire::maced)};
      break;
    }
    default: reply = on_file(instruction, payload);
  }
  if (reply && flips_macs && side_.active() && !reply->data.empty()) {
    flip_last(reply->data);
  }
  return reply;
}

std::optional<SmartCard::Reply> SmartCard::change_key(const Bytes& payload) {
  if (!side_.active() || side_.key_number() != 0) return fail(denied);
  const auto command = side_.receive('\xc4', payload, 1, Wire::enciphered);
  if (!command) return fail(integrity);
  const auto found = keys.find((*command)[0]);
  if (found == keys.end()) return fail(no_such_key);
  const bool own = found->first == 0;
  if (command->size() != (own ? 18u : 22u)) return fail(length_error);
  Bytes key = command->substr(1, 16);
  if (!own) {
    for (std::size_t i = 0; i < 16; ++i) key[i] = static_cast<char>(key[i] ^ found->second[i]);
    if (chip_check(key) != command->substr(18)) return fail(integrity);
  }
  const auto done = field_.atomic();
  if (done.done) {
    found->second = key;
    key_versions[found->first] = static_cast<std::uint8_t>((*command)[17]);
  }
  if (done.torn) return std::nullopt;
  if (!own) return Reply{ok, side_.send({}, Wire::maced)};
  forget();  // the session was of a key that is no more
  return Reply{ok, {}};
}

void set_rights(CardFile& file, const Bytes& settings) {
  const auto nibble = [&](std::size_t at, int shift) {
    return static_cast<std::uint8_t>(settings[at]) >> shift & 0xf;
  };
  const int mode = nibble(0, 0) & 3;
  file.wire = mode == 3 ? Wire::enciphered : mode == 1 ? Wire::maced : Wire::plain;
  file.read_write = nibble(1, 4);
  file.change = nibble(1, 0);
  file.read = nibble(2, 4);
  file.write = nibble(2, 0);
}

std::optional<SmartCard::Reply> SmartCard::change_settings(const Bytes& payload) {
  if (!side_.active() || payload.empty()) return fail(denied);
  const auto found = files.find(payload[0]);
  if (found == files.end()) return fail(file_not_found);
  if (found->second.change != 14 && found->second.change != side_.key_number()) return fail(denied);
  const auto command = side_.receive('\x5f', payload, 1, Wire::enciphered);
  if (!command) return fail(integrity);
  // With messages: options, rights, and places of counter, MAC input and MAC.
  const bool has_message = (static_cast<std::uint8_t>((*command)[1]) & 0x40) != 0;
  if (command->size() != (has_message ? 16u : 4u)) return fail(length_error);
  if (has_message && (*command)[4] != '\x41') return fail(parameter_error);
  const int message_key = has_message ? static_cast<std::uint8_t>((*command)[6]) & 0xf : 15;
  const auto done = field_.atomic();
  if (done.done) {
    CardFile& file = found->second;
    set_rights(file, command->substr(1, 3));
    file.message.reset();
    if (message_key != 15) {
      file.message = CardFile::Message{message_key, number(*command, 10, 3),
                                       number(*command, 13, 3), number(*command, 7, 3)};
    }
    file.reads = 0;
  }
  if (done.torn) return std::nullopt;
  return Reply{ok, side_.send({}, Wire::maced)};
}

bool SmartCard::allowed(int which, int other) const {
  const int mine = side_.active() ? side_.key_number() : -1;
  return which == 14 || other == 14 || (mine >= 0 && (mine == which || mine == other));
}

std::optional<SmartCard::Reply> SmartCard::on_file(char instruction, const Bytes& payload) {
  const std::uint8_t code = newer(static_cast<std::uint8_t>(instruction));
  const bool on_range = code == 0xad || code == 0x8d || code == 0x8b || code == 0xab;
  const bool on_value = code == 0x6c || code == 0x0c || code == 0xdc;
  if (!on_range && !on_value) return fail(not_supported);
  const std::size_t header = on_range ? 7 : 1;
  if (payload.size() < header) return fail(length_error);
  const auto found = files.find(payload[0]);
  if (found == files.end()) return fail(file_not_found);
  // Reads see what is committed, changes go on from what is pending.
  CardFile& file = found->second;
  const Wire wire = side_.active() ? file.wire : Wire::plain;
  const auto command = side_.active() ? side_.receive(instruction, payload, header, wire)
                                      : std::optional<Bytes>(payload);
  if (!command) return fail(integrity);
  const Bytes data = command->substr(header);
  const bool reads = code == 0xad || code == 0xab || code == 0x6c;
  // A value is read and debited by whoever may read or write, and credited under the third right.
  const bool may = code == 0x6c || code == 0xdc
                       ? allowed(file.read, file.read_write) || allowed(file.write, file.read_write)
                   : code == 0x0c ? allowed(file.read_write, file.read_write)
                   : file.kind == CardFile::Kind::transaction_mac
                       ? allowed(file.read, file.read)  // its third right is about readers
                   : reads ? allowed(file.read, file.read_write)
                           : allowed(file.write, file.read_write);
  const bool speaks = code == 0xad && !side_.active() && file.message.has_value();
  if (!may && !speaks) return fail(denied);
  const std::size_t offset = on_range ? number(*command, 1, 3) : 0;
  const std::size_t length = on_range ? number(*command, 4, 3) : 0;
  CardFile& next = pending_.try_emplace(found->first, file).first->second;
  Bytes out;
  using Kind = CardFile::Kind;
  const bool is_data = file.kind == Kind::standard || file.kind == Kind::backup ||
                       (reads && file.kind == Kind::transaction_mac);
  if ((code == 0xad || code == 0x8d) ? !is_data
      : on_value                     ? file.kind != Kind::value
                                     : file.kind != Kind::record) {
    return fail(denied);
  }
  switch (code) {
    case 0xad:
      if (offset + length > file.data.size() || length == 0) return fail(boundary);
      out = (speaks ? message_of(file) : file.data).substr(offset, length);
      break;
    case 0x8d: {
      if (length != data.size() || length == 0 || length > 128) return fail(length_error);
      if (offset + length > file.data.size()) return fail(boundary);
      if (file.kind == Kind::backup) {
        next.data.replace(offset, length, data);
        break;
      }
      if (!writes_whole_) {
        if (!field_.program(file.data.data() + offset, data)) return std::nullopt;
        break;
      }
      const auto done = field_.atomic();
      if (done.done) file.data.replace(offset, length, data);
      if (done.torn) return std::nullopt;
      break;
    }
    case 0x6c: out = number(static_cast<std::uint32_t>(file.value)); break;
    case 0x0c:
    case 0xdc: {
      if (data.size() != 4) return fail(length_error);
      const auto amount = static_cast<std::int64_t>(number(data, 0, 4));
      const std::int64_t value = next.value + (code == 0x0c ? amount : -amount);
      if (amount > 0x7fffffff || value < file.lower || value > file.upper) return fail(boundary);
      next.value = static_cast<std::int32_t>(value);
      break;
    }
    case 0x8b:
      if (length != data.size() || offset + length > file.record_bytes) return fail(boundary);
      if (next.records.size() == file.records.size()) {
        next.records.push_back(Bytes(file.record_bytes, '\0'));
      }
      next.records.back().replace(offset, length, data);
      break;
    case 0xab:
      // None are asked for: all that there are.
      if (file.records.empty() || length > file.records.size()) return fail(boundary);
      for (std::size_t i = length == 0 ? 0 : file.records.size() - length; i < file.records.size();
           ++i) {
        out += file.records[i];
      }
      break;
  }
  if (!reads && file.kind != Kind::standard) changed_ = true;
  // An amount lies in one block with its command.
  mac_input_ +=
      code == 0x0c || code == 0xdc
          ? whole_blocks(instruction + *command)
          : whole_blocks(instruction + command->substr(0, header)) + whole_blocks(data + out);
  if (!side_.active()) return Reply{ok, out};
  return Reply{ok, side_.send(out, out.empty() && wire != Wire::plain ? Wire::maced : wire)};
}

// The file as it is given out: what is read, then the MAC over it, in capital hex digits.
Bytes SmartCard::message_of(CardFile& file) {
  const auto digits = [](const Bytes& bytes) {
    Bytes out;
    for (const char byte : bytes) {
      out += "0123456789ABCDEF"[static_cast<std::uint8_t>(byte) >> 4];
      out += "0123456789ABCDEF"[static_cast<std::uint8_t>(byte) & 15];
    }
    return out;
  };
  const CardFile::Message& message = *file.message;
  const Bytes reads = number(++file.reads).substr(0, 3);
  Bytes out = file.data;
  out.replace(message.reads_at, 6, digits(Bytes(reads.rbegin(), reads.rend())));
  // Of serial number and counter those take part that are given out.
  const Bytes session =
      nettle_cmac(keys.at(message.key), "\x3c\xc3\x00\x01\x00\x80"s + reads + Bytes(7, '\0'));
  const Bytes mac = nettle_cmac(session, out.substr(message.from, message.mac_at - message.from));
  out.replace(message.mac_at, 16, digits(every_second(mac)));
  return out;
}

void SmartCard::set_transaction_mac(CardFile file, Bytes key) {
  file.data = Bytes(12, '\0');
  files[transaction_mac_file] = std::move(file);
  transaction_key = std::move(key);
  transactions = 0;
  last_reader = Bytes(16, '\0');
}

Bytes SmartCard::transaction_vector(char label) const {
  return label + "\x00\x01\x00\x80"s + number(transactions + 1) + uid;
}

SmartCard::Reply SmartCard::commit_reader(const Bytes& payload) {
  if (!side_.active() || transaction_key.empty()) return fail(denied);
  const int whose = files.at(transaction_mac_file).read_write;
  if (whose != 14 && whose != side_.key_number()) return fail(denied);
  const auto command = side_.receive('\xc8', payload, 16, Wire::maced);
  if (!command || command->size() != 16) return fail(integrity);
  reader_ = *command;
  const Bytes key = nettle_cmac(transaction_key, transaction_vector('\xa5'));
  const Bytes last = nettle_cbc(key, Bytes(16, '\0'), last_reader, true);
  mac_input_ += whole_blocks('\xc8' + reader_ + last);
  return {ok, side_.send(last, Wire::enciphered, false)};
}

std::optional<SmartCard::Reply> SmartCard::commit(const Bytes& payload) {
  if (!side_.active()) return fail(denied);
  const std::size_t header = payload.size() > 8 ? 1 : 0;
  const auto command = side_.receive('\xc7', payload, header, Wire::maced);
  if (!command) return fail(integrity);
  if (!changed_) return fail(no_changes);
  const bool needs_reader =
      !transaction_key.empty() && files.at(transaction_mac_file).read_write != 15;
  if (needs_reader && reader_.empty()) return fail(denied);
  const bool tells = *command == "\x01";
  if (tells && transaction_key.empty()) return fail(boundary);
  const Bytes key = nettle_cmac(transaction_key.empty() ? Bytes(16, '\0') : transaction_key,
                                transaction_vector('\x5a'));
  const auto done = field_.atomic();
  Bytes proof;
  if (done.done) {
    for (auto& [number_of, file] : pending_) {
      while (file.records.size() > file.records_max) file.records.erase(file.records.begin());
      CardFile& kept = files.at(number_of);
      if (kept.kind != CardFile::Kind::standard) kept = file;
    }
    if (!reader_.empty()) last_reader = reader_;
    if (!transaction_key.empty()) ++transactions;
    proof = number(transactions) + every_second(nettle_cmac(key, mac_input_));
    if (!transaction_key.empty()) files.at(transaction_mac_file).data = proof;
  }
  if (done.torn) return std::nullopt;
  pending_.clear();
  mac_input_.clear();
  reader_.clear();
  changed_ = false;
  return Reply{ok, side_.send(tells ? proof : Bytes(), Wire::maced)};
}

}  // namespace verbena::test
