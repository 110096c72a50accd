// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "ledger/core/crypto.h"
#include "ledger/core/event.h"

// What a wristband carries. Layout and seals of the `open` profile: two slots, each complete in
// itself, written in turn, so that a torn write leaves the older one valid.
namespace verbena::ledger {

constexpr std::size_t ring_entries = 8;
constexpr std::size_t purse_head_bytes = 48;
constexpr std::size_t meals_entitlement = 0;  // which of the entitlements counts crew meals used
constexpr std::size_t credit_certificate_bytes = 106;
constexpr std::size_t ring_entry_bytes = 16;
constexpr std::size_t slot_bytes =
    purse_head_bytes + credit_certificate_bytes + ring_entries * ring_entry_bytes + 64;
constexpr std::size_t band_bytes = 8 + 2 * slot_bytes;

// Grow-only totals in minor units; the balance on the band is credited - debited.
struct PurseHead {
  std::uint8_t format = 1;
  std::uint8_t flags = 0;
  std::uint32_t festival = 0;  // first 4 bytes of the festival tag
  std::uint64_t purse = 0;
  std::uint32_t counter = 0;
  std::uint32_t credited = 0;
  std::uint32_t debited = 0;
  std::array<std::uint8_t, 4> entitlements{};
  std::uint32_t gift_debited = 0;
  PursePrefix hash{};  // of the purse event that wrote this head
  std::uint16_t writer = 0;
  bool operator==(const PurseHead&) const = default;
};

// The issuer answers for the whole balance it leaves: after - before = credited - debited.
struct CreditCertificate {
  std::uint32_t counter = 0;
  std::uint32_t credited = 0;
  std::uint32_t debited = 0;
  std::uint16_t issuer = 0;  // device number; 0: no credit yet
  std::uint64_t issued_before = 0;
  std::uint64_t issued_after = 0;
  PursePrefix event{};
  SignatureBytes signature{};
  bool operator==(const CreditCertificate&) const = default;
};

// One receipt of the stand that wrote it: after its sale number `size`, all tenders summed to
// `total` since that incarnation began.
struct RingEntry {
  std::uint16_t device = 0;
  std::uint16_t incarnation = 0;  // its first 16 bits
  std::uint32_t size = 0;         // of the trade log, 24 bits
  std::uint32_t total = 0;
  std::array<std::uint8_t, 5> head{};  // first bytes of the purse event's id
  bool operator==(const RingEntry&) const = default;
};

struct BandSlot {
  PurseHead head;
  CreditCertificate credit;
  std::array<RingEntry, ring_entries> ring{};  // newest first
  SignatureBytes seal{};                       // by head.writer
  bool operator==(const BandSlot&) const = default;
};

void sign_credit(CreditCertificate& credit, std::uint64_t festival, std::uint64_t purse,
                 const SigningKey& issuer);
bool verify_credit(const CreditCertificate& credit, std::uint64_t festival, std::uint64_t purse,
                   const PublicKey& issuer);

// 346 bytes. The seal covers everything before it and the festival tag.
Bytes seal_slot(const BandSlot& slot, std::uint64_t festival, const SigningKey& writer);
Result<BandSlot> decode_slot(std::string_view bytes);  // form only
bool verify_slot(std::string_view bytes, std::uint64_t festival, const PublicKey& writer);

// A band as read: both slots as they are. A short band keeps the newest entry of the ring alone
// (short_band.h); its slots have the form of any other's.
struct BandImage {
  std::array<Bytes, 2> slots;
  bool is_short = false;
};
Bytes encode_band(const BandImage& image);
Result<BandImage> decode_band(std::string_view bytes);

// A well-formed slot, its bytes and its index.
struct ActiveSlot {
  BandSlot slot;
  Bytes bytes;
  std::size_t index = 0;
};
// The well-formed slot with the greatest counter that `accepts` takes; it is asked of the newest
// first and not again after its first yes. Of equal counters slot 0 comes first. Empty: none.
std::optional<ActiveSlot> newest_slot(
    const BandImage& image, const std::function<bool(const BandSlot&, std::string_view)>& accepts);

}  // namespace verbena::ledger
