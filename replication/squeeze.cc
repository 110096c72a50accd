// SPDX-License-Identifier: Apache-2.0
#include "replication/squeeze.h"

#include <zstd.h>

namespace verbena::replication {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr int compression_level = 12;

}  // namespace

std::string squeeze(std::string_view raw) {
  std::string out(ZSTD_compressBound(raw.size()), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), compression_level);
  VERBENA_CHECK(!ZSTD_isError(size));
  out.resize(size);
  return out;
}

Result<std::string> unsqueeze(std::string_view squeezed, std::size_t raw_bytes_max) {
  const auto size = ZSTD_getFrameContentSize(squeezed.data(), squeezed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > raw_bytes_max) {
    return Error{Errc::bad_input, "it does not say its size, or is too large"};
  }
  std::string raw(size, '\0');
  const std::size_t got = ZSTD_decompress(raw.data(), raw.size(), squeezed.data(), squeezed.size());
  if (ZSTD_isError(got) || got != raw.size()) {
    return Error{Errc::bad_input, "it cannot be unfolded"};
  }
  return raw;
}

}  // namespace verbena::replication
