// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/account_book.h"

#include "ledger/core/mutant.h"
#include "ledger/core/result.h"

namespace verbena::ledger {

namespace {

AccountKind kind_of(std::string_view path) {
  const auto first = path.substr(0, path.find('/'));
  if (first == "outside") return AccountKind::outside;
  if (first == "purse") return AccountKind::purse;
  if (first == "stand") return AccountKind::stand;
  if (first == "suspense") return AccountKind::suspense;
  if (first == "voucher") return AccountKind::voucher;
  return AccountKind::other;
}

bool is_money(const AccountBook::Account& account) {
  return account.unit[0] != '#';
}

}  // namespace

AccountId AccountBook::account(std::string_view unit, std::string_view path) {
  scratch_.assign(unit);
  scratch_.push_back('\0');
  scratch_.append(path);
  const auto [it, fresh] = index_.try_emplace(scratch_, static_cast<AccountId>(accounts_.size()));
  if (fresh) {
    accounts_.push_back({std::string(unit), std::string(path), kind_of(path), 0, false});
  }
  return it->second;
}

void AccountBook::apply(const Transfer& transfer, int sign) {
  VERBENA_CHECK(accounts_[transfer.from].unit == accounts_[transfer.to].unit);
  const __int128 delta = static_cast<__int128>(transfer.amount) * sign;
  if (sign > 0 || !mutant(Mutant::one_sided_retraction)) add(transfer.from, -delta);
  add(transfer.to, delta);
  if (is_money(accounts_[transfer.from])) {
    flows_[static_cast<std::size_t>(accounts_[transfer.from].kind)]
          [static_cast<std::size_t>(accounts_[transfer.to].kind)] += delta;
  }
}

void AccountBook::add(AccountId id, __int128 delta) {
  Account& account = accounts_[id];
  account.balance += delta;
  if (!account.dirty) {
    account.dirty = true;
    dirty_.push_back(id);
  }
}

__int128 AccountBook::sum(AccountKind kind) const {
  __int128 total = 0;
  for (const auto& account : accounts_) {
    if (account.kind == kind && is_money(account)) total += account.balance;
  }
  return total;
}

__int128 AccountBook::balance(std::string_view unit, std::string_view path) const {
  std::string key(unit);
  key.push_back('\0');
  key.append(path);
  const auto found = index_.find(key);
  return found == index_.end() ? 0 : accounts_[found->second].balance;
}

std::vector<AccountId> AccountBook::take_dirty() {
  std::vector<AccountId> out;
  out.swap(dirty_);
  for (const AccountId id : out) accounts_[id].dirty = false;
  return out;
}

}  // namespace verbena::ledger
