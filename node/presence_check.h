// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/audit.h"
#include "ledger/core/certificate.h"
#include "node/band_keys.h"

// Whether a chip itself says what devices say of it (docs/decisions/0040-...). Steps are confirmed,
// and slots are told as evidence, with the chip's word; hubs and auditors who have the key check
// it.
namespace verbena::node {

// An event that somebody says was on a chip.
struct PresenceClaim {
  std::uint64_t index = 0;  // in the same log: of the prepared event, or of the evidence itself
  bool proven = false;
};
// By index in the log; empty: not held.
using EventAt = std::function<std::optional<ledger::Bytes>(std::uint64_t index)>;

// What the event at `index` of a log claims; empty: nothing that needs a proof. `keys` have the
// presence key.
std::optional<PresenceClaim> presence_claim(const schemas::Event& event, std::uint64_t index,
                                            const ledger::Certificate& author, const EventAt& held,
                                            const BandKeys& keys);

// The claims of one log, fed in order. Of several confirmations of one event the first one speaks.
class PresenceReader {
 public:
  // What is claimed for the first time, proven or not.
  std::optional<PresenceClaim> next(const schemas::Event& event, std::uint64_t index,
                                    const ledger::Certificate& author, const EventAt& held,
                                    const BandKeys& keys);

 private:
  std::vector<bool> claimed_;  // by index
};

// Checks all claims and all verdicts of a store again. Adds to the report: `presence-misjudged`, a
// fault, for what a hub called false and is not; `presence-unproven` for what lacks a right proof
// and no hub has called false; `presence-gap`, too, where a chip that counts its commits made some
// that no right proof here tells: a step that is not held, or a commit that left none.
ledger::Status audit_presence(const ledger::EventStore& store, const BandKeys& keys,
                              ledger::AuditReport& report);

}  // namespace verbena::node
