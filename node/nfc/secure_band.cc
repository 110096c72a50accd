// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/secure_band.h"

#include "ledger/purse/short_band.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::CommitPresence;
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

Bytes head_of(const Bytes& frame) {
  return frame.substr(0, ledger::purse_head_bytes);
}

std::string money(std::int32_t minor) {
  return std::to_string(minor) + " minor units";
}

}  // namespace

Result<Bytes> SecureBand::read() {
  known_.clear();
  proof_.clear();
  auto mark = look_at(chip_);
  if (!mark) return mark.error();
  if (auto status = is_band_of(*mark, keys_->festival); !status) return status.error();
  auto word = read_word(chip_);
  if (!word) return word.error();
  auto uid = chip_.uid();
  if (!uid) return uid.error();
  uid_ = uid.take();
  if (auto status = enter_for_tap(chip_, *keys_, uid_, *random_); !status) return status.error();
  auto records = chip_.all_records(choice_file, choice_bytes);
  if (!records) return records.error();
  auto choice = parse_choice(records->back());
  if (!choice) return damaged(choice.error().text);
  auto frame = chip_.read(frames_file, at_place(choice->frame), ledger::short_frame_bytes);
  if (!frame) return frame.error();
  if (digest_of_head(head_of(*frame)) != choice->digest) {
    return damaged("the head is not the one that was committed");
  }
  auto certificate = chip_.read(certificates_file, at_place(choice->certificate),
                                ledger::credit_certificate_bytes + uid_bytes);
  if (!certificate) return certificate.error();
  auto value = chip_.value(value_file);
  if (!value) return value.error();

  ledger::ShortBand pieces{{}, certificate->substr(0, ledger::credit_certificate_bytes)};
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
  serial_ = certificate->substr(ledger::credit_certificate_bytes);
  if (records->size() > 1) {
    const Bytes unheard(choice_bytes, '\0');
    proof_ =
        ledger::encode_commit_presence({word->counter, word->mac, serial_, records->back(),
                                        (*records)[records->size() - 2], unheard, head_of(*frame)});
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

// From here on it counts, or nothing of it. The chip's MAC is over all since the authentication, so
// there is a new one: with the key of the chip that was read, so that no other can take its place.
Result<CommitPresence> SecureBand::commit(const Choice& choice) {
  if (auto status = enter_for_tap(chip_, *keys_, uid_, *random_); !status) return status.error();
  const Bytes record = encode_choice(choice);
  if (auto status = chip_.write_record(choice_file, record); !status) return status.error();
  if (auto status = chip_.change_value(value_file, choice.change_minor); !status) {
    return status.error();
  }
  auto answer = chip_.commit_reader(record);
  if (!answer) return answer.error();
  auto word = chip_.commit_with_proof();
  if (!word) return word.error();
  return CommitPresence{word->counter,          word->mac,     serial_, record,
                        encode_choice(choice_), answer.take(), {}};
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
  proof_.clear();
  if (credits) {
    if (auto status = put(certificates_file, place, certificate); !status) return status.error();
  }
  if (auto status = put(frames_file, changed, *frame); !status) return status.error();
  const Choice choice{changed, place, *value - value_, digest_of_head(head_of(*frame))};
  auto presence = commit(choice);
  if (!presence) return presence.error();
  presence->head = head_of(*frame);
  proof_ = ledger::encode_commit_presence(*presence);
  choice_ = choice;
  value_ = *value;
  known_ = bytes;
  return known_;
}

}  // namespace verbena::node::nfc
