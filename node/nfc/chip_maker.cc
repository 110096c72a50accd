// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/chip_maker.h"

#include "ledger/purse/presence.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

bool was_used(const Bytes& bytes) {
  const auto image = ledger::decode_band(bytes);
  if (!image) return true;
  const auto newest = ledger::newest_slot(*image, [](const auto&, auto) { return true; });
  return !newest || newest->slot.head.counter != 0;
}

// Whose key for presence the chip of a new band has; 0: it proves nothing.
std::uint64_t proving_purse(const ledger::BandImage& image) {
  const auto purse = ledger::decode_slot(image.slots[0])->head.purse;
  return ledger::proves_presence(purse) ? purse : 0;
}

}  // namespace

ChipMaker::ChipMaker(Transceiver& channel, const BandKeys& keys, ledger::Random& random)
    : channel_(&channel),
      chip_(channel),
      keys_(&keys),
      random_(&random),
      ring_(chip_, keys, random) {}

// What the chip is, if it is nobody else's.
Result<ChipMark> ChipMaker::begin() {
  auto found = look();
  if (!found) return found;
  if (found->state != ChipMark::State::none && found->festival != keys_->festival) {
    return ledger::refuse(ledger::Refusal::other_festival,
                          "the chip is a band of another festival");
  }
  auto uid = chip_.uid();
  if (!uid) return uid.error();
  ring_.found(uid.take(), found->state == ChipMark::State::made ? Whose::ours : Whose::delivered,
              found->purse);
  return found;
}

// Told before the key for presence is set, and changed only while that is as delivered: whoever
// comes after an interruption knows whose it is.
Status ChipMaker::write_mark(ChipMark::State state, std::uint64_t purse) {
  auto status = chip_.write(mark(), 0, encode_mark({state, keys_->festival, purse}));
  if (status) ring_.set_purse(purse);
  return status;
}

Result<ChipMaker::Made> ChipMaker::as_made(const Bytes& image) {
  auto found = read_band();
  if (!found) return found.error();
  if (!image.empty() && *found != image) {
    return Error{Errc::in_doubt, "the chip does not show the band that was written"};
  }
  return Made{ring_.uid(), found.take(), image.empty()};
}

Result<ChipMaker::Made> ChipMaker::make(std::string_view bytes) {
  const auto image = ledger::decode_band(bytes);
  if (!image || !image->is_short || was_used(Bytes(bytes))) {
    return Error{Errc::bad_input, "what is to be written is no new band for this chip"};
  }
  auto found = begin();
  if (!found) return found.error();
  if (found->state == ChipMark::State::made) {
    auto made = as_made({});
    if (!made || !was_used(made->image)) return made;
    return Error{Errc::bad_input, "the chip is a band that was used: wipe it first"};
  }
  if (auto status = prepare(); !status) return status.error();
  const auto purse = proving_purse(*image);
  const auto of_key = proves_with_key() ? purse : 0;
  if (of_key != ring_.purse()) {
    auto status = ring_.set(presence_key_number, Whose::delivered);
    if (!status) return status.error();
  }
  // From here on it says of itself that it is not finished.
  if (auto status = ring_.enter_owner(); !status) return status.error();
  if (auto status = write_mark(ChipMark::State::unfinished, of_key); !status) return status.error();
  for (std::uint8_t number = 1; number < chip_keys; ++number) {
    if (auto status = ring_.set(number, Whose::ours); !status) return status.error();
  }
  if (auto status = ring_.enter_owner(); !status) return status.error();
  if (auto status = guard(purse); !status) return status.error();
  if (auto whose = ring_.enter(credit_key_number, Whose::ours); !whose) return whose.error();
  if (auto status = fill(*image); !status) return status.error();
  if (auto status = ring_.set_owner(Whose::ours); !status) return status.error();
  if (auto status = write_mark(ChipMark::State::made, of_key); !status) return status.error();
  return as_made(Bytes(bytes));
}

Status ChipMaker::unmake() {
  auto found = begin();
  if (!found) return found.error();
  if (is_blank()) return ledger::done();
  if (found->state == ChipMark::State::none) {
    // Nothing was done to it, or the mark itself was torn.
    const auto delivered = ring_.as_delivered();
    if (!delivered || *delivered) return delivered ? ledger::done() : Status(delivered.error());
  }
  if (auto status = ring_.enter_owner(); !status) return status;
  if (auto status = write_mark(ChipMark::State::unfinished, ring_.purse()); !status) {
    return status;
  }
  if (auto status = clear(); !status) return status;
  for (std::uint8_t number = 1; number < chip_keys; ++number) {
    if (auto status = ring_.set(number, Whose::delivered); !status) return status;
  }
  if (auto status = ring_.set_owner(Whose::delivered); !status) return status;
  return chip_.write(mark(), 0, delivered_mark());
}

}  // namespace verbena::node::nfc
