// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/result.h"

namespace verbena::ledger {

const char* refusal_code(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "none";
    case Refusal::insufficient_funds: return "insufficient-funds";
    case Refusal::band_rolled_back: return "band-rolled-back";
    case Refusal::band_damaged: return "band-damaged";
    case Refusal::purse_frozen: return "purse-frozen";
    case Refusal::unknown_item: return "unknown-item";
    case Refusal::unknown_sale: return "unknown-sale";
    case Refusal::limit_purse: return "limit-purse";
    case Refusal::limit_offline: return "limit-offline";
    case Refusal::limit_issuer: return "limit-issuer";
    case Refusal::witness_needed: return "witness-needed";
    case Refusal::approval_needed: return "approval-needed";
    case Refusal::role_denied: return "role-denied";
    case Refusal::other_festival: return "other-festival";
    case Refusal::intent_reused: return "intent-reused";
    case Refusal::already_voided: return "already-voided";
    case Refusal::not_here: return "not-here";
    case Refusal::empty_basket: return "empty-basket";
    case Refusal::amount_out_of_range: return "amount-out-of-range";
    case Refusal::not_ready: return "not-ready";
    case Refusal::out_of_stock_account: return "out-of-stock-account";
    case Refusal::tap_again: return "tap-again";
    case Refusal::sale_aborted: return "sale-aborted";
    case Refusal::price_changed: return "price-changed";
    case Refusal::storage_low: return "storage-low";
    case Refusal::no_dispatch: return "no-dispatch";
    case Refusal::shift_open: return "shift-open";
    case Refusal::shift_needed: return "shift-needed";
    case Refusal::age_check_needed: return "age-check-needed";
    case Refusal::tip_check_needed: return "tip-check-needed";
    case Refusal::deposit_unknown: return "deposit-unknown";
    case Refusal::meals_used_up: return "meals-used-up";
    case Refusal::part_used: return "part-used";
    case Refusal::device_revoked: return "device-revoked";
    case Refusal::already_blocked: return "already-blocked";
    case Refusal::already_replaced: return "already-replaced";
    case Refusal::block_not_everywhere: return "block-not-everywhere";
    case Refusal::voucher_invalid: return "voucher-invalid";
    case Refusal::voucher_used: return "voucher-used";
    case Refusal::voucher_rest: return "voucher-rest";
    case Refusal::chip_unfit: return "chip-unfit";
    case Refusal::band_unfinished: return "band-unfinished";
    case Refusal::band_keys_missing: return "band-keys-missing";
  }
  return "none";
}

}  // namespace verbena::ledger
