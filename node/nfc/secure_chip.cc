// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/secure_chip.h"

#include <limits>

#include "ledger/core/crypto.h"
#include "ledger/purse/short_band.h"

namespace verbena::node::nfc::secure {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

const std::string_view application_id = "VBD";

namespace {

static_assert(ledger::short_frame_bytes <= place_bytes &&
              ledger::credit_certificate_bytes + uid_bytes <= place_bytes);
constexpr std::size_t change_at = 1, digest_at = change_at + sizeof(std::int32_t);
static_assert(digest_at + choice_digest_bytes == choice_bytes);

}  // namespace

Bytes digest_of_head(std::string_view head) {
  VERBENA_CHECK(head.size() == ledger::purse_head_bytes);
  return ledger::to_bytes(ledger::sha256({head})).substr(0, choice_digest_bytes);
}

Bytes encode_choice(const Choice& choice) {
  Bytes out;
  ledger::put_u8(out, static_cast<std::uint8_t>(choice.frame + places * choice.certificate));
  ledger::put_u32(out, static_cast<std::uint32_t>(choice.change_minor));
  return out += choice.digest;
}

Result<Choice> parse_choice(std::string_view bytes) {
  if (bytes.size() != choice_bytes) return Error{Errc::bad_input, "choice: wrong length"};
  const auto which = static_cast<std::uint8_t>(bytes[0]);
  if (which >= places * places) return Error{Errc::bad_input, "choice: there is no such place"};
  const auto change = ledger::get_be(bytes.substr(change_at, sizeof(std::int32_t)));
  return Choice{which % places, which / places,
                static_cast<std::int32_t>(static_cast<std::uint32_t>(change)),
                Bytes(bytes.substr(digest_at))};
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

Result<TransactionProof> read_word(Ev2Chip& chip) {
  auto bytes = chip.read_openly(transaction_mac_file.number, 0, transaction_mac_file_bytes);
  if (bytes) return parse_transaction_proof(*bytes);
  if (bytes.error().code != Errc::refused) return bytes.error();
  return ledger::refuse(ledger::Refusal::band_unfinished,
                        "the band was made before its chip proved anything: make it again");
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
