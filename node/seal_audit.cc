// SPDX-License-Identifier: Apache-2.0
#include "node/seal_audit.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/checkpoint.h"
#include "replication/frontier.h"

namespace verbena::node {

using ledger::Finding;
using ledger::Result;
using ledger::Severity;
using nlohmann::ordered_json;

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

class Judge {
 public:
  Judge(const replication::Archive& archive, ArchiveAudit& out) : archive_(archive), out_(out) {}

  void judge_all() {
    std::string previous;
    for (std::size_t i = 0; i < archive_.seals.size(); ++i) {
      const auto& entry = archive_.seals[i];
      number_ = static_cast<std::uint32_t>(i + 1);
      judge(entry, previous, i + 1 == archive_.seals.size());
      previous = ledger::to_bytes(ledger::seal_hash(entry.seal));
    }
  }

 private:
  // Of an older seal the logs are compared; what they folded to is seen with --at.
  void judge(const replication::ArchivedSeal& entry, const std::string& previous, bool newest) {
    const std::size_t faults = out_.report.faults();
    ledger::SealGround then;
    then.festival = out_.ground.festival;
    then.tips = entry.tips;
    then.devices = out_.ground.devices;
    const ledger::SealGround& ground = newest ? out_.ground : then;
    const schemas::Seal found = ledger::make_seal(ground, number_, previous);
    if (newest) out_.found = found;
    auto said = ledger::parse_seal(entry.seal);
    std::vector<std::string> untrue, notes;
    if (!said) {
      untrue.push_back(said.error().text);
    } else {
      untrue = newest ? ledger::seal_differences(*said, found, ground, notes)
                      : ledger::log_differences(*said, found, ground);
    }
    for (const auto& text : untrue) add(Severity::fault, "seal", text);
    for (const auto& text : notes) add(Severity::notice, "seal", text);
    if (newest) out_.untrue = untrue;
    const auto signatures = ledger::judge_signatures(entry.seal, out_.ground, !newest);
    for (const auto& text : signatures.refused) add(Severity::notice, "seal-signature", text);
    SealVerdict verdict;
    // Of an older seal what it says itself: the settings may ask for more since.
    verdict.needed = newest ? out_.ground.signatures_needed
                            : ledger::signatures_needed(said ? *said : schemas::Seal());
    if (signatures.aliases.size() < verdict.needed) {
      add(Severity::fault, "not-sealed",
          "it takes the signatures of " + std::to_string(verdict.needed) +
              " supervisors, and bears " + std::to_string(signatures.aliases.size()) +
              (signatures.aliases.empty() ? "" : ": " + joined(signatures.aliases)));
    }
    note_checkpoint(entry.seal, signatures, verdict);
    verdict.number = number_;
    verdict.hash = ledger::seal_hash(entry.seal);
    verdict.supervisors = signatures.aliases;
    verdict.holds = out_.report.faults() == faults;
    out_.seals.push_back(std::move(verdict));
  }

  // Signatures under the checkpoint count for those whose signature under the seal does.
  void note_checkpoint(const schemas::SignedSeal& seal, const ledger::SealSignatures& signatures,
                       SealVerdict& verdict) {
    seals_.push_back(seal);
    const auto checkpoint = ledger::checkpoint_of(seals_);
    if (!checkpoint) return;  // told already
    std::vector<ledger::NoteSigner> signers;
    for (const auto& entry : seal.note()) {
      const auto key = ledger::fixed<32>(entry.key());
      const auto who = key ? std::find(signatures.keys.begin(), signatures.keys.end(), *key)
                           : signatures.keys.end();
      const bool again = key && std::any_of(signers.begin(), signers.end(),
                                            [&](const auto& had) { return had.key == *key; });
      if (who == signatures.keys.end() || again) continue;
      const auto& alias =
          signatures.aliases[static_cast<std::size_t>(who - signatures.keys.begin())];
      if (!ledger::verify_checkpoint(*checkpoint, *key, entry.signature())) {
        add(Severity::notice, "seal-signature",
            "the signature of " + alias + " under its checkpoint is false");
        continue;
      }
      auto name = ledger::note_key_name(out_.ground.festival, alias);
      verdict.note_keys.push_back(ledger::note_verifier_key(name, *key));
      signers.push_back({std::move(name), *key, entry.signature()});
    }
    if (!signers.empty()) verdict.note = ledger::signed_note(*checkpoint, signers);
  }

