// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/signed_maker.h"

#include "ledger/purse/short_band.h"
#include "node/nfc/signed_band.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Result;
using ledger::Status;
using namespace std::string_view_literals;

namespace {

// As a chip is delivered (data sheet NT4H2421Gx): file 2 is free for all, and file 1 tells phones
// which files there are.
constexpr FileSettings delivered_frames{Protection::plain, 14, 14, 14, 0};
constexpr auto mark_as_delivered =
    "\x00\x17\x20\x01\x00\x00\xff\x04\x06\xe1\x04\x01\x00\x00\x00\x05\x06\xe1\x05\x00\x80\x82\x83"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv;
static_assert(mark_as_delivered.size() == chip_mark_bytes);

}  // namespace

Result<ChipMark> SignedMaker::look() {
  return look_at(chip());
}

ChipFile SignedMaker::mark() const {
  return mark_file;
}

Status SignedMaker::guard(std::uint64_t) {
  for (const auto& [file, settings] : {std::pair(frames_file, frames_settings),
                                       std::pair(certificate_file, certificate_settings)}) {
    if (auto status = chip().change_settings(file.number, settings); !status) return status;
  }
  return ledger::done();
}

Status SignedMaker::fill(const ledger::BandImage& image) {
  for (std::size_t i = 0; i < image.slots.size(); ++i) {
    auto frame = ledger::frame_of(image.slots[i]);
    if (!frame) return frame.error();
    auto status =
        chip().write(frames_file, static_cast<std::uint32_t>(i * frame->size()), laid(*frame, i));
    if (!status) return status;
  }
  Bytes certificate(ledger::certificate_in(image.slots[0]));
  certificate.resize(certificate_file_bytes, '\0');
  return chip().write(certificate_file, 0, certificate);
}

Result<Bytes> SignedMaker::read_band() {
  return SignedBand(channel(), festival_keys(), random()).read();
}

Status SignedMaker::clear() {
  if (auto status = chip().change_settings(frames_file.number, delivered_frames); !status) {
    return status;
  }
  const ChipFile open_frames{frames_file.number, Protection::plain};
  for (const std::uint32_t at : {0u, static_cast<std::uint32_t>(frame_data_bytes)}) {
    if (auto status = chip().write(open_frames, at, Bytes(frame_data_bytes, '\0')); !status) {
      return status;
    }
  }
  if (auto whose = keys().enter(credit_key_number, Whose::ours); !whose) return whose.error();
  return chip().write(certificate_file, 0, Bytes(certificate_file_bytes, '\0'));
}

std::string_view SignedMaker::delivered_mark() const {
  return mark_as_delivered;
}

}  // namespace verbena::node::nfc
