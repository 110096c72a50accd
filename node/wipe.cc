// SPDX-License-Identifier: Apache-2.0
#include "node/wipe.h"

#include <algorithm>

#include "ledger/core/merkle.h"
#include "ledger/proof_chain.h"
#include "ledger/receipt.h"
#include "ledger/store/head_file.h"
#include "ledger/store/rocks_store.h"
#include "node/http/wall_people.h"
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

// All that a home consists of beside its store. Secrets first: what is left without them can sign
// nothing and connect to nobody.
constexpr const char* home_files[] = {"device.key", "tls.key", wall_people_file, "tls.crt",
                                      "ca.crt",     "root",    "certificate",    "head"};
constexpr const char* beside[] = {"", ".new", ".gone"};  // left by a write or a removal cut short

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

// What is removed through a link stays where it is.
Status has_no_links(const Path& home) {
  std::vector<Path> all{home / "store"};
  for (const char* name : home_files) all.push_back(home / name);
  for (const auto& path : all) {
    if (is_link(path)) {
      return Error{Errc::bad_input, path.string() + ": is a link; wipe takes files in place only"};
    }
  }
  return ledger::done();
}

// The proof, not written yet; empty where the home may not go.
Result<ledger::Bytes> prepare(const Path& home, const std::optional<std::string>& passphrase,
                              const WipeRequest& request, const ledger::Clock& clock,
                              ledger::Random& random, WipeOutcome& out) {
  auto keys = read_home(home, passphrase);
  if (!keys) return keys.error();
  if (auto status = has_no_links(home); !status) return status.error();
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

// A wipe begins with the key, so whoever has a key still has a certificate to compare.
Status belongs(const Path& home, const ledger::ProvenWipe& proven, const Path& proof) {
  auto bytes = read_file(home / "certificate");
  auto own = bytes ? ledger::parse_signed_certificate(*bytes)
                   : Result<ledger::SignedCertificate>(bytes.error());
  const bool same = own && own->certificate.hash == proven.device.hash;
  if (same || (!own && !path_exists(home / "device.key"))) return ledger::done();
  return Error{Errc::damaged, proof.string() + ": proves that " + proven.device.alias +
                                  " was wiped, which is not this home: take it away"};
}

Error stopped() {
  return {Errc::internal, "stopped"};
}

// From here on nothing is asked any more.
Status take_apart(const Path& home, const std::string& proof, const WipeStep& step) {
  const auto go = [&](const std::string& act) { return !step || step(act); };
  for (const char* name : home_files) {
    for (const char* suffix : beside) {
      const Path path = (home / name).string() + suffix;
      if (!path_exists(path)) continue;
      if (!go("overwrite " + path.filename().string())) return stopped();
      if (auto status = overwrite_file(path); !status) return status;
      if (!go("remove " + path.filename().string())) return stopped();
      if (auto status = discard_file(path); !status) return status;
    }
  }
  if (!go("remove the store")) return stopped();
  if (auto status = remove_tree(home / "store"); !status) return status;
  for (const char* suffix : beside) {  // room kept free for a full disk: nothing is in it
    const Path path = (home / "store.ballast").string() + suffix;
    if (!path_exists(path)) continue;
    if (!go("remove " + path.filename().string())) return stopped();
    if (auto status = discard_file(path); !status) return status;
  }
  if (!go("write the proof")) return stopped();
  if (auto status = write_file(home / wiped_file, proof); !status) return status;
  for (const char* suffix : beside) {
    const Path path = (home / wiping_file).string() + suffix;
    if (!path_exists(path)) continue;
    if (!go("remove " + path.filename().string())) return stopped();
    if (auto status = discard_file(path); !status) return status;
  }
  return ledger::done();
}

}  // namespace

Result<WipeOutcome> wipe_home(const Path& home, const std::optional<std::string>& passphrase,
                              const WipeRequest& request, const ledger::Clock& clock,
                              ledger::Random& random, const WipeStep& step) {
  const auto begun = [&] {
    return path_exists(home / wiped_file)    ? std::optional(home / wiped_file)
           : path_exists(home / wiping_file) ? std::optional(home / wiping_file)
                                             : std::nullopt;
  };
  if (!begun() && !path_exists(home / "certificate")) {
    return Error{Errc::storage, home.string() + ": not a device's home"};
  }
  auto lock = FileLock::take(home / "lock", false);
  if (!lock) return Error{Errc::locked, home.string() + ": another process runs on this home"};
  WipeOutcome out;
  std::string proof;
  const auto proof_file = begun();
  if (proof_file) {
    auto bytes = read_file(*proof_file, ledger::wipe_bytes_max);
    if (!bytes) return bytes.error();
    proof = bytes.take();
  } else {
    auto made = prepare(home, passphrase, request, clock, random, out);
    if (!made) return made.error();
    if (made->empty()) return out;
    proof = made.take();
  }
  // Nothing goes on the strength of a proof that nobody would accept, or of another home's.
  auto fingerprint = ledger::wipe_root(proof);
  auto proven = fingerprint ? ledger::verify_wipe(proof, *fingerprint)
                            : Result<ledger::ProvenWipe>(fingerprint.error());
  if (!proven) {
    return Error{Errc::damaged,
                 (proof_file ? proof_file->string() : home.string()) + ": " + proven.error().text};
  }
  if (proof_file) {
    if (auto status = belongs(home, *proven, *proof_file); !status) return status.error();
  } else {
    if (step && !step("begin")) return stopped();
    if (auto status = write_file(home / wiping_file, proof); !status) return status.error();
  }
  if (auto status = take_apart(home, proof, step); !status) return status.error();
  out.wiped = true;
  out.proven = proven.take();
  out.fingerprint = *fingerprint;
  for (const Path& path : list_directory(home)) {
    if (path.filename() != wiped_file && path.filename() != "lock") out.left.push_back(path);
  }
  return out;
}

}  // namespace verbena::node
