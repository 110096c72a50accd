// SPDX-License-Identifier: Apache-2.0
#include "node/archive.h"

#include <algorithm>

#include "ledger/checkpoint.h"
#include "ledger/store/memory_store.h"
#include "node/system_clock.h"
#include "replication/bundle.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Ledger;
using ledger::Result;
using ledger::Status;
using replication::Archive;
using replication::ArchiveWriter;
using replication::BlockKind;

namespace {

constexpr std::size_t run_bytes_max = 64 << 10;
constexpr std::size_t heads_per_frame = 1'000;

// All sources in one ledger, without an identity.
class Gathering {
 public:
  explicit Gathering(const ledger::SignedCertificate& root) : root_(root) {}

  Status open() {
    auto opened = Ledger::open(store_, root_.certificate, {}, clock_, random_);
    if (!opened) return opened.error();
    ledger_ = opened.take();
    return ledger::done();
  }

  Status take(const AuditSource& source) {
    if (source.root.certificate.hash != root_.certificate.hash) {
      return Error{Errc::other_festival, "one of these is of another festival"};
    }
    if (source.runs_refused > 0 || (source.archive && source.archive->runs_refused > 0)) {
      return Error{Errc::damaged,
                   "not all of it verifies: " +
                       (source.archive ? source.archive->first_refusal : source.first_refusal)};
    }
    auto theirs = Ledger::open(*source.store, root_.certificate, {}, clock_, random_);
    if (!theirs) return theirs.error();
    std::string bundle;
    auto status = replication::export_bundle(**theirs, root_.bytes, [&](std::string_view bytes) {
      bundle = bytes;
      return ledger::done();
    });
    if (!status) return status;
    auto report = replication::import_bundle(*ledger_, bundle);
    if (!report) return report.error();
    if (report->runs_refused > 0) {
      return Error{Errc::damaged, "not all of it verifies: " + report->first_refusal};
    }
    if (source.archive) {
      for (const auto& claim : source.archive->claims) {
        (void)ledger_->note_claimed(claim.log, claim.head);
      }
      for (const auto& receipt : source.archive->receipts) (void)ledger_->note_receipt(receipt);
    }
    return ledger::done();
  }

  const Ledger& ledger() const { return *ledger_; }

 private:
  ledger::SignedCertificate root_;
  SystemClock clock_;
  ledger::SystemRandom random_;
  ledger::MemoryStore store_;
  std::unique_ptr<Ledger> ledger_;
};

schemas::Frame run_frame(ledger::LogRun run) {
  schemas::Frame out;
  *out.mutable_run() = ledger::to_wire(std::move(run));
  return out;
}

// What lies behind `before`, and what nobody brought.
Status write_logs(const Ledger& ledger, const Archive* before, ArchiveWriter& out) {
  std::map<ledger::LogName, std::uint64_t> sealed;
  if (before != nullptr) {
    for (const auto& log : before->store->logs()) sealed[log.name] = log.head.size;
  }
  std::map<ledger::Hash, std::uint64_t> held;
  std::vector<ledger::LogName> forked;
  for (const auto& log : ledger.logs()) {
    held[log.id] = log.head.size;
    if (log.forked) forked.push_back(log.name);
    for (std::uint64_t from = sealed[log.name]; from < log.head.size;) {
      auto runs = ledger.read(log.name, from, run_bytes_max);
      if (!runs) return runs.error();
      for (auto& run : *runs) {
        from = run.head.size;
        out.add(run_frame(std::move(run)));
      }
    }
  }
  for (const auto& name : forked) {
    auto runs = ledger.branch_runs(name);
    if (!runs) return runs.error();
    for (auto& run : *runs) out.add(run_frame(std::move(run)), BlockKind::branches);
  }
  schemas::Frame heads;
  for (const auto& claim : ledger.claimed_heads()) {
    auto* head = heads.mutable_heads()->add_head();
    *head->mutable_log() = ledger::to_wire(claim.log);
    *head->mutable_head() = ledger::to_wire(claim.head);
    if (static_cast<std::size_t>(heads.heads().head_size()) < heads_per_frame) continue;
    out.add(heads);
    heads.Clear();
  }
  if (heads.heads().head_size() > 0) out.add(heads);
  for (const auto& receipt : ledger.receipts()) {
    const bool says_more = std::any_of(
        receipt.position().begin(), receipt.position().end(), [&](const auto& position) {
          const auto log = ledger::fixed<32>(position.log());
          return log && position.size() > (held.contains(*log) ? held.at(*log) : 0);
        });
    if (!says_more) continue;
    schemas::Frame frame;
    *frame.mutable_receipt() = receipt;
    out.add(frame);
  }
  return ledger::done();
}

bool same_tips(std::vector<ledger::LogTip> a, std::vector<ledger::LogTip> b) {
  const auto less = [](const auto& x, const auto& y) {
    return std::tie(x.id, x.size, x.root) < std::tie(y.id, y.size, y.root);
  };
  std::sort(a.begin(), a.end(), less);
  std::sort(b.begin(), b.end(), less);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.id == y.id && x.size == y.size && x.root == y.root;
  });
}

