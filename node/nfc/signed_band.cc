// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/signed_band.h"

#include "node/nfc/presence.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

static_assert(frame_bytes <= frame_data_bytes &&
              ledger::credit_certificate_bytes <= frame_data_bytes);

Error not_a_band() {
  return {Errc::bad_input, "what is to be written is no band for this chip"};
}

std::uint32_t place_of(std::size_t frame) {
  return static_cast<std::uint32_t>(frame * frame_bytes);
}

}  // namespace

Result<Bytes> SignedBand::read() {
  known_.clear();
  proof_.clear();
  auto mark = look_at(chip_);
  if (!mark) return mark.error();
  if (auto status = is_band_of(*mark, keys_->festival); !status) return status.error();
  auto presence = read_presence(chip_);
  if (!presence) return presence.error();
  if (auto status = enter_for_tap(chip_, *keys_, *random_); !status) return status.error();
  auto frames = chip_.read(frames_file, 0, 2 * frame_bytes);
  if (!frames) return frames.error();
  auto certificate = chip_.read(certificate_file, 0, ledger::credit_certificate_bytes);
  if (!certificate) return certificate.error();
  certificate_ = certificate.take();
  auto image = ledger::join({{lifted(std::string_view(*frames).substr(0, frame_bytes), 0),
                              lifted(std::string_view(*frames).substr(frame_bytes), 1)},
                             certificate_});
  if (!image) return image.error();
  proof_ = ledger::encode_presence(*presence);
  known_ = ledger::encode_band(*image);
  return known_;
}

// One command, and the same bytes read back.
Status SignedBand::put(ChipFile file, std::uint32_t offset, std::string_view bytes) {
  if (auto status = chip_.write(file, offset, bytes); !status) {
    // What is refused after an earlier write leaves as much in doubt as what is torn.
    return Error{Errc::in_doubt, status.error().text};
  }
  auto back = chip_.read(file, offset, bytes.size());
  if (!back) return Error{Errc::in_doubt, "written, not read back: " + back.error().text};
  if (*back == bytes) return ledger::done();
  return Error{Errc::in_doubt, "the chip does not show what was written"};
}

Result<Bytes> SignedBand::write(std::string_view bytes) {
  if (known_.empty()) return Error{Errc::unreachable, "the band was not read: tap again"};
  const auto wanted = ledger::decode_band(bytes);
  const auto known = ledger::decode_band(known_);
  if (!wanted || !known || !wanted->is_short) return not_a_band();
  if (bytes == known_) return known_;
  const std::size_t changed = wanted->slots[0] == known->slots[0] ? 1 : 0;
  if (wanted->slots[1 - changed] != known->slots[1 - changed]) {
    return Error{Errc::bad_input, "both slots of a band cannot be written at once"};
  }
  const Bytes& slot = wanted->slots[changed];
  auto frame = ledger::frame_of(slot);
  auto old_frame = ledger::frame_of(known->slots[changed]);
  if (!frame || !old_frame) return not_a_band();
  const Bytes certificate(ledger::certificate_in(slot));
  const bool credits = certificate != certificate_;
  if (credits && !keys_->credit) {
    return ledger::refuse(ledger::Refusal::band_keys_missing,
                          "this device has no key to credit bands with");
  }
  known_.clear();  // not known until all is read back
  proof_.clear();
  if (*frame != *old_frame) {
    auto status = put(frames_file, place_of(changed), laid(*frame, changed));
    if (!status) return status.error();
  }
  if (credits) {
    if (auto status = put(certificate_file, 0, certificate); !status) return status.error();
    certificate_ = certificate;
  }
  // For its own word the chip must have forgotten who reads it.
  auto status = chip_.select(ntag424_name);
  auto presence = status ? read_presence(chip_) : Result<ledger::Presence>(status.error());
  if (!presence) {
    return Error{Errc::in_doubt, "written, and not proven by the chip: " + presence.error().text};
  }
  proof_ = ledger::encode_presence(*presence);
  known_ = bytes;
  return known_;
}

}  // namespace verbena::node::nfc
