// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/voucher.h"
#include "ledger/state/state.h"

// What a till makes of a voucher that somebody shows.
namespace verbena::ledger {

// The code and who issued it, once it is sure that an issuer of this festival signed it. Says
// nothing of where it may be spent, and of whether it was.
struct VerifiedVoucher {
  VoucherCode code;
  std::string issuer;  // alias
};
Result<VerifiedVoucher> verify_voucher(State& state, std::string_view code);

// What one voucher pays of a sale.
struct SpentVoucher {
  std::string id;
  Bytes spending;  // for the sale's payload
  std::uint64_t goods_minor = 0;
  std::uint64_t forfeited_minor = 0;
};
// In their order, until the goods are paid. Refused where one is not good here, was spent as far as
// is known here, pays nothing, or is worth more than what is left to pay and nobody agreed to that.
Result<std::vector<SpentVoucher>> spend_vouchers(State& state, const Certificate& till,
                                                 const std::vector<Bytes>& codes,
                                                 std::uint64_t goods_minor, bool rest_forfeited);
// The place of the first of these that this till takes for no goods at all, from 0; their number
// where it takes each.
std::size_t first_refused(State& state, const Certificate& till, const std::vector<Bytes>& codes);

}  // namespace verbena::ledger
