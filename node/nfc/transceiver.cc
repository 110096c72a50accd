// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/transceiver.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;

Result<Response> transmit(Transceiver& channel, std::string_view apdu) {
  auto answer = channel.transceive(apdu);
  if (!answer) return answer.error();
  if (answer->size() < 2) return Error{Errc::unreachable, "torn: the tag left the reader"};
  if (answer->size() > response_bytes_max) {
    return Error{Errc::bad_input, "the reader's answer is too long"};
  }
  const std::size_t size = answer->size() - 2;
  return Response{
      answer->substr(0, size),
      static_cast<std::uint16_t>(ledger::get_be(std::string_view(*answer).substr(size)))};
}

Bytes make_apdu(std::uint8_t cla, std::uint8_t ins, std::uint8_t p1, std::uint8_t p2,
                std::string_view data, std::optional<std::uint8_t> expected) {
  VERBENA_CHECK(data.size() <= 255);
  Bytes out;
  for (const auto byte : {cla, ins, p1, p2}) ledger::put_u8(out, byte);
  if (!data.empty()) {
    ledger::put_u8(out, static_cast<std::uint8_t>(data.size()));
    out += data;
  }
  if (expected) ledger::put_u8(out, *expected);
  return out;
}

std::string status_text(std::uint16_t status) {
  Bytes bytes;
  ledger::put_u16(bytes, status);
  return ledger::hex(std::string_view(bytes));
}

}  // namespace verbena::node::nfc
