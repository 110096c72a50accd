// SPDX-License-Identifier: Apache-2.0
#include "replication/pack.h"

#include <zstd.h>

#include "ledger/core/bytes.h"

namespace verbena::replication {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using schemas::Frame;

namespace {

constexpr int compression_level = 3;
constexpr std::size_t worth_packing_bytes = 200;

Frame packed(const std::string& raw) {
  std::string out(ZSTD_compressBound(raw.size()), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), compression_level);
  VERBENA_CHECK(!ZSTD_isError(size));
  out.resize(size);
  Frame frame;
  frame.set_packed(std::move(out));
  return frame;
}

Error bad(const char* what) {
  return {Errc::bad_input, std::string("a packed frame ") + what};
}

}  // namespace

std::vector<Frame> pack(std::vector<Frame> frames) {
  if (frames.empty() || (frames.size() == 1 && frames[0].ByteSizeLong() < worth_packing_bytes)) {
    return frames;
  }
  std::vector<Frame> out;
  std::string raw;
  int count = 0;
  for (const auto& frame : frames) {
    const std::string bytes = frame.SerializeAsString();
    ledger::put_varint(raw, bytes.size());
    raw += bytes;
    if (raw.size() >= pack_bytes_target || ++count == pack_frames_max) {
      out.push_back(packed(raw));
      raw.clear();
      count = 0;
    }
  }
  if (!raw.empty()) out.push_back(packed(raw));
  // Signatures do not compress: a lone sale may be smaller as it is.
  if (frames.size() == 1 && frames[0].ByteSizeLong() <= out[0].ByteSizeLong()) return frames;
  return out;
}

Result<std::vector<Frame>> unpack(const Frame& frame) {
  if (frame.body_case() != Frame::kPacked) return std::vector<Frame>{frame};
  const std::string& packed_bytes = frame.packed();
  const auto size = ZSTD_getFrameContentSize(packed_bytes.data(), packed_bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > pack_bytes_max) {
    return bad("does not say its size, or is too large");
  }
  std::string raw(size, '\0');
  const std::size_t got =
      ZSTD_decompress(raw.data(), raw.size(), packed_bytes.data(), packed_bytes.size());
  if (ZSTD_isError(got) || got != raw.size()) return bad("cannot be unpacked");
  std::vector<Frame> out;
  std::string_view rest = raw;
  while (!rest.empty()) {
    const auto bytes = ledger::take_varint(rest);
    if (!bytes || *bytes > rest.size() || out.size() == pack_frames_max) {
      return bad("is cut short or holds too many");
    }
    Frame& inner = out.emplace_back();
    if (!inner.ParseFromArray(rest.data(), static_cast<int>(*bytes)) ||
        inner.body_case() == Frame::kPacked) {
      return bad("holds something that is no frame");
    }
    rest.remove_prefix(*bytes);
  }
  return out;
}

}  // namespace verbena::replication
