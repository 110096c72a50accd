// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/chip_tag.h"

#include "node/nfc/band_desk.h"

namespace verbena::node::nfc {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

Result<std::string> ChipTag::shown(Result<ledger::Bytes> image) const {
  return image ? Result<std::string>(*image + band_->proof()) : image;
}

Result<std::string> ChipTag::read() {
  auto band = open_band(channel_, keys_, random_);
  if (!band) return band.error();
  band_ = band.take();
  return shown(band_->read());
}

Result<std::string> ChipTag::write(std::string_view image) {
  if (!band_) {
    // A tag without a band is written as a new one; one that has left is not.
    auto before = read();
    if (!before && before.error().code != Errc::bad_input) return before.error();
  }
  if (!band_) return Error{Errc::bad_input, "the tag is none that holds a band"};
  return shown(band_->write(image));
}

}  // namespace verbena::node::nfc
