// SPDX-License-Identifier: Apache-2.0
#include "node/wipe_proof.h"

#include <algorithm>

#include "ledger/core/merkle.h"
#include "ledger/proof_chain.h"
#include "ledger/receipt.h"
#include "ledger/store/head_file.h"
#include "ledger/store/rocks_store.h"
#include "node/seal_audit.h"

namespace verbena::node {

using ledger::Certificate;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::Ledger;
using ledger::Result;
using ledger::Status;

namespace {

struct SealedArchive {
  std::shared_ptr<ledger::EventStore> store;
  std::set<std::tuple<Hash, std::uint64_t, Hash>> tips;
  schemas::SignedSeal seal;  // with the signatures that count
};

Result<SealedArchive> open_sealed(const std::string& file, const Certificate& root) {
  auto archive = replication::read_archive(file);
  if (!archive) return archive.error();
  if (archive->root.certificate.hash != root.hash) {
    return Error{Errc::other_festival, "the archive is of another festival"};
  }
  auto audited = audit_archive(*archive);
  if (!audited) return audited.error();
  if (audited->seals.empty() || !audited->seals.back().holds) {
    return Error{Errc::bad_input, "the archive's seal does not hold: verbena audit tells why"};
  }
  SealedArchive out;
  out.store = archive->store;
  for (const auto& tip : archive->tips) out.tips.emplace(tip.id, tip.size, tip.root);
  const auto& newest = archive->seals.back().seal;
  const auto keys = ledger::judge_signatures(newest, audited->ground).keys;
  out.seal.set_seal(newest.seal());
  for (const auto& key : keys) {
    const auto by =
        std::find_if(newest.signature().begin(), newest.signature().end(),
                     [&](const auto& entry) { return entry.key() == ledger::view(key); });
    *out.seal.add_signature() = *by;
  }
  return out;
}

// Whether these events begin a log of the archive.
bool begins(const SealedArchive& archive, const ledger::LogName& name, const ledger::Head& head) {
  if (archive.tips.contains({name.id(), head.size, head.root})) return true;
  std::vector<Hash> leaves;
  const auto status = archive.store->read(name, 0, head.size, [&](auto, std::string_view event) {
    leaves.push_back(ledger::leaf_hash(event));
    return ledger::done();
  });
  return status.ok() && leaves.size() == head.size && ledger::tree_root(leaves) == head.root;
}

bool holds(const SealedArchive& archive, const Ledger& book, const ledger::LogSummary& log) {
  if (!begins(archive, log.name, log.head)) return false;
  if (!log.forked) return true;
  auto runs = book.branch_runs(log.name);
  return runs.ok() && std::all_of(runs->begin(), runs->end(), [&](const auto& run) {
           return archive.tips.contains({log.id, run.head.size, run.head.root});
         });
}

// What is known of the home and who holds what it holds, as far as it knows.
class Cover {
 public:
  Cover(const Ledger& book, const HomeKeys& keys, const ledger::SignedCertificate& root)
      : book_(book), device_(keys.identity.certificate), root_(root) {}

