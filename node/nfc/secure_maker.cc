// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/secure_maker.h"

#include <limits>

#include "ledger/purse/short_band.h"
#include "node/nfc/commit_presence.h"
#include "node/nfc/secure_band.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Result;
using ledger::Status;
using namespace secure;

namespace {

constexpr std::array<char, chip_mark_bytes> no_mark{};
constexpr std::uint8_t commit_key_version = 1;

Bytes whole_place(std::string_view bytes) {
  Bytes out(bytes);
  out.resize(place_bytes, '\0');
  return out;
}

}  // namespace

Result<ChipMark> SecureMaker::look() {
  const auto selected = select(chip());
  is_blank_ = !selected && selected.error().code == Errc::bad_input;
  if (is_blank_) return ChipMark{};
  if (!selected) return selected.error();
  auto mark = read_mark(chip());
  if (!mark || mark->state != ChipMark::State::made) return mark;
  const auto word = read_word(chip());
  if (!word && word.error().code != Errc::refused) return word.error();
  if (!word) mark->state = ChipMark::State::unfinished;
  return mark;
}

ChipFile SecureMaker::mark() const {
  return mark_file;
}

Status SecureMaker::prepare() {
  auto status = chip().select(desfire_light_name);
  if (status) return prepare_light();
  if (status.error().code != Errc::bad_input) return status;
  if (status = chip().create_application(application_id, chip_keys); !status) {
    if (status.error().code != Errc::refused) return status;
    return ledger::refuse(ledger::Refusal::chip_unfit,
                          "the chip lets nobody make an application: " + status.error().text);
  }
  is_blank_ = false;
  return create_files();
}

Status SecureMaker::prepare_light() {
  if (auto status = keys().enter_owner(); !status) return status;
  return chip().change_settings(mark_file.number, mark_settings);
}

Status SecureMaker::create_files() {
  constexpr auto value_max = std::numeric_limits<std::int32_t>::max();
  const std::function<Status()> steps[] = {
      [&] { return chip().create_data_file(mark_file.number, mark_settings, chip_mark_bytes); },
      [&] {
        return chip().create_data_file(frames_file.number, frames_settings, places * place_bytes);
      },
      [&] {
        return chip().create_data_file(certificates_file.number, certificates_settings,
                                       places * place_bytes);
      },
      [&] {
        return chip().create_cyclic_file(choice_file.number, choice_settings, choice_bytes,
                                         choices_max);
      },
      [&] { return chip().create_value_file(value_file.number, value_settings, 0, value_max); }};
  for (const auto& create : steps) {
    if (auto status = keys().enter_owner(); !status) return status;
    if (auto status = create(); !status) return status;
  }
  return ledger::done();
}

Status SecureMaker::set_rights() {
  const std::pair<ChipFile, FileSettings> all[] = {{frames_file, frames_settings},
                                                   {certificates_file, certificates_settings},
                                                   {choice_file, choice_settings},
                                                   {value_file, value_settings}};
  for (const auto& [file, settings] : all) {
    if (auto status = chip().change_settings(file.number, settings); !status) return status;
  }
  return ledger::done();
}

// The owner is authenticated afterwards.
Status SecureMaker::delete_transaction_mac() {
  if (auto status = chip().delete_file(transaction_mac_file.number); !status) return status;
  return keys().enter_owner();
}

// The transaction MAC as delivered, or of a making that was cut short, has another key.
Status SecureMaker::guard(std::uint64_t purse) {
  if (purse == 0) {
    return ledger::Error{Errc::bad_input, "the purse of a band on a DESFire is one that is proven"};
  }
  if (auto status = set_rights(); !status) return status;
  if (auto status = delete_transaction_mac(); !status) return status;
  return chip().create_transaction_mac(transaction_mac_file.number, transaction_mac_settings,
                                       *commit_key(festival_keys(), purse), commit_key_version);
}

// In the transaction that is open.
Status SecureMaker::take_all_value() {
  auto value = chip().value(value_file);
  if (!value) return value.error();
  if (*value == 0) return ledger::done();
  return chip().debit(value_file, static_cast<std::uint32_t>(*value));
}

Status SecureMaker::fill(const ledger::BandImage& image) {
  const auto& slot = image.slots[0];
  const auto purse = ledger::decode_slot(slot)->head.purse;
  const Bytes serial = veil_serial(*serial_key(festival_keys(), purse), keys().uid());
  for (std::size_t place = 0; place < places; ++place) {
    auto frame = ledger::frame_of(image.slots[place]);
    if (!frame) return frame.error();
    Bytes certificate(place == 0 ? ledger::certificate_in(slot) : std::string_view());
    certificate.resize(ledger::credit_certificate_bytes, '\0');
    for (const auto& [file, bytes] :
         {std::pair(frames_file, whole_place(*frame)),
          std::pair(certificates_file, whole_place(certificate + serial))}) {
      if (auto status = chip().write(file, at_place(place), bytes); !status) return status;
    }
  }
  if (auto status = take_all_value(); !status) return status;
  const auto head = ledger::frame_of(slot)->substr(0, ledger::purse_head_bytes);
  const auto record = encode_choice({0, 0, 0, digest_of_head(head)});
  if (auto status = chip().write_record(choice_file, record); !status) return status;
  if (auto before = chip().commit_reader(record); !before) return before.error();
  return chip().commit();
}

Result<Bytes> SecureMaker::read_band() {
  return SecureBand(channel(), festival_keys(), random()).read();
}

// A chip whose making was cut short may still have other rights. Without its transaction MAC it
// commits what names no reader.
Status SecureMaker::clear() {
  if (auto status = set_rights(); !status) return status;
  if (auto status = delete_transaction_mac(); !status) return status;
  if (auto whose = keys().enter(credit_key_number, Whose::ours); !whose) return whose.error();
  for (std::size_t place = 0; place < places; ++place) {
    for (const ChipFile file : {frames_file, certificates_file}) {
      if (auto status = chip().write(file, at_place(place), whole_place({})); !status) {
        return status;
      }
    }
  }
  if (auto status = take_all_value(); !status) return status;
  if (auto status = chip().clear_records(choice_file); !status) return status;
  return chip().commit();
}

std::string_view SecureMaker::delivered_mark() const {
  return {no_mark.data(), no_mark.size()};
}

}  // namespace verbena::node::nfc
