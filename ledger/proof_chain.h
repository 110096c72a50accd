// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <vector>

#include "ledger/core/certificate.h"

// Certificates from a device up to the root, for files that are checked without any log.
namespace verbena::ledger {

using Certificates = std::map<Hash, SignedCertificate>;  // with all signatures published

void add_signatures(Certificates& known, SignedCertificate noted);

// From the author's certificate to the root's; empty where there is no way.
std::vector<schemas::SignedCertificate> certificate_chain(const Hash& author,
                                                          const Certificates& known,
                                                          const SignedCertificate& root);

// Such a chain, read and checked against the root's fingerprint (32 lowercase hex digits).
// Errc::bad_signature.
Result<std::vector<SignedCertificate>> verify_chain(
    const std::vector<schemas::SignedCertificate>& chain, std::string_view fingerprint);

}  // namespace verbena::ledger
