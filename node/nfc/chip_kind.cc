// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/chip_kind.h"

#include <algorithm>
#include <span>

#include "node/nfc/ev2_chip.h"
#include "node/nfc/ntag21x.h"

namespace verbena::node::nfc {

using ledger::Errc;
using ledger::Result;
using namespace std::string_view_literals;

namespace {

// How PC/SC part 3 names what has memory and no processor: the registered application provider, the
// standard and the card's name, in the historical bytes.
constexpr auto storage_card = "\xa0\x00\x00\x03\x06"sv;
constexpr std::uint64_t classic_names[] = {0x0001, 0x0002, 0x0026, 0x0036, 0x0037, 0x0038, 0x0039};
constexpr std::uint64_t ultralight_names[] = {0x0003, 0x003a, 0x003d};

std::optional<std::uint64_t> storage_name(std::string_view answer_to_reset) {
  const auto at = answer_to_reset.find(storage_card);
  const auto name = at + storage_card.size() + 1;
  if (at == std::string_view::npos || answer_to_reset.size() < name + 2) return std::nullopt;
  return ledger::get_be(answer_to_reset.substr(name, 2));
}

bool is_one_of(std::span<const std::uint64_t> names, std::uint64_t name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// DESFire of every kind says so in the first of the three parts of its version: who made it, its
// type and subtype, and which version of that it is.
Result<ChipKind> kind_by_version(Transceiver& channel) {
  constexpr std::uint8_t get_version = 0x60;
  constexpr std::uint16_t more = 0x91af;
  constexpr std::uint8_t desfire = 0x01, desfire_light = 0x08;
  constexpr std::uint8_t first_with_ev2 = 0x12;  // EV1: 01; EV2: 12, 22, 42; EV3: 33
  auto answer = transmit(channel, make_apdu(0x90, get_version, 0x00, 0x00, {}, 0x00));
  if (!answer) return answer.error();
  if (answer->status != more || answer->data.size() < 4) return ChipKind::unknown;
  const auto type = static_cast<std::uint8_t>(answer->data[1]) & 0x0f;
  if (type == desfire_light) return ChipKind::desfire_light;
  if (type != desfire) return ChipKind::unknown;
  const auto version = static_cast<std::uint8_t>(answer->data[3]);
  return version < first_with_ev2 ? ChipKind::old_desfire : ChipKind::desfire;
}

struct Row {
  ChipKind kind;
  const char* name;
  const char* profile;
  const char* en;
  const char* es;
};
constexpr Row rows[] = {
    {ChipKind::ntag424, "NTAG 424 DNA", "signed", "", ""},
    {ChipKind::ntag216, "NTAG216", "open", "", ""},
    {ChipKind::small_ntag, "NTAG213 or NTAG215", "",
     "It has no room for a band's two slots. It can be a staff band.",
     "No tiene sitio para las dos ranuras de una pulsera. Sirve para personal."},
    {ChipKind::desfire_light, "MIFARE DESFire Light", "secure", "", ""},
    {ChipKind::desfire, "MIFARE DESFire EV2 or EV3", "secure", "", ""},
    {ChipKind::old_desfire, "MIFARE DESFire EV1 or older", "",
     "It does not speak the messaging of EV2, which guards a band on its way to the reader.",
     "No habla la mensajería de EV2, que protege la pulsera en su camino al lector."},
    {ChipKind::ultralight, "MIFARE Ultralight", "",
     "It is too small for a signed band, and its keys can be recovered.",
     "Es demasiado pequeño para una pulsera firmada y sus claves se pueden recuperar."},
    {ChipKind::classic, "MIFARE Classic", "",
     "Its cipher is broken: anybody with a reader copies and alters it.",
     "Su cifrado está roto: cualquiera con un lector lo copia y lo altera."},
    {ChipKind::unknown, "a tag with a serial number alone", "",
     "It has no memory that a reader can write, and a serial number can be copied.",
     "No tiene memoria que un lector pueda escribir, y un número de serie se puede copiar."},
};

const Row& row_of(ChipKind kind) {
  return *std::find_if(std::begin(rows), std::end(rows),
                       [&](const Row& row) { return row.kind == kind; });
}

}  // namespace

bool has_processor(const Transceiver& channel) {
  const auto answer = channel.answer_to_reset();
  return !answer.empty() && !storage_name(answer);
}

Result<ChipKind> find_kind(Transceiver& channel) {
  const auto name = storage_name(channel.answer_to_reset());
  if (name && is_one_of(classic_names, *name)) return ChipKind::classic;
  if (!name) {
    const auto selected = Ev2Chip(channel).select(ntag424_name);
    if (selected) return ChipKind::ntag424;
    if (selected.error().code == Errc::unreachable) return selected.error();
    auto kind = kind_by_version(channel);
    if (!kind || *kind != ChipKind::unknown) return kind;
  }
  if (has_processor(channel)) return ChipKind::unknown;
  const auto chip = Ntag21x::open(channel);
  if (chip) {
    return chip->model() == NtagModel::ntag216 ? ChipKind::ntag216 : ChipKind::small_ntag;
  }
  if (chip.error().code == Errc::unreachable) return chip.error();
  return name && is_one_of(ultralight_names, *name) ? ChipKind::ultralight : ChipKind::unknown;
}

const char* chip_name(ChipKind kind) {
  return row_of(kind).name;
}

const char* profile_name(ChipKind kind) {
  return row_of(kind).profile;
}

const char* unfit_text(ChipKind kind, Language language) {
  const Row& row = row_of(kind);
  return language == Language::es ? row.es : row.en;
}

ledger::Status fit_for_value(ChipKind kind) {
  const Row& row = row_of(kind);
  if (*row.profile != '\0') return ledger::done();
  return ledger::refuse(ledger::Refusal::chip_unfit, std::string(row.name) + ": " + row.en);
}

}  // namespace verbena::node::nfc
