// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/voucher.h"

// A voucher on paper.
namespace verbena::node {

// What its QR code says, and what a scanner types: a mark and base45. Never ends in a space.
std::string voucher_text(std::string_view code);
// Fails where the text, but for space around it, is none.
ledger::Result<ledger::Bytes> voucher_from_text(std::string_view text);

// A card to print: the QR code, what it is worth and where, and the first digits of its id. In
// Spanish or English. As an SVG, in millimetres.
ledger::Result<std::string> voucher_card(std::string_view code, const std::string& worth,
                                         bool spanish);

}  // namespace verbena::node
