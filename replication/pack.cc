// SPDX-License-Identifier: Apache-2.0
#include "replication/pack.h"

#include <zstd.h>

#include <memory>

#include "ledger/core/bytes.h"

namespace verbena::replication {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using schemas::Frame;

namespace {

constexpr std::size_t worth_packing_bytes = 200;
// A prefix costs time by its length, so it is measured by what it is for.
constexpr std::size_t prefix_bytes_min = 8 << 10;

struct Trade {
  int level;                  // of zstd
  std::size_t prefix_factor;  // of the raw bytes
};

Trade trade_of(Effort effort) {
  return effort == Effort::thorough ? Trade{16, 16} : Trade{3, 4};
}

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Tables of a megabyte or more, which all streams of a thread share: nothing is kept in them.
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  VERBENA_CHECK(context != nullptr);
  ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  VERBENA_CHECK(context != nullptr);
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  return context.get();
}

Frame packed(const std::string& raw, std::string_view prefix, int level) {
  ZSTD_CCtx* context = compressor();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  if (!prefix.empty()) ZSTD_CCtx_refPrefix(context, prefix.data(), prefix.size());
  std::string out(ZSTD_compressBound(raw.size()), '\0');
  const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), raw.data(), raw.size());
  VERBENA_CHECK(!ZSTD_isError(size));
  out.resize(size);
  Frame frame;
  if (prefix.empty()) {
    frame.set_packed(std::move(out));
  } else {
    frame.mutable_continued()->set_prefix(static_cast<std::uint32_t>(prefix.size()));
    frame.mutable_continued()->set_packed(std::move(out));
  }
  return frame;
}

Error bad(const char* what) {
  return {Errc::bad_input, std::string("a packed frame ") + what};
}

Result<std::string> unfolded(std::string_view pack, std::string_view prefix) {
  const auto size = ZSTD_getFrameContentSize(pack.data(), pack.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > pack_bytes_max) {
    return bad("does not say its size, or is too large");
  }
  ZSTD_DCtx* context = decompressor();
  ZSTD_DCtx_refPrefix(context, prefix.data(), prefix.size());
  std::string raw(size, '\0');
  const std::size_t got =
      ZSTD_decompressDCtx(context, raw.data(), raw.size(), pack.data(), pack.size());
  if (ZSTD_isError(got) || got != raw.size()) return bad("cannot be unpacked");
  return raw;
}

Result<std::vector<Frame>> frames_of(std::string_view rest) {
  std::vector<Frame> out;
  while (!rest.empty()) {
    const auto bytes = ledger::take_varint(rest);
    if (!bytes || *bytes > rest.size() || out.size() == pack_frames_max) {
      return bad("is cut short or holds too many");
    }
    Frame& inner = out.emplace_back();
    if (!inner.ParseFromArray(rest.data(), static_cast<int>(*bytes)) ||
        inner.body_case() == Frame::kPacked || inner.body_case() == Frame::kContinued) {
      return bad("holds something that is no frame");
    }
    rest.remove_prefix(*bytes);
  }
  return out;
}

}  // namespace

void PackTail::add(std::string_view raw) {
  // Moved once in a while, not at each pack.
  if (raw_.size() + raw.size() > 2 * prefix_bytes_max) {
    raw_.erase(0, raw_.size() - std::min(raw_.size(), prefix_bytes_max));
  }
  raw_ += raw.substr(raw.size() - std::min(raw.size(), prefix_bytes_max));
}

std::string_view PackTail::last(std::size_t bytes) const {
  const std::size_t held = std::min(bytes, this->bytes());
  return std::string_view(raw_).substr(raw_.size() - held);
}

std::vector<Frame> Packer::pack(std::vector<Frame> frames, std::size_t prefix, Effort effort,
                                std::size_t target) {
  const bool lone = frames.size() == 1;
  if (frames.empty() || (lone && frames[0].ByteSizeLong() < worth_packing_bytes)) return frames;
  const Trade trade = trade_of(effort);
  std::vector<Frame> out;
  std::string raw;
  int count = 0;
  const auto flush = [&] {
    const std::size_t worth = std::max(prefix_bytes_min, trade.prefix_factor * raw.size());
    Frame pack = packed(raw, tail_.last(std::min(prefix, worth)), trade.level);
    // Signatures do not compress: a lone sale may be smaller as it is. Unless the next leans on it.
    if (lone && prefix == 0 && frames[0].ByteSizeLong() <= pack.ByteSizeLong())
      pack = std::move(frames[0]);
    else
      tail_.add(raw);
    out.push_back(std::move(pack));
    raw.clear();
    count = 0;
  };
  for (const auto& frame : frames) {
    const std::string bytes = frame.SerializeAsString();
    ledger::put_varint(raw, bytes.size());
    raw += bytes;
    if (raw.size() >= target || ++count == pack_frames_max) flush();
  }
  if (!raw.empty()) flush();
  return out;
}

Result<std::vector<Frame>> Unpacker::unpack(Frame frame) {
  const bool continued = frame.body_case() == Frame::kContinued;
  if (!continued && frame.body_case() != Frame::kPacked) {
    std::vector<Frame> alone;
    alone.push_back(std::move(frame));
    return alone;
  }
  const std::size_t prefix = continued ? frame.continued().prefix() : 0;
  if (prefix > tail_.bytes()) return bad("leans on more than was sent before it");
  auto raw = unfolded(continued ? frame.continued().packed() : frame.packed(), tail_.last(prefix));
  if (!raw) return raw.error();
  tail_.add(*raw);
  return frames_of(*raw);
}

}  // namespace verbena::replication
