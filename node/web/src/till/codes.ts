// SPDX-License-Identifier: Apache-2.0
// What refusals mean for the intent that was refused.

// What the node decides about this very intent. It looks the intent up before it decides anything:
// had it been done, the answer would have been its first result.
export const DECISIONS = new Set([
  "insufficient-funds",
  "limit-purse",
  "limit-offline",
  "limit-issuer",
  "witness-needed",
  "approval-needed",
  "unknown-item",
  "unknown-sale",
  "already-voided",
  "not-here",
  "empty-basket",
  "amount-out-of-range",
  "out-of-stock-account",
  "purse-frozen",
  "band-rolled-back",
  "price-changed",
  "sale-aborted",
  "storage-low",
  "no-dispatch",
  "shift-open",
  "shift-needed",
  "age-check-needed",
  "tip-check-needed",
  "meals-used-up",
  "part-used",
  "device-revoked",
  "already-blocked",
  "already-replaced",
  "block-not-everywhere",
  "voucher-invalid",
  "voucher-used",
  "voucher-rest",
  "deposit-unknown",
  "bad-input",
]);

// What only says that the band in the field is not the one that is wanted.
export const OF_THE_BAND = new Set([
  "no-band",
  "several-bands",
  "not-a-customer-band",
  "intent-reused",
  "band-damaged",
  "other-festival",
  "chip-unfit",
  "band-unfinished",
  "band-keys-missing",
]);

// What says that earlier sales are not as this till's list has them.
export const OF_A_SALE = new Set(["part-used", "already-voided", "unknown-sale"]);
