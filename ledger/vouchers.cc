// SPDX-License-Identifier: Apache-2.0
#include "ledger/vouchers.h"

#include <algorithm>

#include "ledger/core/money.h"
#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

std::string money(State& state, std::uint64_t minor) {
  const schemas::Festival* festival = state.festival();
  return format_decimal(minor, festival == nullptr ? 0 : festival->scale());
}

// Whoever this device knows by the number on the code and whose signature it bears.
Result<const Certificate*> issuer_of(State& state, const VoucherCode& code) {
  Roster& roster = state.roster();
  bool known = false;
  for (const auto& certificate : roster.numbered(code.voucher.issuer)) {
    if (!roster.certified(certificate->hash) || !role_credits(certificate->role)) continue;
    known = true;
    if (code.signed_by(certificate->key)) return certificate.get();
  }
  if (known) return refuse(Refusal::voucher_invalid, "this voucher is not its issuer's: altered");
  return refuse(Refusal::not_ready, "this voucher's issuer, device " +
                                        std::to_string(code.voucher.issuer) +
                                        ", is not known here");
}

}  // namespace

Result<VerifiedVoucher> verify_voucher(State& state, std::string_view bytes) {
  auto code = decode_code(bytes);
  if (!code) return refuse(Refusal::voucher_invalid, code.error().text);
  if (code->voucher.festival != state.roster().root().festival) {
    return refuse(Refusal::voucher_invalid, "this voucher is of another festival");
  }
  const auto issuer = issuer_of(state, *code);
  if (!issuer) return issuer.error();
  // A stolen key signs as many as it likes: then only those are good that are known to be issued.
  const bool revoked = state.roster().revoked((*issuer)->key);
  if (revoked && state.voucher(voucher_id(code->body())).issued_minor == 0) {
    return refuse(Refusal::voucher_invalid,
                  (*issuer)->alias + ", who issued this voucher, was revoked");
  }
  return VerifiedVoucher{code.take(), (*issuer)->alias};
}

namespace {

// What this voucher pays of what is left of the goods, beside those before it.
Result<SpentVoucher> spend_one(State& state, const Certificate& till, const Bytes& bytes,
                               const std::vector<SpentVoucher>& before, std::uint64_t left_minor,
                               bool rest_forfeited) {
  const auto verified = verify_voucher(state, bytes);
  if (!verified) return verified.error();
  const VoucherCode& code = verified->code;
  if (!code.voucher.is_for(till)) {
    return refuse(Refusal::not_here, "this voucher is for " + code.voucher.where);
  }
  SpentVoucher out{voucher_id(code.body()), spend_voucher(code, till.hash)};
  const bool twice = std::any_of(before.begin(), before.end(),
                                 [&](const SpentVoucher& one) { return one.id == out.id; });
  if (twice) return refuse(Refusal::voucher_used, "the same voucher is here twice");
  const VoucherView known = state.voucher(out.id);
  if (!known.uses.empty() && !mutant(Mutant::voucher_used_again)) {
    return refuse(Refusal::voucher_used,
                  "this voucher was spent already, at " + known.uses.front().stand);
  }
  if (left_minor == 0) {
    return refuse(Refusal::amount_out_of_range, "one voucher more than the goods cost");
  }
  out.goods_minor = std::min(left_minor, code.voucher.amount_minor);
  out.forfeited_minor = code.voucher.amount_minor - out.goods_minor;
  if (out.forfeited_minor > 0 && !rest_forfeited) {
    return refuse(Refusal::voucher_rest, money(state, out.forfeited_minor) +
                                             " of this voucher would be lost: say that the "
                                             "customer agrees");
  }
  return out;
}

}  // namespace

Result<std::vector<SpentVoucher>> spend_vouchers(State& state, const Certificate& till,
                                                 const std::vector<Bytes>& codes,
                                                 std::uint64_t goods_minor, bool rest_forfeited) {
  std::vector<SpentVoucher> out;
  if (codes.size() > vouchers_per_sale_max) {
    return refuse(Refusal::amount_out_of_range, "more than 16 vouchers in one sale");
  }
  std::uint64_t left = goods_minor;
  for (const auto& bytes : codes) {
    auto spent = spend_one(state, till, bytes, out, left, rest_forfeited);
    if (!spent) {
      Error why = spent.error();
      if (codes.size() > 1) {
        why.text = "voucher " + std::to_string(out.size() + 1) + " of " +
                   std::to_string(codes.size()) + ": " + why.text;
      }
      return why;
    }
    left -= spent->goods_minor;
    out.push_back(spent.take());
  }
  return out;
}

std::size_t first_refused(State& state, const Certificate& till, const std::vector<Bytes>& codes) {
  std::vector<SpentVoucher> before;
  for (const auto& bytes : codes) {
    auto spent = spend_one(state, till, bytes, before, amount_minor_max, true);
    if (!spent) break;
    before.push_back(spent.take());
  }
  return before.size();
}

}  // namespace verbena::ledger
