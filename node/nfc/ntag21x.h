// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/nfc/transceiver.h"

// NTAG213, 215 and 216 (NXP data sheet NTAG213/215/216) behind a reader that speaks the
// pseudo-APDUs of PC/SC part 3: pages of 4 bytes, each written whole or left in doubt.
namespace verbena::node::nfc {

constexpr std::size_t page_bytes = 4;
constexpr std::uint8_t first_user_page = 4;

enum class NtagModel { ntag213, ntag215, ntag216 };
const char* ntag_name(NtagModel model);

class Ntag21x {
 public:
  // Asks the chip what it is. Errors: bad_input for any other tag, unreachable when it left.
  static ledger::Result<Ntag21x> open(Transceiver& channel);

  NtagModel model() const { return model_; }
  std::size_t user_bytes() const;
  // Whether the reader lets the chip's own commands through; without them reads take longer, and
  // passwords and counters are out of reach.
  bool passes_through() const { return way_ != Way::none; }

  ledger::Result<ledger::Bytes> uid();
  // `pages` whole pages from `first`.
  ledger::Result<ledger::Bytes> read(std::uint8_t first, std::size_t pages);
  // Whole pages, in ascending order, each acknowledged before the next. After an error any page of
  // the range may be old or new, and the one at which it stopped may hold anything: in_doubt.
  ledger::Status write(std::uint8_t first, std::string_view bytes);
  // PWD_AUTH: 4 bytes of password; the chip must answer these 2 bytes of PACK. refused: it did not.
  ledger::Status authenticate(std::string_view password, std::string_view pack);
  // READ_CNT: how often the tag was read, where its configuration counts that; 24 bits.
  ledger::Result<std::uint32_t> read_counter();

 private:
  // How the reader passes native commands: not at all, by the transparent exchange of PC/SC
  // part 3 (FF C2 00 01), or in a PN53x InCommunicateThru (FF 00 00 00 .. D4 42).
  enum class Way { none, transparent, pn53x };

  explicit Ntag21x(Transceiver& channel) : channel_(&channel) {}
  ledger::Status identify();
  ledger::Result<ledger::Bytes> native(Way way, std::string_view command);
  ledger::Result<ledger::Bytes> read_block(std::uint8_t page);

  Transceiver* channel_;
  Way way_ = Way::none;
  NtagModel model_ = NtagModel::ntag213;
};

}  // namespace verbena::node::nfc
