// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ledger/core/crypto.h"
#include "schemas/festival.pb.h"

namespace verbena::ledger {

// A device's certificate as parsed from its exact bytes.
struct Certificate {
  Hash hash{};
  std::uint64_t festival = 0;
  PublicKey key{};
  schemas::Role role = schemas::ROLE_UNSPECIFIED;
  std::string alias;
  std::string person;
  std::string stand;
  std::string zone;
  std::uint64_t credit_limit_minor = 0;
  std::uint16_t number = 0;
  Bytes bytes;  // exact
};

struct CertificateSignature {
  PublicKey key{};
  SignatureBytes signature{};
};

struct SignedCertificate {
  Certificate certificate;
  std::vector<CertificateSignature> signatures;  // verified against their keys, not against a role
  Bytes bytes;                                   // exact bytes of the signed message
};

constexpr std::size_t alias_bytes_max = 32;
constexpr int certificate_signatures_max = 8;

bool is_alias(std::string_view text);  // [a-z0-9-]{1,32}
const char* role_name(schemas::Role role);
std::optional<schemas::Role> role_from_name(std::string_view name);

// True when issuing value is part of the role.
bool role_credits(schemas::Role role);
// Speaks for the festival, at no stand.
bool is_office(schemas::Role role);

// What follows decides by form alone; whose signature counts for which role is the roster's matter.
Result<SignedCertificate> parse_signed_certificate(std::string_view bytes);
Bytes sign_certificate(const schemas::Certificate& body,
                       std::span<const SigningKey* const> signers);

}  // namespace verbena::ledger
