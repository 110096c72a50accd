// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "ledger/core/bytes.h"

namespace verbena::fuzz {

// Takes an input apart. Past its end it gives zeros.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    const auto taken = take(1);
    return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken[0]);
  }
  std::size_t below(std::size_t n) { return byte() % n; }
  // A length of two bytes, then as much of it as there is.
  std::string_view chunk() { return take(ledger::get_be(take(2))); }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view take(std::size_t n) {
    const auto out = rest_.substr(0, std::min(n, rest_.size()));
    rest_.remove_prefix(out.size());
    return out;
  }
  std::string_view rest_;
};

inline void put_chunk(ledger::Bytes& out, std::string_view chunk) {
  ledger::put_u16(out, static_cast<std::uint16_t>(chunk.size()));
  out += chunk;
}

}  // namespace verbena::fuzz
