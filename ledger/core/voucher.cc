// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/voucher.h"

#include <algorithm>

#include "ledger/core/money.h"

namespace verbena::ledger {

namespace {

constexpr std::string_view code_context = "verbena-voucher-v1";
constexpr std::string_view spent_context = "verbena-voucher-spent-v1";
constexpr std::uint8_t voucher_format = 1;
constexpr std::size_t id_bytes = 16;
constexpr std::size_t signature_bytes = 64;
constexpr std::size_t before_key = 11;  // format, festival, issuer
constexpr std::size_t behind_key = 9;   // amount, place

// All of it but the key, which a body and a code tell differently.
Bytes encode_around(const Voucher& voucher, std::string_view key) {
  Bytes out;
  put_u8(out, voucher_format);
  put_u64(out, voucher.festival);
  put_u16(out, voucher.issuer);
  out += key;
  put_u64(out, voucher.amount_minor);
  put_u8(out, static_cast<std::uint8_t>(voucher.place));
  return out + voucher.where;
}

Result<Voucher> decode_around(std::string_view bytes, std::size_t key_bytes) {
  const Error wrong{Errc::bad_input, "this is no voucher"};
  if (bytes.size() < before_key + key_bytes + behind_key) return wrong;
  const std::string_view behind = bytes.substr(before_key + key_bytes);
  const std::string_view where = behind.substr(behind_key);
  const std::uint64_t place = get_be(behind.substr(behind_key - 1, 1));
  const bool named = place != 0;
  Voucher out;
  out.festival = get_be(bytes.substr(1, 8));
  out.issuer = static_cast<std::uint16_t>(get_be(bytes.substr(9, 2)));
  out.amount_minor = get_be(behind.substr(0, 8));
  out.place = static_cast<VoucherPlace>(place);
  out.where = where;
  if (get_be(bytes.substr(0, 1)) != voucher_format || place > 2 || where.empty() == named ||
      where.size() > alias_bytes_max || out.amount_minor == 0 ||
      out.amount_minor > amount_minor_max) {
    return wrong;
  }
  return out;
}

SigningKey key_of(const VoucherSeed& seed) {
  return SigningKey::from_seed(sha256({"verbena-voucher-key-v1", view(seed)}));
}

}  // namespace

bool Voucher::is_for(const Certificate& till) const {
  switch (place) {
    case VoucherPlace::festival: return true;
    case VoucherPlace::zone: return till.zone == where;
    case VoucherPlace::stand: return till.stand == where;
  }
  return false;
}

Bytes encode_voucher(const Voucher& voucher) {
  return encode_around(voucher, view(voucher.key));
}

Result<Voucher> decode_voucher(std::string_view body) {
  auto out = decode_around(body, sizeof(PublicKey));
  if (out) std::memcpy(out->key.data(), body.data() + before_key, out->key.size());
  return out;
}

std::string voucher_id(std::string_view body) {
  return hex(view(sha256({"verbena-voucher-id-v1", body})).substr(0, id_bytes));
}

VoucherSeed voucher_seed(const SigningKey& issuer, std::uint64_t intent, std::uint32_t place) {
  Bytes which;
  put_u64(which, intent);
  put_u32(which, place);
  const Hash hash = sha256({"verbena-voucher-seed-v1", view(issuer.seed()), which});
  VoucherSeed out;
  std::memcpy(out.data(), hash.data(), out.size());
  return out;
}

PublicKey voucher_key(const VoucherSeed& seed) {
  return key_of(seed).public_key();
}

bool VoucherCode::signed_by(const PublicKey& issuer) const {
  return verify_signature(issuer, code_context, body(), view(signature));
}

VoucherCode make_voucher(Voucher voucher, const VoucherSeed& seed, const SigningKey& issuer) {
  voucher.key = voucher_key(seed);
  const SignatureBytes signature = issuer.sign(code_context, encode_voucher(voucher));
  return {std::move(voucher), seed, signature};
}

Bytes encode_code(const VoucherCode& code) {
  return encode_around(code.voucher, view(code.seed)) + to_bytes(code.signature);
}

Result<VoucherCode> decode_code(std::string_view bytes) {
  const std::size_t size = bytes.size() - std::min(bytes.size(), signature_bytes);
  auto voucher = decode_around(bytes.substr(0, size), voucher_seed_bytes);
  if (!voucher) return voucher.error();
  VoucherCode out;
  out.voucher = voucher.take();
  out.seed = *fixed<voucher_seed_bytes>(bytes.substr(before_key, voucher_seed_bytes));
  out.signature = *fixed<signature_bytes>(bytes.substr(size));
  out.voucher.key = voucher_key(out.seed);
  return out;
}

Bytes spend_voucher(const VoucherCode& code, const Hash& till) {
  const Bytes body = code.body();
  return body + to_bytes(key_of(code.seed).sign(spent_context, body + to_bytes(till)));
}

std::optional<Bytes> spent_body(std::string_view spending, const Hash& till) {
  const std::size_t size = spending.size() - std::min(spending.size(), signature_bytes);
  const std::string_view body = spending.substr(0, size);
  const auto voucher = decode_voucher(body);
  if (!voucher || !verify_signature(voucher->key, spent_context, Bytes(body) + to_bytes(till),
                                    spending.substr(size))) {
    return std::nullopt;
  }
  return Bytes(body);
}

}  // namespace verbena::ledger
