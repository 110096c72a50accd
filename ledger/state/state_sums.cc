// SPDX-License-Identifier: Apache-2.0
// What the state adds up to: totals, counts and the digest.
#include "ledger/state/state.h"

namespace verbena::ledger {

const AccountBook& State::accounts() {
  evaluate_dirty();
  return accounts_;
}

Totals State::totals() {
  evaluate_dirty();
  const auto flow = [this](AccountKind from, AccountKind to) { return accounts_.flow(from, to); };
  Totals out;
  out.topups_minor = flow(AccountKind::outside, AccountKind::purse);
  out.sales_minor = flow(AccountKind::purse, AccountKind::stand) +
                    flow(AccountKind::outside, AccountKind::stand) +
                    flow(AccountKind::voucher, AccountKind::stand) -
                    flow(AccountKind::stand, AccountKind::purse) -
                    flow(AccountKind::stand, AccountKind::outside) -
                    flow(AccountKind::stand, AccountKind::voucher);
  out.refunds_minor = flow(AccountKind::purse, AccountKind::outside);
  out.balances_minor = accounts_.sum(AccountKind::purse);
  out.suspense_minor = accounts_.sum(AccountKind::suspense);
  out.vouchers_minor = accounts_.sum(AccountKind::voucher);
  return out;
}

Hash State::digest() {
  evaluate_dirty();
  digest_.put(DigestSection::settings, "festival", view(festival_hash()));
  for (const auto& alias : staff_.take_changed()) {
    const auto* card = staff_.find(alias, roster_);
    digest_.put(DigestSection::settings, "staff/" + alias,
                card == nullptr ? std::string_view() : view(card->id));
  }
  for (const auto& [hash, certificate] : roster_.all()) {
    Bytes flags;
    put_u8(flags, static_cast<std::uint8_t>((roster_.certified(hash) ? 1 : 0) |
                                            (roster_.revoked(certificate->key) ? 2 : 0) |
                                            (roster_.forked(certificate->key) ? 4 : 0)));
    digest_.put(DigestSection::devices, view(hash), flags);
  }
  for (const AccountId id : accounts_.take_dirty()) {
    const auto& account = accounts_.at(id);
    Bytes value;
    if (account.balance != 0) put_i128(value, account.balance);
    digest_.put(DigestSection::accounts, account.unit + '\0' + account.path, value);
  }
  for (const Cell* cell : changed_cells_) {
    const PurseView& now = cell->view;
    Bytes key, value;
    put_u64(key, cell->cell.purse);
    put_u32(value, now.counter);
    put_u64(value, now.credited);
    put_u64(value, now.debited);
    put_u64(value, now.gift_debited);
    put_u64(value, now.granted);
    put_u32(value, now.meals_used);
    put_u64(value, now.meals_granted);
    put_u32(value, now.posted);
    put_u32(value, now.pending);
    put_u32(value, now.aborted);
    put_u8(value, static_cast<std::uint8_t>((now.frozen ? 1 : 0) | (now.forked ? 2 : 0)));
    value.append(view(now.hash));
    digest_.put(DigestSection::purses, key, value);
  }
  changed_cells_.clear();
  for (const auto& place : changed_voids_) {
    Bytes key(view(place.first));
    put_u64(key, place.second);
    const Hash& winner = voids_.at(place).winner;
    digest_.put(DigestSection::cash_voids, key,
                winner == Hash{} ? std::string_view() : view(winner));
  }
  changed_voids_.clear();
  return digest_.root();
}

}  // namespace verbena::ledger
