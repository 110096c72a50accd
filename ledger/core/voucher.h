// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/certificate.h"

// A voucher: value on paper, for who has no band. Whoever shows its code may spend it, once, whole.
// The code holds a key of its own. Logs hold the public half alone: reading them, nobody can spend
// what was not shown to them, nor spend again at a till of their own what another till took.
namespace verbena::ledger {

constexpr std::size_t voucher_seed_bytes = 16;
constexpr std::size_t vouchers_per_issue_max = 64;  // one posting each
constexpr std::size_t vouchers_per_sale_max = 16;

using VoucherSeed = std::array<std::uint8_t, voucher_seed_bytes>;

enum class VoucherPlace : std::uint8_t { festival = 0, zone = 1, stand = 2 };

// What everybody may know of a voucher.
struct Voucher {
  std::uint64_t festival = 0;  // tag
  std::uint16_t issuer = 0;    // device number
  PublicKey key{};             // whose private half the code holds
  std::uint64_t amount_minor = 0;
  VoucherPlace place = VoucherPlace::festival;
  std::string where = {};  // name of the zone or stand

  bool is_for(const Certificate& till) const;
  bool operator==(const Voucher&) const = default;
};

Bytes encode_voucher(const Voucher& voucher);
// Fails where the bytes are no body of a voucher.
Result<Voucher> decode_voucher(std::string_view body);
// Of a body: 32 hex digits, in the name of its account.
std::string voucher_id(std::string_view body);

// The same for the same device, intent and place in it, so that what was issued can be shown again.
VoucherSeed voucher_seed(const SigningKey& issuer, std::uint64_t intent, std::uint32_t place);
PublicKey voucher_key(const VoucherSeed& seed);

// What is printed: the voucher with its seed, signed by its issuer.
struct VoucherCode {
  Voucher voucher;
  VoucherSeed seed{};
  SignatureBytes signature{};

  Bytes body() const { return encode_voucher(voucher); }
  bool signed_by(const PublicKey& issuer) const;
};
// Signs for `voucher.key` from the seed, whatever it was before.
VoucherCode make_voucher(Voucher voucher, const VoucherSeed& seed, const SigningKey& issuer);
Bytes encode_code(const VoucherCode& code);
// Judges the form alone.
Result<VoucherCode> decode_code(std::string_view bytes);

// The body, and the voucher's signature that this certificate's device has it: in a sale.
Bytes spend_voucher(const VoucherCode& code, const Hash& till);
// The body of a spending by this certificate; empty where it is false.
std::optional<Bytes> spent_body(std::string_view spending, const Hash& till);

}  // namespace verbena::ledger