  void add(Severity severity, const char* kind, const std::string& text) {
    out_.report.findings.push_back(
        {severity, kind, "seal " + std::to_string(number_) + ": " + text, {}});
  }

  const replication::Archive& archive_;
  ArchiveAudit& out_;
  std::vector<schemas::SignedSeal> seals_;  // up to the one under way
  std::uint32_t number_ = 0;
};

}  // namespace

Result<ArchiveAudit> audit_archive(const replication::Archive& archive) {
  ArchiveAudit out;
  auto report = ledger::audit(*archive.store, archive.root.certificate);
  if (!report) return report.error();
  out.report = report.take();
  out.ground = ledger::seal_ground(*out.report.state, out.report, archive.tips, archive.claims,
                                   archive.receipts);
  replication::Frontier frontier;
  frontier.set(out.report.covered);
  out.ground.frontier_root = frontier.root();
  out.persons = out.ground.persons();
  for (const auto& tail : out.ground.missing) {
    if (tail.witness == schemas::TAIL_BAND) continue;  // told as device-gap
    out.report.findings.push_back(
        {Severity::notice, "missing-tail", missing_text(out.ground, tail), {}});
  }
  if (archive.runs_refused > 0) {
    out.report.findings.push_back(
        {Severity::fault,
         "forged",
         std::to_string(archive.runs_refused) +
             " runs of the archive continue nothing: " + archive.first_refusal,
         {}});
  }
  out.replayed = out.report.findings.size();
  judge_seals(archive, out);
  return out;
}

void judge_seals(const replication::Archive& archive, ArchiveAudit& audit) {
  audit.report.findings.resize(audit.replayed);
  audit.seals.clear();
  audit.untrue.clear();
  Judge(archive, audit).judge_all();
}

std::vector<std::string> never_heard(const ArchiveAudit& audit) {
  std::vector<std::string> out;
  for (const auto& [hash, alias] : audit.ground.traders) {
    const bool heard = std::any_of(audit.ground.tips.begin(), audit.ground.tips.end(),
                                   [&](const auto& tip) { return tip.log.certificate == hash; });
    if (!heard) out.push_back(alias);
  }
  return out;
}

std::string missing_text(const ledger::SealGround& ground, const ledger::MissingTail& tail) {
  const auto device = ground.devices.find(tail.certificate);
  const std::string known = std::to_string(tail.known);
  const std::string witness = tail.witness == schemas::TAIL_HEAD ? "a head it signed shows " + known
                              : tail.witness == schemas::TAIL_RECEIPT
                                  ? "another device gave a receipt for " + known
                                  : "bands show " + known;
  return (device == ground.devices.end() ? "an unknown device" : device->second) + ": held are " +
         std::to_string(tail.held) + " events of " +
         (tail.log == ledger::Hash{} ? "a log that nobody brought" : ground.log_text(tail.log)) +
         ", " + witness;
}

ordered_json missing_json(const ledger::SealGround& ground) {
  ordered_json out = ordered_json::array();
  for (const auto& tail : ground.missing) {
    const auto device = ground.devices.find(tail.certificate);
    ordered_json row;
    row["device"] =
        device == ground.devices.end() ? ordered_json(nullptr) : ordered_json(device->second);
    row["log"] =
        tail.log == ledger::Hash{} ? ordered_json(nullptr) : ordered_json(ledger::hex(tail.log));
    row["held"] = tail.held;
    row["known"] = tail.known;
    row["root"] =
        tail.root == ledger::Hash{} ? ordered_json(nullptr) : ordered_json(ledger::hex(tail.root));
    row["witness"] = tail.witness == schemas::TAIL_HEAD      ? "head"
                     : tail.witness == schemas::TAIL_RECEIPT ? "receipt"
                                                             : "band";
    out.push_back(row);
  }
  return out;
}

ordered_json seals_json(const ArchiveAudit& audit) {
  ordered_json out = ordered_json::array();
  for (const auto& seal : audit.seals) {
    out.push_back({{"number", seal.number},
                   {"hash", ledger::hex(seal.hash)},
                   {"signed_by", seal.supervisors},
                   {"signatures_needed", seal.needed},
                   {"holds", seal.holds},
                   {"checkpoint", seal.note},
                   {"checkpoint_keys", seal.note_keys}});
  }
  return out;
}

}  // namespace verbena::node
