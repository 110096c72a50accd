// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "node/enrolment.h"

// Devices that lie ready. A spare's keys are locked under a passphrase that nobody knows: it is
// sealed for each two of the supervisors (node/for_two.h), who take the spare into use together,
// with no network, no root and no TLS authority. docs/spares.md; docs/decisions/0033.
//   SPARE/for-two                        that passphrase, sealed; destroyed when the spare is taken
//   SPARE/device.key, tls.key, band.keys locked under it
//   SPARE/certificate, tls.crt           of a hub: the root certified it at init
//   SPARE/stands/NAME/offer, tls.crt     of a till: the certificate it may be given at that stand
//   SPARE/taken                          for which home, and at which stand
namespace verbena::node {

constexpr std::size_t spares_max = 64;                 // made at once
constexpr std::size_t spare_certificates_max = 4'096;  // spares times stands, made at once
constexpr const char* spare_alias_prefix = "spare-";

// The part of a spare that every kind has. Written before the rest is: without certificates or
// offers it is of no use.
struct SpareKeys {
  ledger::SigningKey key;
  std::string tls_key_pem;
  std::optional<BandKeys> band_keys;
};
ledger::Status write_spare_keys(const Path& spare, const SpareKeys& keys,
                                std::span<const ledger::PublicKey> supervisors,
                                ledger::Random& random);
// A body that two supervisors may sign, with the office's word (Ed25519, context
// "verbena-spare-offer-v1") that it is the spare's: a SignedCertificate in form alone.
ledger::Status write_offer(const Path& spare, const std::string& stand,
                           const schemas::Certificate& body, const ledger::SigningKey& office,
                           const std::string& tls_certificate_pem);

bool is_sealed(const Path& spare);
bool is_taken(const Path& spare);
bool is_taken_for(const Path& spare, const Path& home);
// Remembered before anything else is made of it, so that a spare becomes one home only. Done where
// it was taken for the same before.
ledger::Status take_spare(const Path& spare, const Path& home, const std::string& stand);

struct AssignRequest {
  Path spare;
  Path home;          // to make
  std::string stand;  // of a till
  // A device whose place it takes: its role must be the spare's, and its stand is the stand.
  std::string instead_of;
  std::string reason;  // given: that device is revoked, with what `first` knows of its logs
};

struct Assigned {
  ledger::Certificate device;
  std::optional<std::uint64_t> counting;  // events of the revoked device that still count
};

// Takes a spare into use: `first` and `second` sign a till's certificate, and `first` writes it,
// and the revocation, into its own control log. May be called again after it was cut short: with
// the same spare and home it finishes what was begun.
ledger::Result<Assigned> assign_spare(const AssignRequest& request, OpenHome& first,
                                      const HomeKeys& second, const ledger::Clock& clock,
                                      ledger::Random& random, const MakeStep& step = {});

}  // namespace verbena::node
