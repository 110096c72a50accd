// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ledger/core/result.h"

// The festival's own certification authority for TLS (X.509, ECDSA P-256). Validity is 1970..9999:
// membership is the festival certificate minus revocation, never a date. The only OpenSSL user.
namespace verbena::node {

struct TlsIdentity {
  std::string key_pem;
  std::string certificate_pem;
};

ledger::Result<TlsIdentity> make_tls_authority(const std::string& name);

// A key (PKCS #8, PEM) for certificates that are made one by one.
ledger::Result<std::string> make_tls_key();
// The certificate of a key that is there already; names as below.
ledger::Result<std::string> certify_tls_key(const TlsIdentity& authority,
                                            const std::string& key_pem,
                                            const std::string& common_name,
                                            const std::string& server_name);

// `common_name` is the hex hash of the festival certificate; `server_name` is the same for all
// devices of a festival, so a peer of another festival fails by name and by authority.
ledger::Result<TlsIdentity> make_tls_identity(const TlsIdentity& authority,
                                              const std::string& common_name,
                                              const std::string& server_name);

}  // namespace verbena::node
