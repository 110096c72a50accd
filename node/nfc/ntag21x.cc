// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/ntag21x.h"

#include <algorithm>

#include "ledger/core/crypto.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::size_t block_pages = 4;      // of one READ
constexpr std::size_t fast_pages_max = 15;  // of one FAST_READ; readers' frames hold 64 bytes
constexpr std::uint8_t capability_page = 3;
constexpr std::uint8_t capability_magic = 0xe1;  // NFC Forum type 2 tag

constexpr char get_version[] = "\x60";
constexpr char password_authentication = 0x1b;
constexpr char fast_read = 0x3a;
constexpr std::string_view read_count("\x39\x02", 2);

struct Model {
  NtagModel model;
  const char* name;
  std::uint8_t storage;     // byte 6 of GET_VERSION
  std::uint8_t capability;  // byte 2 of the capability container
  std::size_t user_bytes;
};
constexpr Model models[] = {{NtagModel::ntag213, "NTAG213", 0x0f, 0x12, 144},
                            {NtagModel::ntag215, "NTAG215", 0x11, 0x3e, 504},
                            {NtagModel::ntag216, "NTAG216", 0x13, 0x6d, 888}};

const Model& facts(NtagModel model) {
  return *std::find_if(std::begin(models), std::end(models),
                       [&](const Model& one) { return one.model == model; });
}

Error no_ntag() {
  return Error{Errc::bad_input, "the tag is no NTAG213, 215 or 216"};
}

// The value of the first data object with this tag of one byte.
std::optional<std::string_view> find_object(std::string_view objects, char wanted) {
  while (objects.size() >= 2) {
    const char tag = objects[0];
    const auto length = static_cast<std::uint8_t>(objects[1]);
    if (length > 0x7f || objects.size() < 2u + length) return std::nullopt;
    if (tag == wanted) return objects.substr(2, length);
    objects.remove_prefix(2u + length);
  }
  return std::nullopt;
}

}  // namespace

const char* ntag_name(NtagModel model) {
  return facts(model).name;
}

std::size_t Ntag21x::user_bytes() const {
  return facts(model_).user_bytes;
}

Result<Ntag21x> Ntag21x::open(Transceiver& channel) {
  Ntag21x chip(channel);
  if (auto status = chip.identify(); !status) return status.error();
  return chip;
}

Status Ntag21x::identify() {
  for (const Way way : {Way::transparent, Way::pn53x}) {
    auto version = native(way, get_version);
    if (!version && version.error().code == Errc::unreachable) return version.error();
    if (!version) continue;
    // Vendor NXP, type NTAG, major version 1.
    if (version->size() != 8 || !version->starts_with(std::string_view("\x00\x04\x04", 3)) ||
        (*version)[4] != 1) {
      return no_ntag();
    }
    for (const auto& one : models) {
      if (one.storage != static_cast<std::uint8_t>((*version)[6])) continue;
      way_ = way;
      model_ = one.model;
      return ledger::done();
    }
    return no_ntag();
  }
  auto head = read_block(capability_page);
  if (!head) return head.error().code == Errc::unreachable ? head.error() : no_ntag();
  for (const auto& one : models) {
    if (static_cast<std::uint8_t>((*head)[0]) == capability_magic &&
        static_cast<std::uint8_t>((*head)[2]) == one.capability) {
      model_ = one.model;
      return ledger::done();
    }
  }
  return no_ntag();
}

// The answer of the chip to one of its own commands, without its checksum. refused: the reader or
// the chip says no, and which of them cannot always be told.
Result<Bytes> Ntag21x::native(Way way, std::string_view command) {
  const Error no{Errc::refused, "the tag or its reader refuses a command"};
  if (way == Way::none) return no;
  Bytes data;
  if (way == Way::transparent) {
    ledger::put_u8(data, 0x95);  // transmit and receive
    ledger::put_u8(data, static_cast<std::uint8_t>(command.size()));
    data += command;
    auto answer = transmit(*channel_, make_apdu(0xff, 0xc2, 0x00, 0x01, data, 0x00));
    if (!answer) return answer.error();
    if (answer->status != status_done) return no;
    // C0: error status of the exchange; its last two bytes are a status word.
    const auto error = find_object(answer->data, '\xc0');
    if (error && (error->size() != 3 || ledger::get_be(error->substr(1)) != status_done)) return no;
    const auto received = find_object(answer->data, '\x97');
    if (!received) return no;
    return Bytes(*received);
  }
  data.assign("\xd4\x42", 2);
  data += command;
  auto answer = transmit(*channel_, make_apdu(0xff, 0x00, 0x00, 0x00, data, std::nullopt));
  if (!answer) return answer.error();
  if (answer->status != status_done ||
      !answer->data.starts_with(std::string_view("\xd5\x43\x00", 3))) {
    return no;
  }
  return answer->data.substr(3);
}

