// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/certificate.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

constexpr std::string_view certificate_context = "verbena-certificate-v1";

struct RoleName {
  schemas::Role role;
  const char* name;
};
constexpr RoleName role_names[] = {
    {schemas::ROOT, "root"},
    {schemas::SUPERVISOR, "supervisor"},
    {schemas::HUB, "hub"},
    {schemas::ADMIN, "admin"},
    {schemas::TOP_UP_DESK, "top-up"},
    {schemas::VENDOR, "vendor"},
    {schemas::STAND_LEAD, "stand-lead"},
    {schemas::STORE, "store"},
    {schemas::COURIER, "courier"},
    {schemas::REFUND_OFFICER, "refund-officer"},
    {schemas::AUDITOR, "auditor"},
};

}  // namespace

bool is_alias(std::string_view text) {
  return !text.empty() && text.size() <= alias_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

const char* role_name(schemas::Role role) {
  for (const auto& row : role_names) {
    if (row.role == role) return row.name;
  }
  return "unknown";
}

std::optional<schemas::Role> role_from_name(std::string_view name) {
  for (const auto& row : role_names) {
    if (row.name == name) return row.role;
  }
  return std::nullopt;
}

bool role_credits(schemas::Role role) {
  return role == schemas::TOP_UP_DESK || role == schemas::HUB;
}

bool is_office(schemas::Role role) {
  return role == schemas::SUPERVISOR || role == schemas::HUB;
}

Result<SignedCertificate> parse_signed_certificate(std::string_view bytes) {
  schemas::SignedCertificate outer;
  if (!outer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error{Errc::bad_input, "certificate: not a signed certificate"};
  }
  schemas::Certificate body;
  if (!body.ParseFromString(outer.certificate())) {
    return Error{Errc::bad_input, "certificate: its body cannot be read"};
  }
  const auto key = fixed<32>(body.key());
  if (!key || !is_alias(body.alias()) || role_name(body.role()) == std::string_view("unknown") ||
      body.number() > 0xffff || body.person().size() > alias_bytes_max ||
      body.stand().size() > alias_bytes_max || body.zone().size() > alias_bytes_max ||
      body.credit_limit_minor() > static_cast<std::uint64_t>(INT64_MAX)) {
    return Error{Errc::bad_input, "certificate: a field is missing or out of range"};
  }
  if (outer.signature_size() > certificate_signatures_max) {
    return Error{Errc::bad_input, "certificate: too many signatures"};
  }
  SignedCertificate out;
  out.bytes = Bytes(bytes);
  out.certificate = {sha256({outer.certificate()}),
                     body.festival(),
                     *key,
                     body.role(),
                     body.alias(),
                     body.person(),
                     body.stand(),
                     body.zone(),
                     body.credit_limit_minor(),
                     static_cast<std::uint16_t>(body.number()),
                     outer.certificate()};
  for (const auto& entry : outer.signature()) {
    const auto signer = fixed<32>(entry.key());
    const auto signature = fixed<64>(entry.signature());
    if (!signer || !signature ||
        !verify_signature(*signer, certificate_context, outer.certificate(), entry.signature())) {
      return Error{Errc::bad_signature,
                   "certificate of " + body.alias() + ": a signature is false"};
    }
    out.signatures.push_back({*signer, *signature});
  }
  return out;
}

Bytes sign_certificate(const schemas::Certificate& body,
                       std::span<const SigningKey* const> signers) {
  schemas::SignedCertificate outer;
  outer.set_certificate(body.SerializeAsString());
  for (const SigningKey* signer : signers) {
    auto* entry = outer.add_signature();
    entry->set_key(to_bytes(signer->public_key()));
    entry->set_signature(to_bytes(signer->sign(certificate_context, outer.certificate())));
  }
  return outer.SerializeAsString();
}

}  // namespace verbena::ledger
