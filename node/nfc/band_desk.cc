// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/band_desk.h"

#include "ledger/purse/band.h"
#include "node/nfc/page_band.h"
#include "node/nfc/secure_band.h"
#include "node/nfc/secure_maker.h"
#include "node/nfc/signed_band.h"
#include "node/nfc/signed_maker.h"
#include "node/staff_band.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

// On pages nothing guards what is there, and nothing tells a band that was used from another one.
Result<MadeBand> make_on_pages(Transceiver& channel, const NewBand& new_band) {
  auto chip = Ntag21x::open(channel);
  if (!chip) return chip.error();
  auto uid = chip->uid();
  if (!uid) return uid.error();
  PageBand band(*chip);
  const auto before = band.read();
  if (before) return Error{Errc::bad_input, "the chip is a band already: wipe it first"};
  if (before.error().code != Errc::bad_input) return before.error();
  auto image = new_band(false, false);
  if (!image) return image.error();
  auto written = band.write(*image);
  if (!written) return written.error();
  return MadeBand{ChipKind::ntag216, uid.take(), written.take()};
}

// Empty: it has pages and no keys.
std::unique_ptr<ChipMaker> maker_of(ChipKind kind, Transceiver& channel, const BandKeys& keys,
                                    ledger::Random& random) {
  switch (kind) {
    case ChipKind::ntag424: return std::make_unique<SignedMaker>(channel, keys, random);
    case ChipKind::desfire_light:
    case ChipKind::desfire: return std::make_unique<SecureMaker>(channel, keys, random);
    default: return nullptr;
  }
}

}  // namespace

Result<std::unique_ptr<ChipBand>> open_band(Transceiver& channel, const BandKeys* keys,
                                            ledger::Random& random) {
  if (!has_processor(channel)) {  // what has pages is not asked twice what it is
    auto pages = Ntag21x::open(channel);
    if (pages) return std::unique_ptr<ChipBand>(std::make_unique<PageBand>(*pages));
    if (pages.error().code == Errc::unreachable) return pages.error();
  }
  const auto kind = find_kind(channel);
  if (!kind) return kind.error();
  if (auto status = fit_for_value(*kind); !status) return status.error();
  if (keys == nullptr || !keys->debit) {
    return ledger::refuse(ledger::Refusal::band_keys_missing,
                          std::string("this device has no keys for bands on ") + chip_name(*kind));
  }
  if (*kind != ChipKind::ntag424) {
    return std::unique_ptr<ChipBand>(std::make_unique<SecureBand>(channel, *keys, random));
  }
  return std::unique_ptr<ChipBand>(std::make_unique<SignedBand>(channel, *keys, random));
}

Result<MadeBand> make_band(Transceiver& channel, const BandKeys& keys, ledger::Random& random,
                           const NewBand& new_band) {
  const auto kind = find_kind(channel);
  if (!kind) return kind.error();
  if (auto status = fit_for_value(*kind); !status) return status.error();
  const auto maker = maker_of(*kind, channel, keys, random);
  if (maker == nullptr) return make_on_pages(channel, new_band);
  auto image = new_band(true, true);
  if (!image) return image.error();
  auto made = maker->make(*image);
  if (!made) return made.error();
  return MadeBand{*kind, std::move(made->uid), std::move(made->image), made->was_made};
}

Result<ChipKind> unmake_band(Transceiver& channel, const BandKeys& keys, ledger::Random& random) {
  auto kind = find_kind(channel);
  if (!kind) return kind.error();
  if (auto status = fit_for_value(*kind); !status) return status.error();
  Status status = ledger::done();
  if (const auto maker = maker_of(*kind, channel, keys, random)) {
    status = maker->unmake();
  } else {
    auto chip = Ntag21x::open(channel);
    if (!chip) return chip.error();
    // The mark goes first: what is torn after it is no band.
    status = chip->write(first_user_page, Bytes(chip->user_bytes(), '\0'));
  }
  if (!status) return status.error();
  return kind;
}

}  // namespace verbena::node::nfc
