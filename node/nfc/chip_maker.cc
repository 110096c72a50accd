// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/chip_maker.h"

#include "node/nfc/presence.h"
#include "node/nfc/signed_band.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;
using namespace std::string_view_literals;

namespace {

constexpr std::uint8_t delivered_version = 0, our_version = 1;
constexpr AesKey delivered_key{};

// As a chip is delivered (data sheet NT4H2421Gx): file 2 is free for all, and file 1 tells phones
// which files there are.
constexpr FileSettings delivered_frames{Protection::plain, 14, 14, 14, 0};
constexpr auto delivered_mark =
    "\x00\x17\x20\x01\x00\x00\xff\x04\x06\xe1\x04\x01\x00\x00\x00\x05\x06\xe1\x05\x00\x80\x82\x83"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv;
static_assert(delivered_mark.size() == chip_mark_bytes);

bool was_used(const Bytes& bytes) {
  const auto image = ledger::decode_band(bytes);
  if (!image) return true;
  const auto newest = ledger::newest_slot(*image, [](const auto&, auto) { return true; });
  return !newest || newest->slot.head.counter != 0;
}

}  // namespace

ChipMaker::ChipMaker(Transceiver& channel, const BandKeys& keys, ledger::Random& random)
    : channel_(&channel), chip_(channel), keys_(&keys), random_(&random) {
  VERBENA_CHECK(keys.owner && keys.credit && keys.debit && keys.presence);
}

AesKey ChipMaker::key(std::uint8_t number, Keys whose) const {
  if (whose == Keys::delivered) return delivered_key;
  return number == presence_key_number ? *presence_key(*keys_, purse_)
                                       : *key_of_chip(*keys_, uid_, number);
}

// What the chip is, if it is nobody else's.
Result<ChipMark> ChipMaker::begin() {
  auto mark = look_at(chip_);
  if (!mark) return mark;
  if (mark->state != ChipMark::State::none && mark->festival != keys_->festival) {
    return ledger::refuse(ledger::Refusal::other_festival,
                          "the chip is a band of another festival");
  }
  auto uid = chip_.uid();
  if (!uid) return uid.error();
  uid_ = uid.take();
  purse_ = mark->purse;
  owner_ = mark->state == ChipMark::State::made ? Keys::ours : Keys::delivered;
  return mark;
}

// Authenticates with whichever of both keys is the chip's, and says which.
Result<ChipMaker::Keys> ChipMaker::enter(std::uint8_t number, Keys likely) {
  const Keys other = likely == Keys::ours ? Keys::delivered : Keys::ours;
  for (const Keys whose : {likely, other}) {
    const auto status = chip_.authenticate(number, key(number, whose), *random_);
    if (status) return whose;
    if (status.error().code == Errc::unreachable) return status.error();
  }
  return ledger::refuse(
      ledger::Refusal::chip_unfit,
      "key " + std::to_string(number) + " of the chip is neither as delivered nor this festival's");
}

Status ChipMaker::enter_owner() {
  auto whose = enter(owner_key_number, owner_);
  if (!whose) return whose.error();
  owner_ = *whose;
  return ledger::done();
}

Status ChipMaker::set_key(std::uint8_t number, Keys whose) {
  auto now = enter(number, whose);
  if (!now || *now == whose) return now ? ledger::done() : Status(now.error());
  if (auto status = enter_owner(); !status) return status;
  return chip_.change_key(number, key(number, *now), key(number, whose),
                          whose == Keys::ours ? our_version : delivered_version);
}

Status ChipMaker::set_owner(Keys whose) {
  if (auto status = enter_owner(); !status || owner_ == whose) return status;
  auto status = chip_.change_key(owner_key_number, key(owner_key_number, owner_),
                                 key(owner_key_number, whose),
                                 whose == Keys::ours ? our_version : delivered_version);
  if (!status) return status;
  owner_ = whose;
  return enter_owner();
}

// Told before the key is set, and changed only while it is as delivered: whoever comes after an
// interruption knows whose it is.
Status ChipMaker::write_mark(ChipMark::State state, std::uint64_t purse) {
  auto status = chip_.write(mark_file, 0, encode_mark({state, keys_->festival, purse}));
  if (status) purse_ = purse;
  return status;
}

