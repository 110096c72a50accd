// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/secure_band.h"

#include "ledger/purse/short_band.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Refusal;
using ledger::Result;
using ledger::Status;
using namespace secure;

namespace {

Error not_a_band() {
  return {Errc::bad_input, "what is to be written is no band for this chip"};
}

Error damaged(const std::string& why) {
  return ledger::refuse(Refusal::band_damaged, why);
}

std::string money(std::int32_t minor) {
  return std::to_string(minor) + " minor units";
}

}  // namespace

Result<Bytes> SecureBand::read() {
  known_.clear();
  auto mark = look_at(chip_);
  if (!mark) return mark.error();
  if (auto status = is_band_of(*mark, keys_->festival); !status) return status.error();
  if (auto status = enter_for_tap(chip_, *keys_, *random_); !status) return status.error();
  auto record = chip_.read_records(choice_file, 1, choice_bytes);
  if (!record) return record.error();
  auto choice = parse_choice(*record);
  if (!choice) return damaged(choice.error().text);
  auto frame = chip_.read(frames_file, at_place(choice->frame), ledger::short_frame_bytes);
  if (!frame) return frame.error();
  if (choice_of(choice->frame, choice->certificate, *frame).seal != choice->seal) {
    return damaged("the frame is not the one that was committed");
  }
  auto certificate = chip_.read(certificates_file, at_place(choice->certificate),
                                ledger::credit_certificate_bytes);
  if (!certificate) return certificate.error();
  auto value = chip_.value(value_file);
  if (!value) return value.error();

  ledger::ShortBand pieces{{}, *certificate};
  pieces.frames[choice->frame] = *frame;
  pieces.frames[1 - choice->frame] = Bytes(ledger::short_frame_bytes, '\0');
  auto image = ledger::join(pieces);
  if (!image) return image.error();
  image->slots[1 - choice->frame] = Bytes(ledger::slot_bytes, '\0');
  const auto expected = value_beside(image->slots[choice->frame]);
  if (!expected) return damaged(expected.error().text);
  if (*value != *expected) {
    return ledger::refuse(
        Refusal::band_rolled_back,
        "the band says that it carries " + money(*expected) + ", its chip " + money(*value));
  }
  choice_ = choice.take();
  value_ = *value;
  known_ = ledger::encode_band(*image);
  return known_;
}

// Where it does not count yet, and the same bytes read back.
Status SecureBand::put(ChipFile file, std::size_t place, std::string_view bytes) {
  const auto as_before = [](const Error& why) {
    return why.code == Errc::in_doubt ? Error{Errc::unreachable, why.text} : why;
  };
  if (auto status = chip_.write(file, at_place(place), bytes); !status) {
    return as_before(status.error());
  }
  auto back = chip_.read(file, at_place(place), bytes.size());
  if (!back) return back.error();
  if (*back == bytes) return ledger::done();
  return Error{Errc::unreachable, "the chip does not show what was written"};
}

// From here on it counts, or nothing of it.
Status SecureBand::commit(const Choice& choice, std::int32_t value) {
  if (auto status = chip_.write_record(choice_file, encode_choice(choice)); !status) return status;
  if (value != value_) {
    const auto amount =
        static_cast<std::uint32_t>(value > value_ ? value - value_ : value_ - value);
    auto status =
        value > value_ ? chip_.credit(value_file, amount) : chip_.debit(value_file, amount);
    if (!status) return status;
  }
  return chip_.commit();
}

Result<Bytes> SecureBand::write(std::string_view bytes) {
  if (known_.empty()) return Error{Errc::unreachable, "the band was not read: tap again"};
  const auto wanted = ledger::decode_band(bytes);
  const auto known = ledger::decode_band(known_);
  if (!wanted || !known || !wanted->is_short) return not_a_band();
  if (bytes == known_) return known_;
  const std::size_t changed = 1 - choice_.frame;
  if (wanted->slots[choice_.frame] != known->slots[choice_.frame]) {
    return Error{Errc::bad_input, "the slot of a band that counts cannot be written"};
  }
  const Bytes& slot = wanted->slots[changed];
  auto frame = ledger::frame_of(slot);
  auto value = value_beside(slot);
  if (!frame) return not_a_band();
  if (!value) return value.error();
  const auto certificate = ledger::certificate_in(slot);
  const bool credits = certificate != ledger::certificate_in(known->slots[choice_.frame]);
  if ((credits || *value > value_) && !keys_->credit) {
    return ledger::refuse(Refusal::band_keys_missing,
                          "this device has no key to credit bands with");
  }
  const std::size_t place = credits ? 1 - choice_.certificate : choice_.certificate;
  known_.clear();  // not known until all is committed
  if (credits) {
    if (auto status = put(certificates_file, place, certificate); !status) return status.error();
  }
  if (auto status = put(frames_file, changed, *frame); !status) return status.error();
  const Choice choice = choice_of(changed, place, *frame);
  if (auto status = commit(choice, *value); !status) return status.error();
  choice_ = choice;
  value_ = *value;
  known_ = bytes;
  return known_;
}

}  // namespace verbena::node::nfc
