// SPDX-License-Identifier: Apache-2.0
#include "test/card_emulator/ntag.h"

#include <algorithm>
#include <utility>

namespace verbena::test {

using ledger::Bytes;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr std::uint8_t nak_argument = 0x0, nak_authentication = 0x4;
constexpr std::size_t page_bytes = 4;

std::uint8_t u8(char byte) {
  return static_cast<std::uint8_t>(byte);
}

Bytes status(std::uint16_t word) {
  Bytes out;
  ledger::put_u16(out, word);
  return out;
}

}  // namespace

Ntag::Ntag(Model model) : model_(model) {
  memory.assign((model == Model::ntag215 ? 135 : 231) * page_bytes, '\0');
  // UID with its check bytes, internal byte, no locks, capability container.
  const Bytes serial = "\x04\x15\x27\x9a\x62\x5c\x80"s;
  const char bcc0 = static_cast<char>(0x88 ^ serial[0] ^ serial[1] ^ serial[2]);
  const char bcc1 = static_cast<char>(serial[3] ^ serial[4] ^ serial[5] ^ serial[6]);
  memory.replace(0, 16,
                 serial.substr(0, 3) + bcc0 + serial.substr(3) + bcc1 + "\x48\0\0"s + "\xe1\x10"s +
                     (model == Model::ntag215 ? '\x3e' : '\x6d') + '\0');
  // As delivered: an empty NDEF message, no protection, password of ones.
  memory.replace(4 * page_bytes, 4, "\x03\x00\xfe\x00"s);
  memory.replace(config_page() * page_bytes, 12, "\x04\0\0\xff\0\x05\0\0\xff\xff\xff\xff"s);
}

Bytes Ntag::uid() const {
  return memory.substr(0, 3) + memory.substr(4, 4);
}

void Ntag::protect(std::uint8_t first_page, bool reads_too, std::string_view password,
                   std::string_view pack, std::uint8_t failures_max) {
  const std::size_t at = config_page() * page_bytes;
  memory[at + 3] = static_cast<char>(first_page);
  memory[at + 4] = static_cast<char>((reads_too ? 0x80 : 0) | failures_max);
  memory.replace(at + 8, 4, password);
  memory.replace(at + 12, 2, pack);
}

void Ntag::power() {
  authenticated_ = counted_ = halted_ = false;
}

// A refused command ends the authenticated state and leaves the chip idle.
Bytes Ntag::nak(std::uint8_t why) {
  authenticated_ = false;
  return Bytes(1, static_cast<char>(why));
}

bool Ntag::guarded(std::size_t number, bool writing) const {
  const std::size_t at = config_page() * page_bytes;
  const bool reads_too = (u8(memory[at + 4]) & 0x80) != 0;
  return number >= u8(memory[at + 3]) && !authenticated_ && (writing || reads_too);
}

// Password and PACK are never shown.
Bytes Ntag::page(std::size_t number) const {
  if (number >= config_page() + 2) return Bytes(page_bytes, '\0');
  return memory.substr(number * page_bytes, page_bytes);
}

std::optional<Bytes> Ntag::command(std::string_view bytes) {
  if (bytes.empty()) return nak(nak_argument);
  switch (u8(bytes[0])) {
    case 0x60:  // GET_VERSION
      if (bytes.size() != 1) return nak(nak_argument);
      return "\x00\x04\x04\x02\x01\x00"s + (model_ == Model::ntag215 ? '\x11' : '\x13') + '\x03';
    case 0x30:  // READ
    case 0x3a:  // FAST_READ
      return read(bytes);
    case 0xa2:  // WRITE
      return write(bytes);
    case 0x1b:  // PWD_AUTH
      return authenticate(bytes);
    case 0x39: {  // READ_CNT
      const bool counts = (u8(memory[(config_page() + 1) * page_bytes]) & 0x10) != 0;
      if (bytes != "\x39\x02"sv || !counts) return nak(nak_argument);
      return Bytes{static_cast<char>(counter), static_cast<char>(counter >> 8),
                   static_cast<char>(counter >> 16)};
    }
    case 0x3c:  // READ_SIG: the emulator has no signature of the maker's
      return bytes == "\x3c\x00"sv ? Bytes(32, '\0') : nak(nak_argument);
    default: return nak(nak_argument);
  }
}

void Ntag::count_read() {
  const bool counts = (u8(memory[(config_page() + 1) * page_bytes]) & 0x10) != 0;
  if (!counts || std::exchange(counted_, true)) return;
  counter = std::min<std::uint32_t>(counter + 1, 0xffffff);
}

std::optional<Bytes> Ntag::read(std::string_view bytes) {
  const bool fast = u8(bytes[0]) == 0x3a;
  if (bytes.size() != (fast ? 3u : 2u)) return nak(nak_argument);
  const std::size_t first = u8(bytes[1]);
  const std::size_t last = fast ? u8(bytes[2]) : first + 3;
  if (first >= pages() || (fast && (last < first || last >= pages())) || guarded(first, false)) {
    return nak(nak_argument);
  }
  count_read();
  Bytes out;
  // READ rolls over to the first page, FAST_READ does not; either stops short of guarded pages.
  for (std::size_t number = first; number <= last; ++number) {
    const std::size_t at = number % pages();
    if (guarded(at, false)) {
      if (fast) return nak(nak_argument);
      out += page(number % (u8(memory[config_page() * page_bytes + 3])));
    } else {
      out += page(at);
    }
  }
  return out;
}