Result<Bytes> Ntag21x::uid() {
  auto answer = transmit(*channel_, make_apdu(0xff, 0xca, 0x00, 0x00, {}, 0x00));
  if (!answer) return answer.error();
  if (answer->status != status_done || answer->data.size() != 7) return no_ntag();
  return std::move(answer->data);
}

Result<Bytes> Ntag21x::read_block(std::uint8_t page) {
  auto answer = transmit(*channel_, make_apdu(0xff, 0xb0, 0x00, page, {},
                                              static_cast<std::uint8_t>(block_pages * page_bytes)));
  if (!answer) return answer.error();
  if (answer->status != status_done || answer->data.size() != block_pages * page_bytes) {
    return Error{Errc::refused, "page " + std::to_string(page) +
                                    " of the tag cannot be read: " + status_text(answer->status)};
  }
  return std::move(answer->data);
}

Result<Bytes> Ntag21x::read(std::uint8_t first, std::size_t pages) {
  VERBENA_CHECK(first + pages <= 256);
  Bytes out;
  while (out.size() < pages * page_bytes) {
    const auto page = static_cast<std::uint8_t>(first + out.size() / page_bytes);
    const std::size_t left = pages - out.size() / page_bytes;
    if (!passes_through()) {
      auto block = read_block(page);
      if (!block) return block.error();
      out += block->substr(0, std::min(left, block_pages) * page_bytes);
      continue;
    }
    const std::size_t now = std::min(left, fast_pages_max);
    const char command[] = {fast_read, static_cast<char>(page), static_cast<char>(page + now - 1)};
    auto block = native(way_, {command, sizeof command});
    if (!block && block.error().code == Errc::unreachable) return block.error();
    if (!block || block->size() != now * page_bytes) {
      return Error{Errc::refused, "page " + std::to_string(page) + " of the tag cannot be read"};
    }
    out += *block;
  }
  return out;
}

Status Ntag21x::write(std::uint8_t first, std::string_view bytes) {
  VERBENA_CHECK(bytes.size() % page_bytes == 0 && first + bytes.size() / page_bytes <= 256);
  for (std::size_t at = 0; at < bytes.size(); at += page_bytes) {
    const auto page = static_cast<std::uint8_t>(first + at / page_bytes);
    const std::string where = "page " + std::to_string(page) + " of the tag";
    auto answer = transmit(
        *channel_, make_apdu(0xff, 0xd6, 0x00, page, bytes.substr(at, page_bytes), std::nullopt));
    if (!answer) return Error{Errc::in_doubt, where + ": " + answer.error().text};
    if (answer->status != status_done) {
      return Error{Errc::in_doubt, where + " was not written: " + status_text(answer->status)};
    }
  }
  return ledger::done();
}

Status Ntag21x::authenticate(std::string_view password, std::string_view pack) {
  VERBENA_CHECK(password.size() == 4 && pack.size() == 2);
  auto answer = native(way_, password_authentication + Bytes(password));
  if (!answer && answer.error().code == Errc::unreachable) return answer.error();
  if (!answer || !ledger::same_secret(*answer, pack)) {
    return Error{Errc::refused, "the tag does not take this festival's password"};
  }
  return ledger::done();
}

Result<std::uint32_t> Ntag21x::read_counter() {
  auto answer = native(way_, read_count);
  if (!answer) return answer.error();
  if (answer->size() != 3) return Error{Errc::refused, "the tag does not count its reads"};
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<std::uint8_t>((*answer)[i]));
  };
  return byte(0) | byte(1) << 8 | byte(2) << 16;  // least significant first
}

}  // namespace verbena::node::nfc
