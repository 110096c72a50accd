// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/bytes.h"
#include "ledger/core/result.h"

// A channel to the one tag in a reader's field. Above it everything is pure: bytes in, bytes out.
namespace verbena::node::nfc {

constexpr std::size_t apdu_bytes_max = 261;      // CLA INS P1 P2 Lc, 255 of data, Le
constexpr std::size_t response_bytes_max = 258;  // 256 of data, SW1 SW2
constexpr std::uint16_t status_done = 0x9000;    // ISO 7816-4

class Transceiver {
 public:
  virtual ~Transceiver() = default;
  // What the reader hands back, as it is: possibly nothing, when the tag has left.
  virtual ledger::Result<ledger::Bytes> transceive(std::string_view apdu) = 0;
  // What the reader says of the tag's kind (ISO 7816-3; PC/SC part 3); empty: nothing.
  virtual ledger::Bytes answer_to_reset() const { return {}; }
};

struct Response {
  ledger::Bytes data;
  std::uint16_t status = 0;
};

// One command and its answer. An answer without a status is torn (Errc::unreachable) whatever the
// reader's service says of it: it reports success for a tag that left.
ledger::Result<Response> transmit(Transceiver& channel, std::string_view apdu);

// The command, its parameters, and data of 255 bytes at most; `expected` bytes of answer, 0: any.
ledger::Bytes make_apdu(std::uint8_t cla, std::uint8_t ins, std::uint8_t p1, std::uint8_t p2,
                        std::string_view data, std::optional<std::uint8_t> expected);

// "9000" and the like, for error texts.
std::string status_text(std::uint16_t status);

}  // namespace verbena::node::nfc
