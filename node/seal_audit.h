// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "ledger/seal.h"
#include "replication/archive.h"

namespace verbena::node {

struct SealVerdict {
  std::uint32_t number = 0;
  ledger::Hash hash{};
  std::vector<std::string> supervisors;  // whose signatures count
  std::size_t needed = ledger::seal_persons_min;
  bool holds = false;                  // what it says is so, and enough persons signed it
  std::string note;                    // its checkpoint, signed; empty where nobody signed one
  std::vector<std::string> note_keys;  // of who did, as others' tools take them
};

// An archive replayed from zero and compared with its seals.
struct ArchiveAudit {
  ledger::AuditReport report;  // with findings about the seals
  std::vector<SealVerdict> seals;
  std::size_t replayed = 0;  // how many of its findings are not about the seals
  std::size_t persons = 0;   // of supervisors who may sign
  ledger::SealGround ground;
  schemas::Seal found;              // what the newest seal has to say
  std::vector<std::string> untrue;  // where it says something else
};
ledger::Result<ArchiveAudit> audit_archive(const replication::Archive& archive);
// Judges the seals anew, where only they have changed since `audit` replayed what they are over.
void judge_seals(const replication::Archive& archive, ArchiveAudit& audit);

// Devices that trade and of which nothing was brought.
std::vector<std::string> never_heard(const ArchiveAudit& audit);

nlohmann::ordered_json seals_json(const ArchiveAudit& audit);
nlohmann::ordered_json missing_json(const ledger::SealGround& ground);
// "pos-4: held are 10 events of ..., a head it signed shows 15".
std::string missing_text(const ledger::SealGround& ground, const ledger::MissingTail& tail);

}  // namespace verbena::node
