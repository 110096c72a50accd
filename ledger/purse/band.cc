// SPDX-License-Identifier: Apache-2.0
#include "ledger/purse/band.h"

#include <algorithm>
#include <vector>

namespace verbena::ledger {

namespace {

constexpr std::string_view purse_context = "verbena-purse-v1";
constexpr std::string_view credit_context = "verbena-credit-v1";
constexpr std::string_view band_magic = "VBAND001";
constexpr std::string_view short_band_magic = "VBAND002";
static_assert(band_magic.size() == short_band_magic.size());

Bytes encode_purse_head(const PurseHead& head) {
  Bytes out;
  put_u8(out, head.format);
  put_u8(out, head.flags);
  put_u32(out, head.festival);
  put_u64(out, head.purse);
  put_u32(out, head.counter);
  put_u32(out, head.credited);
  put_u32(out, head.debited);
  out.append(view(head.entitlements));
  put_u32(out, head.gift_debited);
  out.append(view(head.hash));
  put_u16(out, head.writer);
  VERBENA_CHECK(out.size() == purse_head_bytes);
  return out;
}

Bytes encode_credit_body(const CreditCertificate& credit) {
  Bytes out;
  put_u32(out, credit.counter);
  put_u32(out, credit.credited);
  put_u32(out, credit.debited);
  put_u16(out, credit.issuer);
  put_u64(out, credit.issued_before);
  put_u64(out, credit.issued_after);
  out.append(view(credit.event));
  return out;
}

Bytes credit_message(const CreditCertificate& credit, std::uint64_t festival, std::uint64_t purse) {
  Bytes out;
  put_u64(out, festival);
  put_u64(out, purse);
  return out + encode_credit_body(credit);
}

Bytes festival_prefix(std::uint64_t festival) {
  Bytes out;
  put_u64(out, festival);
  return out;
}

// Reads big-endian fields off the front.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number(std::size_t bytes) { return get_be(take(bytes)); }
  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    return *fixed<N>(take(N));
  }

 private:
  std::string_view take(std::size_t n) {
    VERBENA_CHECK(rest_.size() >= n);
    const auto out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  std::string_view rest_;
};

}  // namespace

void sign_credit(CreditCertificate& credit, std::uint64_t festival, std::uint64_t purse,
                 const SigningKey& issuer) {
  credit.signature = issuer.sign(credit_context, credit_message(credit, festival, purse));
}

bool verify_credit(const CreditCertificate& credit, std::uint64_t festival, std::uint64_t purse,
                   const PublicKey& issuer) {
  return verify_signature(issuer, credit_context, credit_message(credit, festival, purse),
                          view(credit.signature));
}

Bytes seal_slot(const BandSlot& slot, std::uint64_t festival, const SigningKey& writer) {
  Bytes out = encode_purse_head(slot.head);
  out += encode_credit_body(slot.credit);
  out.append(view(slot.credit.signature));
  for (const auto& entry : slot.ring) {
    put_u16(out, entry.device);
    put_u16(out, entry.incarnation);
    put_u8(out, static_cast<std::uint8_t>(entry.size >> 16));
    put_u16(out, static_cast<std::uint16_t>(entry.size));
    put_u32(out, entry.total);
    out.append(view(entry.head));
  }
  out.append(view(writer.sign(purse_context, festival_prefix(festival) + out)));
  VERBENA_CHECK(out.size() == slot_bytes);
  return out;
}

Result<BandSlot> decode_slot(std::string_view bytes) {
  if (bytes.size() != slot_bytes) return Error{Errc::bad_input, "band slot: wrong length"};
  Reader in(bytes);
  BandSlot slot;
  PurseHead& head = slot.head;
  head.format = static_cast<std::uint8_t>(in.number(1));
  if (head.format != 1) return Error{Errc::future_version, "band slot: unknown format"};
  head.flags = static_cast<std::uint8_t>(in.number(1));
  head.festival = static_cast<std::uint32_t>(in.number(4));
  head.purse = in.number(8);
  head.counter = static_cast<std::uint32_t>(in.number(4));
  head.credited = static_cast<std::uint32_t>(in.number(4));
  head.debited = static_cast<std::uint32_t>(in.number(4));
  head.entitlements = in.array<4>();
  head.gift_debited = static_cast<std::uint32_t>(in.number(4));
  head.hash = in.array<purse_prefix_bytes>();
  head.writer = static_cast<std::uint16_t>(in.number(2));
  CreditCertificate& credit = slot.credit;
  credit.counter = static_cast<std::uint32_t>(in.number(4));
  credit.credited = static_cast<std::uint32_t>(in.number(4));
  credit.debited = static_cast<std::uint32_t>(in.number(4));
  credit.issuer = static_cast<std::uint16_t>(in.number(2));
  credit.issued_before = in.number(8);
  credit.issued_after = in.number(8);
  credit.event = in.array<purse_prefix_bytes>();
  credit.signature = in.array<64>();
  for (auto& entry : slot.ring) {
    entry.device = static_cast<std::uint16_t>(in.number(2));
    entry.incarnation = static_cast<std::uint16_t>(in.number(2));
    entry.size = static_cast<std::uint32_t>(in.number(3));
    entry.total = static_cast<std::uint32_t>(in.number(4));
    entry.head = in.array<5>();
  }
  slot.seal = in.array<64>();
  return slot;
}

bool verify_slot(std::string_view bytes, std::uint64_t festival, const PublicKey& writer) {
  if (bytes.size() != slot_bytes) return false;
  const auto body = bytes.substr(0, slot_bytes - 64);
  return verify_signature(writer, purse_context, festival_prefix(festival) + Bytes(body),
                          bytes.substr(slot_bytes - 64));
}

Bytes encode_band(const BandImage& image) {
  Bytes out(image.is_short ? short_band_magic : band_magic);
  for (const auto& slot : image.slots) {
    Bytes padded = slot;
    padded.resize(slot_bytes, '\0');
    out += padded;
  }
  return out;
}

Result<BandImage> decode_band(std::string_view bytes) {
  const bool is_short = bytes.starts_with(short_band_magic);
  if (bytes.size() != band_bytes || !(is_short || bytes.starts_with(band_magic))) {
    return Error{Errc::bad_input, "not a band image"};
  }
  bytes.remove_prefix(band_magic.size());
  return BandImage{{Bytes(bytes.substr(0, slot_bytes)), Bytes(bytes.substr(slot_bytes))}, is_short};
}

std::optional<ActiveSlot> newest_slot(
    const BandImage& image, const std::function<bool(const BandSlot&, std::string_view)>& accepts) {
  std::vector<ActiveSlot> slots;
  for (std::size_t i = 0; i < image.slots.size(); ++i) {
    if (auto slot = decode_slot(image.slots[i])) slots.push_back({*slot, image.slots[i], i});
  }
  std::stable_sort(slots.begin(), slots.end(), [](const ActiveSlot& a, const ActiveSlot& b) {
    return a.slot.head.counter > b.slot.head.counter;
  });
  for (auto& slot : slots) {
    if (accepts(slot.slot, slot.bytes)) return std::move(slot);
  }
  return std::nullopt;
}

}  // namespace verbena::ledger
