// SPDX-License-Identifier: Apache-2.0
#include "node/qr.h"

#include <qrencode.h>

#include <memory>

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
constexpr unsigned base = 45;
constexpr int quiet_modules = 4;

}  // namespace

std::string base45(std::string_view bytes) {
  std::string out;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const auto put = [&](unsigned value, int digits) {
    for (; digits > 0; --digits, value /= base) out += alphabet[value % base];
  };
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) put(byte(i) * 256u + byte(i + 1), 3);
  if (i < bytes.size()) put(byte(i), 2);
  return out;
}

Result<std::string> from_base45(std::string_view text) {
  const Error wrong{Errc::bad_input, "this is no text of base45"};
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const std::string_view group = text.substr(i, 3);
    unsigned value = 0;
    for (auto digit = group.rbegin(); digit != group.rend(); ++digit) {
      const auto at = alphabet.find(*digit);
      if (at == std::string_view::npos) return wrong;
      value = value * base + static_cast<unsigned>(at);
    }
    const bool whole = group.size() == 3;
    if (group.size() == 1 || value > (whole ? 0xffffu : 0xffu)) return wrong;
    if (whole) out += static_cast<char>(value >> 8);
    out += static_cast<char>(value & 0xff);
  }
  return out;
}

Result<std::string> qr_svg(const std::string& text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_L, QR_MODE_8, 1), &QRcode_free);
  if (!code) {
    return Error{Errc::bad_input, std::to_string(text.size()) +
                                      " characters do not fit into one QR code: write a file"};
  }
  const int size = code->width + 2 * quiet_modules;
  const auto dark = [&](int x, int y) { return (code->data[y * code->width + x] & 1) != 0; };
  std::string path;
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width; ++x) {
      if (!dark(x, y)) continue;
      const int from = x;
      while (x < code->width && dark(x, y)) ++x;
      const std::string length = std::to_string(x - from);
      path += "M" + std::to_string(from + quiet_modules) + " " + std::to_string(y + quiet_modules) +
              "h" + length + "v1h-" + length + "z";
    }
  }
  const std::string side = std::to_string(size);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side +
         "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side +
         "h-" + side + "z\"/><path d=\"" + path + "\"/></svg>\n";
}

}  // namespace verbena::node
