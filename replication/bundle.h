// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/ledger.h"

// The logs as a file, for a USB stick, a backup or an auditor: the same runs, receipts and heads of
// what nobody brought as on the wire. The carrier needs no trust; import is idempotent.
//   "VERBUND1" | root certificate | frames..., each u32 length and Protobuf | u32 0 | SHA-256 of
//   all
namespace verbena::replication {

constexpr std::size_t bundle_bytes_max = std::size_t{2} << 30;

constexpr std::string_view bundle_magic = "VERBUND1";

struct BundleReport {
  std::uint64_t events = 0;        // in the bundle
  std::uint64_t added = 0;         // new here
  std::uint64_t already_held = 0;  // known here
  std::uint64_t runs_refused = 0;
  std::string first_refusal;
};

using BundleSink = std::function<ledger::Status(std::string_view bytes)>;

ledger::Status export_bundle(const ledger::Ledger& ledger, const std::string& signed_root,
                             const BundleSink& sink);

// The root certificate a bundle claims; whoever reads it must compare its fingerprint.
ledger::Result<ledger::SignedCertificate> bundle_root(std::string_view bundle);

// Checks the whole file first: a truncated or altered bundle changes nothing.
ledger::Result<BundleReport> import_bundle(ledger::Ledger& ledger, std::string_view bundle);

}  // namespace verbena::replication
