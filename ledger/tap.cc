// SPDX-License-Identifier: Apache-2.0
#include "ledger/tap.h"

#include <algorithm>

#include "ledger/core/mutant.h"
#include "ledger/purse/presence.h"

namespace verbena::ledger {

namespace {

std::uint32_t festival_prefix(std::uint64_t festival) {
  return static_cast<std::uint32_t>(festival >> 32);
}

const Certificate* sealed_by(const Roster& roster, std::string_view sealed, std::uint16_t number) {
  for (const auto& certificate : roster.numbered(number)) {
    if (roster.certified(certificate->hash) &&
        verify_slot(sealed, roster.root().festival, certificate->key)) {
      return certificate.get();
    }
  }
  return nullptr;
}

// The certificate rules: the issuer answers for the whole balance it left on the band.
bool credit_holds(const Roster& roster, const BandSlot& slot) {
  const CreditCertificate& credit = slot.credit;
  if (slot.head.credited == 0) return true;
  if (credit.credited != slot.head.credited || slot.head.debited < credit.debited ||
      credit.credited < credit.debited || credit.counter > slot.head.counter ||
      credit.issued_after < credit.issued_before ||
      credit.issued_after - credit.issued_before != credit.credited - credit.debited) {
    return false;
  }
  for (const auto& certificate : roster.numbered(credit.issuer)) {
    if (roster.certified(certificate->hash) && role_credits(certificate->role) &&
        credit.issued_after <= certificate->credit_limit_minor &&
        verify_credit(credit, roster.root().festival, slot.head.purse, certificate->key)) {
      return true;
    }
  }
  return false;
}

// Totals only grow: a copy that ran ahead elsewhere, in small steps, has a later step and shows
// less than one that counts here. Who knows of no missing step and of no fork knows of no such
// copy.
bool shows_less(State& state, const PurseHead& head) {
  const PurseView& known = state.purse(head.purse);
  const auto more = [&](std::uint64_t credited, std::uint64_t debited) {
    return head.credited < credited || head.debited < debited;
  };
  if (more(known.credited, known.debited)) return true;
  if (!known.forked && known.gaps.empty()) return false;
  return std::any_of(known.posted_ids.begin(), known.posted_ids.end(), [&](const Hash& id) {
    const PurseEvent* step = state.purse_event(head.purse, id);
    return step != nullptr && more(step->credited, step->debited);
  });
}

}  // namespace

Result<BandReading> read_band(State& state, std::string_view bytes) {
  auto image = decode_band(image_in(bytes));
  if (!image) return refuse(Refusal::band_damaged, image.error().text);
  const Roster& roster = state.roster();
  bool other_festival = false;
  const Certificate* writer = nullptr;  // of the slot looked at last
  std::uint32_t unknown_writer_at = 0;  // greatest counter written by a device not known here
  const auto active = newest_slot(*image, [&](const BandSlot& slot, std::string_view bytes_read) {
    if (slot.head.festival != festival_prefix(roster.root().festival)) {
      other_festival = true;
      return false;
    }
    writer = sealed_by(roster, bytes_read, slot.head.writer);
    if (writer == nullptr && roster.numbered(slot.head.writer).empty()) {
      unknown_writer_at = std::max(unknown_writer_at, slot.head.counter);
    }
    return writer != nullptr && credit_holds(roster, slot);
  });
  // Without this device's seal nothing of it can be believed, and the older slot is not the
  // balance.
  if (unknown_writer_at > (active ? active->slot.head.counter : 0)) {
    return refuse(Refusal::not_ready, "this band was written by a device not known here yet");
  }
  if (!active) {
    if (other_festival) return refuse(Refusal::other_festival, "this band is of another festival");
    return refuse(Refusal::band_damaged, "no slot of this band verifies");
  }
  if (roster.revoked(writer->key)) {
    const PurseView& known = state.purse(active->slot.head.purse);
    if (known.counter < active->slot.head.counter) {
      return refuse(Refusal::approval_needed, "this band was last written by a revoked device");
    }
  }
  return BandReading{*image, active->index, active->slot, active->bytes};
}

std::int64_t spendable_minor(State& state, const BandReading& band) {
  const auto granted = static_cast<std::int64_t>(state.purse(band.slot.head.purse).granted);
  return static_cast<std::int64_t>(band.slot.head.credited) + granted -
         static_cast<std::int64_t>(band.slot.head.debited);
}

std::int64_t unspent_gift_minor(State& state, const BandReading& band) {
  const std::uint64_t given = state.purse(band.slot.head.purse).gift_granted;
  return static_cast<std::int64_t>(given -
                                   std::min<std::uint64_t>(given, band.slot.head.gift_debited));
}

std::uint32_t meals_left(State& state, const BandReading& band) {
  const PurseView& known = state.purse(band.slot.head.purse);
  const std::uint64_t given = known.meals_granted;
  const std::uint64_t on_band = band.slot.head.entitlements[meals_entitlement];
  const std::uint64_t used = std::max<std::uint64_t>(on_band, known.meals_used);
  // No more than the band can still count.
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(
      given - std::min(given, used), meals_max - std::min<std::uint64_t>(on_band, meals_max)));
}

CreditCertificate credit_of(const schemas::PurseStep& step, std::uint16_t issuer,
                            std::uint64_t issued_after) {
  CreditCertificate out;
  out.counter = step.counter();
  out.credited = static_cast<std::uint32_t>(step.credited());
  out.debited = static_cast<std::uint32_t>(step.debited() - step.gift_debited());
  out.issuer = issuer;
  out.issued_after = issued_after;
  out.issued_before = issued_after - (out.credited - out.debited);
  return out;
}

