// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/result.h"

namespace verbena::node {

// Bytes as text of the 45 characters that a QR code holds most densely (RFC 9285), and back. Fails
// where a text is none.
std::string base45(std::string_view bytes);
ledger::Result<std::string> from_base45(std::string_view text);

// A QR code (ISO/IEC 18004, error correction L) of this text as an SVG, one unit a module, with its
// quiet zone. Fails where the text does not fit: 4,296 characters of base45.
ledger::Result<std::string> qr_svg(const std::string& text);

}  // namespace verbena::node
