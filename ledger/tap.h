// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"
#include "ledger/purse/band.h"

// A band in the field of a reader: read and verify it, and make the image a purse event leaves.
namespace verbena::ledger {

struct BandReading {
  BandImage image;
  std::size_t active = 0;
  BandSlot slot;
  Bytes slot_bytes;
};

// Verifies seals and the credit certificate against the roster; says why a band is not accepted.
Result<BandReading> read_band(State& state, std::string_view bytes);

// What this node may let the purse spend: what is on the band and the grants known here.
std::int64_t spendable_minor(State& state, const BandReading& band);

// What of it was a gift: it buys goods and is paid out to nobody.
std::int64_t unspent_gift_minor(State& state, const BandReading& band);

// Crew meals given to it as far as is known here, less those it used up.
std::uint32_t meals_left(State& state, const BandReading& band);

// True when the band tells something this node does not hold: it becomes an evidence event.
bool is_news(State& state, const BandReading& band);
Draft evidence_draft(const BandReading& band);

// Refuses frozen, rolled-back and copied bands.
Status check_chain(State& state, const BandReading& band);

// The next step on this purse. Fails where a total would not fit on the band.
Result<schemas::PurseStep> next_step(const BandReading& band, std::uint64_t credit_minor,
                                     std::uint64_t debit_minor);

// What the issuer of a step answers for: what it leaves on the band, gifts that were spent aside.
CreditCertificate credit_of(const schemas::PurseStep& step, std::uint16_t issuer,
                            std::uint64_t issued_after);

// The slot that this event left on the band, under its writer's seal: the newest, or the one before
// it where the band went on once since. Empty: the band does not show it, or no more.
std::optional<BandReading> slot_showing(const BandReading& band, const Hash& id,
                                        const DeviceIdentity& writer);

// What a stand adds to the band's evidence ring with a sale.
struct RingNews {
  std::uint64_t incarnation = 0;
  std::uint64_t trade_size = 0;   // after this sale
  std::uint64_t total_minor = 0;  // all tenders of this incarnation, after this sale
};

// The image after the purse event `id`, written into the slot that is not active. `credit` replaces
// the certificate where the step credits.
Bytes band_after(const BandReading& band, const schemas::PurseStep& step, const Hash& id,
                 const DeviceIdentity& writer, const std::optional<RingNews>& news,
                 const std::optional<CreditCertificate>& credit);

// A new, empty band, sealed by the office.
Bytes new_band(std::uint64_t purse, const DeviceIdentity& office, bool is_short = false);

}  // namespace verbena::ledger
