// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace verbena::ledger {

// The first segment of a path.
enum class AccountKind : std::uint8_t { other, outside, purse, stand, suspense, voucher };
constexpr std::size_t account_kinds = 6;

using AccountId = std::uint32_t;

// One posting with its accounts resolved. Both have the same unit (a currency or an item).
struct Transfer {
  AccountId from = 0;
  AccountId to = 0;
  std::int64_t amount = 0;
  bool operator==(const Transfer&) const = default;
};

// Double-entry balances, keyed (unit, path). A unit is an ISO 4217 code or "#<item number>". Every
// change moves an amount between two accounts of one unit, so each unit always sums to zero.
class AccountBook {
 public:
  AccountId account(std::string_view unit, std::string_view path);

  void apply(const Transfer& transfer, int sign = 1);

  struct Account {
    std::string unit;
    std::string path;
    AccountKind kind = AccountKind::other;
    __int128 balance = 0;
    bool dirty = false;
  };
  const Account& at(AccountId id) const { return accounts_[id]; }
  const std::vector<Account>& all() const { return accounts_; }
  __int128 balance(std::string_view unit, std::string_view path) const;

  // Money that moved from accounts of one kind to accounts of another, over all currencies.
  __int128 flow(AccountKind from, AccountKind to) const {
    return flows_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
  }
  // Sum of the balances of one kind of money account.
  __int128 sum(AccountKind kind) const;

  // Accounts changed since the last call.
  std::vector<AccountId> take_dirty();

 private:
  void add(AccountId id, __int128 delta);

  std::vector<Account> accounts_;
  std::unordered_map<std::string, AccountId> index_;
  std::vector<AccountId> dirty_;
  std::array<std::array<__int128, account_kinds>, account_kinds> flows_{};
  std::string scratch_;
};

}  // namespace verbena::ledger