// Only what is sealed can be amended.
Result<AuditSource> open_sealed(std::string_view file) {
  auto archive = replication::read_archive(file);
  if (!archive) return archive.error();
  auto audited = audit_archive(*archive);
  if (!audited) return audited.error();
  if (audited->seals.empty() || !audited->seals.back().holds) {
    std::string why;
    for (const auto& finding : audited->report.findings) {
      if (finding.kind == "seal" || finding.kind == "not-sealed") why = finding.text;
    }
    return Error{Errc::bad_signature, "what is amended must be sealed; " + why};
  }
  AuditSource out;
  out.store = archive->store;
  out.root = archive->root;
  out.archive = archive.take();
  return out;
}

}  // namespace

Result<Closed> close_festival(const std::vector<AuditSource>& sources, std::string_view amends) {
  if (sources.empty()) return Error{Errc::bad_input, "there is nothing to close"};
  std::optional<AuditSource> before;
  if (!amends.empty()) {
    auto opened = open_sealed(amends);
    if (!opened) return opened.error();
    before.emplace(opened.take());
  }
  Gathering all(sources.front().root);
  if (auto status = all.open(); !status) return status.error();
  // Its histories come first: those it holds as logs stay logs.
  if (before) {
    if (auto status = all.take(*before); !status) return status.error();
  }
  for (const auto& source : sources) {
    if (auto status = all.take(source); !status) return status.error();
  }
  const Archive* old = before ? &*before->archive : nullptr;
  auto writer = old == nullptr ? Result(ArchiveWriter(sources.front().root.bytes))
                               : ArchiveWriter::extend(amends);
  if (!writer) return writer.error();
  if (auto status = write_logs(all.ledger(), old, *writer); !status) return status.error();

  Closed out;
  out.file = writer->sealed({});
  auto unsealed = replication::read_archive(out.file);
  if (!unsealed) return unsealed.error();
  if (old != nullptr && same_tips(unsealed->tips, old->tips)) {
    return Error{Errc::bad_input, "nothing is held that the archive does not have"};
  }
  auto audited = audit_archive(*unsealed);
  if (!audited) return audited.error();
  schemas::SignedSeal seal;
  seal.set_seal(audited->found.SerializeAsString());
  writer = ArchiveWriter::reseal(out.file);
  if (!writer) return writer.error();
  out.file = writer->sealed(seal);
  auto archive = replication::read_archive(out.file);
  if (!archive) return archive.error();
  out.audit = audited.take();
  judge_seals(*archive, out.audit);
  out.number = out.audit.found.number();
  if (!out.audit.untrue.empty()) {
    return Error{Errc::internal,
                 "the archive does not hold what its seal says: " + out.audit.untrue.front()};
  }
  return out;
}

Result<Sealing> seal_archive(const std::string& file, const ledger::SigningKey& key) {
  auto archive = replication::read_archive(file);
  if (!archive) return archive.error();
  auto audited = audit_archive(*archive);
  if (!audited) return audited.error();
  Sealing out;
  out.audit = audited.take();
  const auto who = out.audit.ground.supervisors.find(key.public_key());
  if (who == out.audit.ground.supervisors.end() || who->second.revoked) {
    return ledger::refuse(ledger::Refusal::role_denied,
                          who == out.audit.ground.supervisors.end()
                              ? "only a supervisor of this festival seals"
                              : who->second.alias + " is revoked");
  }
  // Nobody signs what does not add up, nor on top of what is not sealed.
  for (const auto& finding : out.audit.report.findings) {
    if (finding.kind == "forged" || finding.kind == "unknown-author" ||
        finding.kind == "not-conserved") {
      out.objections.push_back(finding.kind + ": " + finding.text);
    }
  }
  for (std::size_t i = 0; i + 1 < out.audit.seals.size(); ++i) {
    if (!out.audit.seals[i].holds) {
      out.objections.push_back("seal " + std::to_string(i + 1) +
                               ", which it amends, does not hold");
    }
  }
  for (const auto& text : out.audit.untrue) out.objections.push_back(text);
  const auto& aliases = out.audit.seals.back().supervisors;
  if (std::find(aliases.begin(), aliases.end(), who->second.alias) != aliases.end()) {
    out.objections.push_back(who->second.alias + " has signed it already");
  }
  if (!out.objections.empty()) return out;
  schemas::SignedSeal seal = archive->seals.back().seal;
  *seal.add_signature() = ledger::sign_seal(seal, key);
  std::vector<schemas::SignedSeal> seals;
  for (const auto& entry : archive->seals) seals.push_back(entry.seal);
  auto checkpoint = ledger::checkpoint_of(seals);
  if (!checkpoint) return checkpoint.error();
  *seal.add_note() = ledger::sign_checkpoint(*checkpoint, key);
  auto writer = ArchiveWriter::reseal(file);
  if (!writer) return writer.error();
  out.file = writer->sealed(seal);
  auto signed_archive = replication::read_archive(out.file);
  if (!signed_archive) return signed_archive.error();
  // What was replayed stands before the seal and is the same.
  judge_seals(*signed_archive, out.audit);
  return out;
}

}  // namespace verbena::node
