// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/signed_chip.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Refusal;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::string_view magic = "VBAND003";

}  // namespace

Bytes encode_mark(const ChipMark& mark) {
  Bytes out(magic);
  ledger::put_u8(out, static_cast<std::uint8_t>(mark.state));
  ledger::put_u64(out, mark.festival);
  ledger::put_u64(out, mark.purse);
  out.resize(chip_mark_bytes, '\0');
  return out;
}

ChipMark parse_mark(std::string_view bytes) {
  if (bytes.size() != chip_mark_bytes || !bytes.starts_with(magic)) return {};
  const auto festival = ledger::get_be(bytes.substr(magic.size() + 1, 8));
  const bool made = bytes[magic.size()] == static_cast<char>(ChipMark::State::made);
  return {made ? ChipMark::State::made : ChipMark::State::unfinished, festival,
          ledger::get_be(bytes.substr(magic.size() + 9, 8))};
}

// The first frame: seal, ring entry, head. The second: head, ring entry, seal.
Bytes laid(std::string_view frame, std::size_t number) {
  VERBENA_CHECK(frame.size() == frame_bytes && number < 2);
  if (number == 1) return Bytes(frame);
  const std::size_t entry_at = ledger::purse_head_bytes;
  const std::size_t seal_at = entry_at + ledger::ring_entry_bytes;
  return Bytes(frame.substr(seal_at)) + Bytes(frame.substr(entry_at, seal_at - entry_at)) +
         Bytes(frame.substr(0, entry_at));
}

Bytes lifted(std::string_view laid, std::size_t number) {
  VERBENA_CHECK(laid.size() == frame_bytes && number < 2);
  if (number == 1) return Bytes(laid);
  const std::size_t head_at = frame_bytes - ledger::purse_head_bytes;
  const std::size_t entry_at = head_at - ledger::ring_entry_bytes;
  return Bytes(laid.substr(head_at)) + Bytes(laid.substr(entry_at, head_at - entry_at)) +
         Bytes(laid.substr(0, entry_at));
}

Result<ChipMark> look_at(Ev2Chip& chip) {
  if (auto status = chip.select(ntag424_name); !status) {
    if (status.error().code != Errc::bad_input) return status.error();
    return ledger::refuse(Refusal::chip_unfit, "the chip is no NTAG 424 DNA");
  }
  auto bytes = chip.read_openly(mark_file.number, 0, chip_mark_bytes);
  if (!bytes && bytes.error().code == Errc::refused) {
    return ledger::refuse(Refusal::chip_unfit, "the chip is in use for something else");
  }
  if (!bytes) return bytes.error();
  return parse_mark(*bytes);
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

std::optional<AesKey> key_of_chip(const BandKeys& keys, std::string_view uid, std::uint8_t number) {
  const std::optional<AesKey> basis = number == debit_key_number    ? keys.debit
                                      : number == credit_key_number ? keys.credit
                                                                    : keys.owner;
  if (!basis) return std::nullopt;
  Bytes input(uid);
  ledger::put_u8(input, number);
  ledger::put_u64(input, keys.festival);
  return diversify(*basis, input);
}

}  // namespace verbena::node::nfc