  Status find(const ledger::SignedCertificate& own, const std::optional<SealedArchive>& archive,
              WipeOutcome& out) {
    if (auto status = read_certificates(own); !status) return status;
    auto chain = ledger::certificate_chain(device_.hash, certificates_, root_);
    if (chain.empty()) {
      return Error{Errc::damaged, "nobody this home knows certified " + device_.alias};
    }
    put(*wipe_.mutable_device(), chain);
    wipe_.set_version(ledger::wipe_version);
    std::vector<ledger::LogSummary> logs = book_.logs();
    std::sort(logs.begin(), logs.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    const bool office = device_.role == schemas::HUB || device_.role == schemas::SUPERVISOR;
    const auto receipts = book_.receipts();
    bool by_seal = false;
    for (const auto& log : logs) {
      if (log.head.size == 0) continue;
      if (log.name.certificate != device_.hash) {
        if (office && !(archive && holds(*archive, book_, log))) ++out.relied;
        continue;
      }
      auto* entry = wipe_.add_log();
      entry->set_incarnation(log.name.incarnation);
      entry->set_log_class(static_cast<std::uint32_t>(log.name.log_class));
      *entry->mutable_head() = ledger::to_wire(log.head);
      const bool sealed =
          archive && !log.forked && archive->tips.contains({log.id, log.head.size, log.head.root});
      by_seal |= sealed;
      const std::uint64_t witnessed = note_witness(log, receipts);
      if (!sealed && witnessed != log.head.size) {
        out.uncovered.push_back({log.name, log.head.size, witnessed});
      }
    }
    wipe_.set_relied(out.relied);
    for (const auto& [signature, receipt] : receipts_) *wipe_.add_receipt() = receipt;
    if (archive && (by_seal || office)) {
      *wipe_.mutable_seal() = archive->seal;
      for (const auto& entry : archive->seal.signature()) {
        if (!add_signer(by_key(entry.key()))) {
          return Error{Errc::damaged, "a supervisor who sealed the archive is not known here"};
        }
      }
    }
    return ledger::done();
  }

  // A yes of each of these to what find() has found.
  Status overrule(const WipeRequest& request) {
    if (request.reason.empty() || request.reason.size() > ledger::wipe_reason_bytes_max) {
      return Error{Errc::bad_input, "an override needs a reason, of up to 500 bytes"};
    }
    auto* overruled = wipe_.mutable_overruled();
    overruled->set_reason(request.reason);
    std::set<std::string> persons;
    for (const auto* key : request.approvers) {
      std::string person;
      book_.ask([&](ledger::State& state, const auto&) {
        person = state.roster().approver(key->public_key());
      });
      const bool own = key->public_key() == device_.key || person == device_.person;
      if (person.empty() || own || !add_signer(by_key(ledger::view(key->public_key())))) {
        return ledger::refuse(
            ledger::Refusal::role_denied,
            own ? "nobody lets their own device go" : "only supervisors of this festival override");
      }
      if (!persons.insert(person).second) continue;
      *overruled->add_approval() = ledger::approve_wipe(wipe_, device_, request.reason, *key);
    }
    if (persons.size() < ledger::wipe_persons_min) {
      return ledger::refuse(ledger::Refusal::approval_needed,
                            "it takes two supervisors to wipe what is not held elsewhere");
    }
    return ledger::done();
  }

  Result<ledger::Bytes> signed_by(const ledger::SigningKey& key, std::uint64_t wall_ms) {
    wipe_.set_wall_ms(wall_ms);
    for (const auto& [hash, chain] : signers_) put(*wipe_.add_signer(), chain);
    ledger::Bytes out = ledger::write_wipe(wipe_, key);
    if (out.size() > ledger::wipe_bytes_max) {
      return Error{Errc::internal, "the proof of wipe would be above 4 MiB"};
    }
    return out;
  }

 private:
  static void put(schemas::CertificateChain& out,
                  const std::vector<schemas::SignedCertificate>& chain) {
    for (const auto& entry : chain) *out.add_certificate() = entry;
  }

  // With all signatures that control logs tell of.
  Status read_certificates(const ledger::SignedCertificate& own) {
    ledger::add_signatures(certificates_, own);
    for (const auto& log : book_.logs()) {
      if (log.name.log_class != ledger::LogClass::control || log.head.size == 0) continue;
      auto runs = book_.read(log.name, 0, SIZE_MAX);
      if (!runs) return runs.error();
      schemas::Event event;
      for (const auto& run : *runs) {
        for (const auto& bytes : run.events) {
          if (!ledger::parse_event(bytes, event) || event.kind() != schemas::KIND_CERTIFICATE) {
            continue;
          }
          auto noted = ledger::parse_signed_certificate(event.payload());
          if (noted) ledger::add_signatures(certificates_, noted.take());
        }
      }
    }
    return ledger::done();
  }

  Hash by_key(std::string_view key) const {
    for (const auto& [hash, noted] : certificates_) {
      if (ledger::view(noted.certificate.key) == key &&
          noted.certificate.role == schemas::SUPERVISOR) {
        return hash;
      }
    }
    return {};
  }

  bool add_signer(const Hash& certificate) {
    auto chain = ledger::certificate_chain(certificate, certificates_, root_);
    if (chain.empty()) return false;
    signers_[certificate] = std::move(chain);
    return true;
  }

  // How much of this log the furthest witness that counts holds. One that holds all of it is noted.
  std::uint64_t note_witness(const ledger::LogSummary& log,
                             const std::vector<schemas::Receipt>& receipts) {
    std::uint64_t most = 0;
    for (const auto& receipt : receipts) {
      const auto hash = ledger::fixed<32>(receipt.witness());
      const auto witness = hash ? book_.author(*hash) : nullptr;
      if (witness == nullptr || !may_witness(*witness)) continue;
      for (const auto& position : receipt.position()) {
        if (position.log() != ledger::view(log.id)) continue;
        const bool same =
            position.size() == log.head.size && position.root() == ledger::view(log.head.root);
        if (!same) {
          // Further than this home, or with another history: it does not hold these events.
          if (position.size() < log.head.size) most = std::max(most, position.size());
          continue;
        }
        if (!add_signer(*hash)) continue;
        receipts_.try_emplace(receipt.signature(), receipt);
        return log.head.size;
      }
    }
    return most;
  }

  bool may_witness(const Certificate& witness) const {
    if (!ledger::vouches_for_wipe(witness, device_)) return false;
    bool out = false;
    book_.ask([&](ledger::State& state, const auto&) {
      const auto& roster = state.roster();
      out = roster.certified(witness.hash) && !roster.revoked(witness.key);
    });
    return out;
  }

  const Ledger& book_;
  const Certificate device_;
  const ledger::SignedCertificate root_;
  ledger::Certificates certificates_;
  std::map<Hash, std::vector<schemas::SignedCertificate>> signers_;
  std::map<ledger::Bytes, schemas::Receipt> receipts_;  // by signature
  schemas::Wipe wipe_;
};

}  // namespace

Result<ledger::Bytes> make_wipe_proof(const Path& home,
                                      const std::optional<std::string>& passphrase,
                                      const WipeRequest& request, const ledger::Clock& clock,
                                      ledger::Random& random, WipeOutcome& out) {
  auto keys = read_home(home, passphrase);
  if (!keys) return keys.error();
  std::vector<ledger::SignedCertificate> read;
  for (const char* name : {"root", "certificate"}) {
    auto bytes = read_file(home / name);
    if (!bytes) return bytes.error();
    auto parsed = ledger::parse_signed_certificate(*bytes);
    if (!parsed) return parsed.error();
    read.push_back(parsed.take());
  }
  std::optional<SealedArchive> archive;
  if (!request.archive.empty()) {
    auto opened = open_sealed(request.archive, keys->root);
    if (!opened) return opened.error();
    archive.emplace(opened.take());
  }
  auto opened = ledger::open_rocks_store((home / "store").string(), {});
  if (!opened) return opened.error();
  auto remembered = ledger::read_head_file((home / "head").string());
  if (!remembered) {
    out.alarms.push_back(remembered.error().text);
  } else {
    out.alarms = ledger::compare_heads(*remembered, *opened->store);
  }
  // Without the identity: nothing is written into its logs any more.
  auto book = Ledger::open(*opened->store, keys->root, {}, clock, random);
  if (!book) return Error{book.error().code, home.string() + ": " + book.error().text};
  Cover cover(**book, *keys, read[0]);
  if (auto status = cover.find(read[1], archive, out); !status) return status.error();
  const bool covered = out.uncovered.empty() && out.relied == 0 && out.alarms.empty();
  if (!covered) {
    if (request.approvers.empty()) return ledger::Bytes();
    if (auto status = cover.overrule(request); !status) return status.error();
  }
  return cover.signed_by(keys->identity.key, clock.wall_ms());
}

}  // namespace verbena::node
