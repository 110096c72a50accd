// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/secure_chip.h"

#include <limits>

#include "ledger/purse/short_band.h"

namespace verbena::node::nfc::secure {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

const std::string_view application_id = "VBD";

namespace {

constexpr std::size_t seal_at = ledger::short_frame_bytes - 64;
static_assert(ledger::short_frame_bytes <= place_bytes &&
              ledger::credit_certificate_bytes <= place_bytes);

}  // namespace

Choice choice_of(std::size_t frame, std::size_t certificate, std::string_view frame_bytes) {
  return {frame, certificate, Bytes(frame_bytes.substr(seal_at, choice_bytes - 2))};
}

Bytes encode_choice(const Choice& choice) {
  Bytes out;
  ledger::put_u8(out, static_cast<std::uint8_t>(choice.frame));
  ledger::put_u8(out, static_cast<std::uint8_t>(choice.certificate));
  return out += choice.seal;
}

Result<Choice> parse_choice(std::string_view bytes) {
  if (bytes.size() != choice_bytes) return Error{Errc::bad_input, "choice: wrong length"};
  Choice out{static_cast<std::uint8_t>(bytes[0]), static_cast<std::uint8_t>(bytes[1]),
             Bytes(bytes.substr(2))};
  if (out.frame < places && out.certificate < places) return out;
  return Error{Errc::bad_input, "choice: there is no such place"};
}

Result<std::int32_t> value_beside(std::string_view slot) {
  const auto decoded = ledger::decode_slot(slot);
  if (!decoded) return decoded.error();
  const auto& head = decoded->head;
  const std::uint32_t left = head.credited > head.debited ? head.credited - head.debited : 0;
  if (left <= std::numeric_limits<std::int32_t>::max()) return static_cast<std::int32_t>(left);
  return ledger::refuse(ledger::Refusal::amount_out_of_range, "the chip cannot hold this balance");
}

Status select(Ev2Chip& chip) {
  auto status = chip.select(desfire_light_name);
  if (status || status.error().code != Errc::bad_input) return status;
  return chip.select_application(application_id);
}

Result<ChipMark> look_at(Ev2Chip& chip) {
  const auto selected = select(chip);
  if (selected) return read_mark(chip);
  if (selected.error().code == Errc::bad_input) return ChipMark{};
  return selected.error();
}

Result<ChipMark> read_mark(Ev2Chip& chip) {
  auto bytes = chip.read_openly(mark_file.number, 0, chip_mark_bytes);
  if (bytes) return parse_mark(*bytes);
  if (bytes.error().code == Errc::refused) return ChipMark{};  // as it is delivered, without a key
  return bytes.error();
}

}  // namespace verbena::node::nfc::secure