// What a tap finds.
Result<ChipMaker::Made> ChipMaker::as_made(const Bytes& image) {
  auto found = SignedBand(*channel_, *keys_, *random_).read();
  if (!found) return found.error();
  if (!image.empty() && *found != image) {
    return Error{Errc::in_doubt, "the chip does not show the band that was written"};
  }
  return Made{uid_, found.take(), image.empty()};
}

Result<ChipMaker::Made> ChipMaker::make(std::string_view bytes) {
  const auto image = ledger::decode_band(bytes);
  if (!image || !image->is_short || was_used(Bytes(bytes))) {
    return Error{Errc::bad_input, "what is to be written is no new band for this chip"};
  }
  auto mark = begin();
  if (!mark) return mark.error();
  if (mark->state == ChipMark::State::made) {
    auto made = as_made({});
    if (!made || !was_used(made->image)) return made;
    return Error{Errc::bad_input, "the chip is a band that was used: wipe it first"};
  }
  // From here on it says of itself that it is not finished.
  const std::uint64_t purse = ledger::decode_slot(image->slots[0])->head.purse;
  if (purse != purse_) {
    if (auto status = set_key(presence_key_number, Keys::delivered); !status) return status.error();
  }
  if (auto status = enter_owner(); !status) return status.error();
  if (auto status = write_mark(ChipMark::State::unfinished, purse); !status) return status.error();
  for (std::uint8_t number = 1; number < chip_keys; ++number) {
    if (auto status = set_key(number, Keys::ours); !status) return status.error();
  }
  if (auto status = enter_owner(); !status) return status.error();
  for (const auto& [file, settings] : {std::pair(frames_file, frames_settings),
                                       std::pair(certificate_file, certificate_settings)}) {
    if (auto status = chip_.change_settings(file.number, settings); !status) return status.error();
  }
  if (auto whose = enter(credit_key_number, Keys::ours); !whose) return whose.error();
  for (std::size_t i = 0; i < image->slots.size(); ++i) {
    auto frame = ledger::frame_of(image->slots[i]);
    if (!frame) return frame.error();
    auto status =
        chip_.write(frames_file, static_cast<std::uint32_t>(i * frame->size()), laid(*frame, i));
    if (!status) return status.error();
  }
  Bytes certificate(ledger::certificate_in(image->slots[0]));
  certificate.resize(certificate_file_bytes, '\0');
  if (auto status = chip_.write(certificate_file, 0, certificate); !status) return status.error();
  if (auto status = set_owner(Keys::ours); !status) return status.error();
  if (auto status = write_mark(ChipMark::State::made, purse); !status) return status.error();
  return as_made(Bytes(bytes));
}

Status ChipMaker::unmake() {
  auto mark = begin();
  if (!mark) return mark.error();
  if (auto status = enter_owner(); !status) return status;
  if (mark->state == ChipMark::State::none && owner_ == Keys::delivered) return ledger::done();
  if (auto status = write_mark(ChipMark::State::unfinished, purse_); !status) return status;
  if (auto status = chip_.change_settings(frames_file.number, delivered_frames); !status) {
    return status;
  }
  const ChipFile open_frames{frames_file.number, Protection::plain};
  for (const std::uint32_t at : {0u, static_cast<std::uint32_t>(frame_data_bytes)}) {
    if (auto status = chip_.write(open_frames, at, Bytes(frame_data_bytes, '\0')); !status) {
      return status;
    }
  }
  if (auto whose = enter(credit_key_number, Keys::ours); !whose) return whose.error();
  if (auto status = chip_.write(certificate_file, 0, Bytes(certificate_file_bytes, '\0'));
      !status) {
    return status;
  }
  for (std::uint8_t number = 1; number < chip_keys; ++number) {
    if (auto status = set_key(number, Keys::delivered); !status) return status;
  }
  if (auto status = set_owner(Keys::delivered); !status) return status;
  return chip_.write(mark_file, 0, delivered_mark);
}

}  // namespace verbena::node::nfc
