// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/chip_mark.h"

#include "ledger/core/crypto.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Refusal;
using ledger::Status;

namespace {

constexpr std::string_view magic = "VBAND003";
constexpr std::size_t state_at = magic.size(), festival_at = state_at + 1,
                      purse_at = festival_at + sizeof(std::uint64_t);
constexpr std::size_t check_bytes = 4, check_at = chip_mark_bytes - check_bytes;
static_assert(purse_at + sizeof(std::uint64_t) <= check_at);

Bytes checksum(std::string_view bytes) {
  return ledger::to_bytes(ledger::sha256({bytes})).substr(0, check_bytes);
}

}  // namespace

Bytes encode_mark(const ChipMark& mark) {
  Bytes out(magic);
  ledger::put_u8(out, static_cast<std::uint8_t>(mark.state));
  ledger::put_u64(out, mark.festival);
  ledger::put_u64(out, mark.purse);
  out.resize(check_at, '\0');
  return out + checksum(out);
}

ChipMark parse_mark(std::string_view bytes) {
  if (bytes.size() != chip_mark_bytes || !bytes.starts_with(magic) ||
      bytes.substr(check_at) != checksum(bytes.substr(0, check_at))) {
    return {};
  }
  const auto number = [&](std::size_t at) {
    return ledger::get_be(bytes.substr(at, sizeof(std::uint64_t)));
  };
  const bool made = bytes[state_at] == static_cast<char>(ChipMark::State::made);
  return {made ? ChipMark::State::made : ChipMark::State::unfinished, number(festival_at),
          number(purse_at)};
}

Status is_band_of(const ChipMark& mark, std::uint64_t festival) {
  switch (mark.state) {
    case ChipMark::State::none:
      return ledger::refuse(Refusal::band_unfinished, "the chip was not made a band yet");
    case ChipMark::State::unfinished:
    case ChipMark::State::made: break;
  }
  if (mark.festival != festival) {
    return ledger::refuse(Refusal::other_festival, "the chip is a band of another festival");
  }
  if (mark.state == ChipMark::State::made) return ledger::done();
  return ledger::refuse(Refusal::band_unfinished,
                        "the making of this band was cut short: make it again");
}

}  // namespace verbena::node::nfc