bool is_news(State& state, const BandReading& band) {
  return band.slot.head.counter > state.purse(band.slot.head.purse).counter;
}

Draft evidence_draft(const BandReading& band) {
  schemas::Evidence evidence;
  evidence.set_slot(band.slot_bytes);
  Draft draft;
  draft.log_class = LogClass::value;
  draft.event.set_kind(schemas::KIND_EVIDENCE);
  draft.event.set_payload(evidence.SerializeAsString());
  return draft;
}

std::optional<BandReading> slot_showing(const BandReading& band, const Hash& id,
                                        const DeviceIdentity& writer) {
  if (band.slot.head.hash == purse_prefix(id)) return band;
  const std::size_t older = 1 - band.active;
  const Bytes& bytes = band.image.slots[older];
  const auto slot = decode_slot(bytes);
  if (!slot || slot->head.purse != band.slot.head.purse || slot->head.hash != purse_prefix(id) ||
      !verify_slot(bytes, writer.certificate.festival, writer.key.public_key())) {
    return std::nullopt;
  }
  return BandReading{band.image, older, *slot, bytes};
}

Status check_chain(State& state, const BandReading& band) {
  const PurseHead& head = band.slot.head;
  const PurseView& known = state.purse(head.purse);
  if (known.frozen && !mutant(Mutant::frozen_taken))
    return refuse(Refusal::purse_frozen, "this purse is frozen");
  if (head.counter < known.counter && !mutant(Mutant::rolled_back_taken)) {
    return refuse(Refusal::band_rolled_back, "this band shows step " +
                                                 std::to_string(head.counter) + ", step " +
                                                 std::to_string(known.counter) + " is known");
  }
  if (head.counter == known.counter && known.counter > 0 && head.hash != known.hash) {
    return refuse(Refusal::band_rolled_back, "another band has taken this step already: a copy");
  }
  if (shows_less(state, head) && !mutant(Mutant::rolled_back_taken)) {
    return refuse(Refusal::band_rolled_back, "this band shows less than it has spent: a copy");
  }
  return done();
}

Result<schemas::PurseStep> next_step(const BandReading& band, std::uint64_t credit_minor,
                                     std::uint64_t debit_minor) {
  const PurseHead& head = band.slot.head;
  const std::uint64_t credited = head.credited + credit_minor;
  const std::uint64_t debited = head.debited + debit_minor;
  if (credited > UINT32_MAX || debited > UINT32_MAX || head.counter == UINT32_MAX) {
    return refuse(Refusal::amount_out_of_range, "the band cannot hold this total");
  }
  schemas::PurseStep step;
  step.set_purse(head.purse);
  step.set_counter(head.counter + 1);
  step.set_credited(credited);
  step.set_debited(debited);
  step.set_previous(Bytes(view(head.hash)));
  step.set_gift_debited(head.gift_debited);
  step.set_meals_used(head.entitlements[meals_entitlement]);
  return step;
}

Bytes band_after(const BandReading& band, const schemas::PurseStep& step, const Hash& id,
                 const DeviceIdentity& writer, const std::optional<RingNews>& news,
                 const std::optional<CreditCertificate>& credit) {
  BandSlot slot = band.slot;
  slot.head.counter = step.counter();
  slot.head.credited = static_cast<std::uint32_t>(step.credited());
  slot.head.debited = static_cast<std::uint32_t>(step.debited());
  slot.head.gift_debited = static_cast<std::uint32_t>(step.gift_debited());
  slot.head.entitlements[meals_entitlement] = static_cast<std::uint8_t>(step.meals_used());
  slot.head.hash = purse_prefix(id);
  slot.head.writer = writer.certificate.number;
  if (credit) {
    slot.credit = *credit;
    slot.credit.event = slot.head.hash;
    sign_credit(slot.credit, writer.certificate.festival, slot.head.purse, writer.key);
  }
  if (news) {
    std::rotate(slot.ring.begin(), slot.ring.end() - 1, slot.ring.end());
    RingEntry& entry = slot.ring.front();
    entry.device = writer.certificate.number;
    entry.incarnation = static_cast<std::uint16_t>(news->incarnation >> 48);
    entry.size = static_cast<std::uint32_t>(news->trade_size & 0xffffff);
    entry.total =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(news->total_minor, UINT32_MAX));
    std::copy_n(id.begin(), entry.head.size(), entry.head.begin());
  }
  // What a short band has no room for is no part of what its seal covers.
  if (band.image.is_short) std::fill(slot.ring.begin() + 1, slot.ring.end(), RingEntry{});
  BandImage image = band.image;
  image.slots[1 - band.active] = seal_slot(slot, writer.certificate.festival, writer.key);
  return encode_band(image);
}

Bytes new_band(std::uint64_t purse, const DeviceIdentity& office, bool is_short) {
  BandSlot slot;
  slot.head.festival = festival_prefix(office.certificate.festival);
  slot.head.purse = purse;
  slot.head.writer = office.certificate.number;
  BandImage image;
  image.slots[0] = seal_slot(slot, office.certificate.festival, office.key);
  image.slots[1] = Bytes(slot_bytes, '\0');
  image.is_short = is_short;
  return encode_band(image);
}

}  // namespace verbena::ledger
