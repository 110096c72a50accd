// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/certificate.h"
#include "ledger/core/log.h"
#include "ledger/store/store.h"

// Proof files (docs/proof.md): that a device of a festival signed one event. Certificates are
// inside, so that whoever checks one needs the root's fingerprint and nothing else.
namespace verbena::ledger {

constexpr std::string_view proof_magic = "VERPROF1";
constexpr std::size_t proof_bytes_max = 64 << 10;
constexpr std::size_t proof_path_max = 64;
constexpr std::size_t event_prefix_digits_min = 8;
constexpr std::size_t fingerprint_digits = 32;

struct ProvenEvent {
  Hash id{};
  Bytes event;  // exact bytes
  LogName log;
  std::uint64_t index = 0;
  std::uint64_t size = 0;  // events under the signed head
  Certificate author;
  std::vector<Certificate> supervisors;  // who signed the author's certificate; none: the root
  Certificate root;
};

// Proves the event whose id starts with `id_prefix`, 8 to 64 hex digits, from logs that verify.
// Where several logs hold the same bytes, the first whose author is certified. `newest_head`: under
// the last head held, which is what a seal names, and not under the one with the shortest path.
Result<Bytes> prove_event(const EventStore& store, const SignedCertificate& root,
                          std::string_view id_prefix, bool newest_head = false);

// Every byte of the file is bound: any other file is refused. `fingerprint`: 32 hex digits, as
// `verbena init` prints it. Errc::bad_input where that is none, else Errc::bad_signature.
Result<ProvenEvent> verify_proof(std::string_view file, std::string_view fingerprint);

}  // namespace verbena::ledger
