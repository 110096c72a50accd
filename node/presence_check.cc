// SPDX-License-Identifier: Apache-2.0
#include "node/presence_check.h"

#include <algorithm>
#include <set>

#include "node/nfc/presence.h"

namespace verbena::node {

using ledger::Bytes;
using ledger::Hash;
using ledger::PurseHead;
using ledger::Status;

namespace {

bool is_confirmation(schemas::Kind kind) {
  return kind == schemas::KIND_SALE_CONFIRMED || kind == schemas::KIND_TOP_UP_CONFIRMED ||
         kind == schemas::KIND_REFUND_CONFIRMED;
}

// Whether this is the head that the event at hand leaves on a band.
bool is_left_by(const PurseHead& head, const schemas::PurseStep& step, const Hash& id,
                const ledger::Certificate& author) {
  return head.purse == step.purse() && head.counter == step.counter() &&
         head.credited == step.credited() && head.debited == step.debited() &&
         head.gift_debited == step.gift_debited() &&
         head.entitlements[ledger::meals_entitlement] == step.meals_used() &&
         head.hash == ledger::purse_prefix(id) && head.writer == author.number;
}

bool is_proven(std::string_view proof, const schemas::PurseStep& step, const Hash& id,
               const ledger::Certificate& author, const BandKeys& keys) {
  for (const auto& head : ledger::heads_told(proof)) {
    if (is_left_by(head, step, id, author)) return nfc::proves(proof, head, keys);
  }
  return false;
}

using Place = std::pair<Hash, std::uint64_t>;

// By purse, then by the commit of its chip: where it is told.
using Commits = std::map<std::uint64_t, std::map<std::uint32_t, Place>>;

void note_commit(std::string_view proof, const Place& place, Commits& commits) {
  const auto word = ledger::decode_commit_presence(proof);
  if (!word) return;
  for (const auto& head : ledger::heads_told(proof)) {
    commits[head.purse].try_emplace(word->commits, place);
  }
}

std::string place_text(const ledger::Certificate& author, const Place& place) {
  return author.alias + ", log " + ledger::hex(place.first).substr(0, 16) + ", event " +
         std::to_string(place.second);
}

using Authors = std::map<Hash, std::shared_ptr<const ledger::Certificate>>;

void report_gaps(const Commits& commits, const Authors& authors, ledger::AuditReport& report) {
  for (const auto& [purse, of_chip] : commits) {
    std::optional<std::uint32_t> before;
    for (const auto& [count, place] : of_chip) {
      const auto untold = before ? count - *before - 1 : 0;
      before = count;
      if (untold == 0) continue;
      report.findings.push_back({ledger::Severity::notice,
                                 "presence-gap",
                                 place_text(*authors.at(place.first), place) +
                                     ": of the commits that its chip made before it " +
                                     std::to_string(untold) + " are told by no proof here",
                                 {}});
    }
  }
}

}  // namespace

std::optional<PresenceClaim> presence_claim(const schemas::Event& event, std::uint64_t index,
                                            const ledger::Certificate& author, const EventAt& held,
                                            const BandKeys& keys) {
  if (event.kind() == schemas::KIND_EVIDENCE) {
    schemas::Evidence evidence;
    if (!evidence.ParseFromString(event.payload())) return std::nullopt;
    const auto slot = ledger::decode_slot(evidence.slot());
    if (!slot || slot->head.counter == 0 || !ledger::proves_presence(slot->head.purse)) {
      return std::nullopt;
    }
    return PresenceClaim{index, nfc::proves(ledger::proof_of(event), slot->head, keys)};
  }
  schemas::Confirmed confirmed;
  if (!is_confirmation(event.kind()) || !confirmed.ParseFromString(event.payload()) ||
      confirmed.prepared() >= index) {
    return std::nullopt;
  }
  const auto bytes = held(confirmed.prepared());
  schemas::Event prepared;
  if (!bytes || !ledger::parse_event(*bytes, prepared) || !prepared.has_step() ||
      !ledger::proves_presence(prepared.step().purse())) {
    return std::nullopt;
  }
  return PresenceClaim{confirmed.prepared(), is_proven(ledger::proof_of(event), prepared.step(),
                                                       ledger::leaf_hash(*bytes), author, keys)};
}

std::optional<PresenceClaim> PresenceReader::next(const schemas::Event& event, std::uint64_t index,
                                                  const ledger::Certificate& author,
                                                  const EventAt& held, const BandKeys& keys) {
  const auto claim = presence_claim(event, index, author, held, keys);
  claimed_.resize(std::max<std::size_t>(claimed_.size(), index + 1));
  if (!claim || claimed_[claim->index]) return std::nullopt;
  claimed_[claim->index] = true;
  return claim;
}

Status audit_presence(const ledger::EventStore& store, const BandKeys& keys,
                      ledger::AuditReport& report) {
  std::map<Place, bool> claims;
  std::set<Place> judged;
  Authors authors;
  Commits commits;
  for (const auto& log : store.logs()) {
    const auto author = report.state->roster().find(log.name.certificate);
    if (author == nullptr) continue;
    const Hash id = log.name.id();
    authors[id] = author;
    PresenceReader reader;
    const EventAt held = [&](std::uint64_t index) {
      std::optional<Bytes> out;
      const auto status = store.read(log.name, index, 1, [&](auto, std::string_view bytes) {
        out = Bytes(bytes);
        return ledger::done();
      });
      return status ? out : std::nullopt;
    };
    auto status = store.read(
        log.name, 0, log.head.size, [&](std::uint64_t index, std::string_view bytes) -> Status {
          schemas::Event event;
          if (!ledger::parse_event(bytes, event)) return ledger::done();
          if (const auto claim = reader.next(event, index, *author, held, keys)) {
            claims[{id, claim->index}] = claim->proven;
            if (claim->proven) note_commit(ledger::proof_of(event), {id, index}, commits);
          }
          schemas::PresenceVerdict verdict;
          if (event.kind() != schemas::KIND_PRESENCE_VERDICT || author->role != schemas::HUB ||
              report.state->cause({id, index}) != ledger::Cause::none ||
              !verdict.ParseFromString(event.payload())) {
            return ledger::done();
          }
          const auto of = ledger::fixed<32>(verdict.log());
          for (const auto one : verdict.false_index()) {
            if (of && one < verdict.size()) judged.insert({*of, one});
          }
          return ledger::done();
        });
    if (!status) return status;
  }
  for (const auto& place : judged) {
    const auto author = authors.find(place.first);
    const auto claim = claims.find(place);
    if (author == authors.end() || (claim != claims.end() && !claim->second)) continue;
    report.findings.push_back({ledger::Severity::fault,
                               "presence-misjudged",
                               place_text(*author->second, place) +
                                   ": a hub called its proof of presence false, and it is not",
                               {}});
  }
  for (const auto& [place, proven] : claims) {
    if (proven || judged.contains(place)) continue;
    report.findings.push_back({ledger::Severity::notice,
                               "presence-unproven",
                               place_text(*authors.at(place.first), place) +
                                   ": no chip proves it, and no hub has said so",
                               {}});
  }
  report_gaps(commits, authors, report);
  return ledger::done();
}

}  // namespace verbena::node