std::optional<Bytes> Ntag::write(std::string_view bytes) {
  if (bytes.size() != 6) return nak(nak_argument);
  const std::size_t number = u8(bytes[1]);
  if (number < 2 || number >= pages() || guarded(number, true)) return nak(nak_argument);
  Bytes value(bytes.substr(2));
  char* const at = memory.data() + number * page_bytes;
  if (number == 2) {  // serial number and internal byte stay; lock bits are only ever set
    value[0] = at[0];
    value[1] = at[1];
  }
  if (number == 2 || number == 3) {
    for (std::size_t i = 0; i < page_bytes; ++i) value[i] = static_cast<char>(value[i] | at[i]);
  } else if (number < 16 && (memory[10 + number / 8] >> (number % 8) & 1) != 0) {
    return nak(nak_argument);
  }
  if (!field.program(at, value)) return std::nullopt;
  return Bytes(1, '\x0a');
}

Bytes Ntag::authenticate(std::string_view bytes) {
  const std::size_t at = config_page() * page_bytes;
  const auto failures_max = static_cast<std::uint8_t>(u8(memory[at + 4]) & 7);
  if (bytes.size() != 5) return nak(nak_argument);
  if (failures_max != 0 && failures_ >= failures_max) return nak(nak_authentication);
  if (bytes.substr(1) != std::string_view(memory).substr(at + 8, 4)) {
    ++failures_;
    return nak(nak_argument);
  }
  failures_ = 0;
  authenticated_ = true;
  return memory.substr(at + 12, 2);
}

// Storage card, ISO 14443 A part 3, Ultralight family; the last byte is the sum of the others.
Bytes NtagCard::atr() const {
  Bytes out = "\x3b\x8f\x80\x01\x80\x4f\x0c\xa0\x00\x00\x03\x06\x03\x00\x03\x00\x00\x00\x00"s;
  char check = 0;
  for (std::size_t i = 1; i < out.size(); ++i) check = static_cast<char>(check ^ out[i]);
  return out + check;
}

void NtagCard::power(bool) {
  chip.power();
}

std::optional<Bytes> NtagCard::apdu(std::string_view command) {
  if (!field().begin_command()) return std::nullopt;
  auto out = firmware(command);
  if (!field().end_command()) return std::nullopt;
  return out;
}

std::optional<Bytes> NtagCard::firmware(std::string_view command) {
  if (command.size() < 4 || u8(command[0]) != 0xff) return status(0x6e00);
  const auto tail = command.substr(4);
  const auto data = tail.empty() ? tail : tail.substr(1, u8(tail[0]));
  switch (u8(command[1])) {
    case 0xca: return chip.uid() + status(0x9000);
    case 0xb0: {  // READ BINARY
      const std::size_t wanted = tail.empty() || tail[0] == 0 ? 16 : u8(tail[0]);
      if (command[2] != 0 || wanted > 16) return status(0x6a82);
      auto block = chip.command({"\x30"s + command[3]});
      if (!block) return std::nullopt;
      return block->size() == 16 ? block->substr(0, wanted) + status(0x9000) : status(0x6300);
    }
    case 0xd6: {  // UPDATE BINARY
      if (command[2] != 0 || data.size() != 4) return status(0x6700);
      auto done = chip.command("\xa2"s + command[3] + Bytes(data));
      if (!done) return std::nullopt;
      return status(*done == "\x0a" ? 0x9000 : 0x6300);
    }
    case 0xc2:
      if (reader_ == Reader::transparent && command.substr(2, 2) == "\x00\x01"sv) {
        return transparent(data);
      }
      break;
    case 0x00:
      if (reader_ == Reader::pn53x && command.substr(2, 2) == "\0\0"sv) return through_pn53x(data);
      break;
  }
  return status(0x6d00);
}

// PC/SC part 3, transparent exchange: data object 95 goes to the chip, 97 comes back.
std::optional<Bytes> NtagCard::transparent(std::string_view data) {
  if (data.size() < 2 || u8(data[0]) != 0x95 || data.size() != 2u + u8(data[1])) {
    return status(0x6a80);
  }
  auto answer = chip.command(data.substr(2));
  if (!answer) return std::nullopt;
  if (answer->size() == 1 && (*answer)[0] != '\x0a') {
    return "\xc0\x03\x00\x64\x01"s + status(0x9000);  // the tag did not answer as it should
  }
  return "\xc0\x03\x00\x90\x00\x92\x01\x00\x96\x02\x00\x00\x97"s +
         static_cast<char>(answer->size()) + *answer + status(0x9000);
}

std::optional<Bytes> NtagCard::through_pn53x(std::string_view data) {
  if (!data.starts_with("\xd4\x42"sv)) return status(0x6300);
  auto answer = chip.command(data.substr(2));
  if (!answer) return std::nullopt;
  const bool refused = answer->size() == 1 && (*answer)[0] != '\x0a';
  return "\xd5\x43"s + (refused ? '\x02' : '\0') + (refused ? Bytes() : *answer) + status(0x9000);
}

}  // namespace verbena::test
