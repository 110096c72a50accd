// SPDX-License-Identifier: Apache-2.0
#include "node/audit_source.h"

#include "ledger/store/memory_store.h"
#include "ledger/store/rocks_store.h"
#include "node/home.h"
#include "node/seal_audit.h"
#include "node/system_clock.h"
#include "replication/bundle.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

Result<AuditSource> open_bundle(const std::string& bundle) {
  auto root = replication::bundle_root(bundle);
  if (!root) return root.error();
  AuditSource out;
  out.store = std::make_unique<ledger::MemoryStore>();
  out.root = root.take();
  SystemClock clock;
  ledger::SystemRandom random;
  auto book = ledger::Ledger::open(*out.store, out.root.certificate, {}, clock, random);
  if (!book) return book.error();
  auto report = replication::import_bundle(**book, bundle);
  if (!report) return report.error();
  out.runs_refused = report->runs_refused;
  out.first_refusal = report->first_refusal;
  return out;
}

Result<AuditSource> open_archive(const std::string& file, std::uint64_t at_seal) {
  auto archive = replication::read_archive(file, at_seal == 0 ? UINT64_MAX : at_seal);
  if (!archive) return archive.error();
  if (at_seal > archive->seals_in_file) {
    return Error{Errc::bad_input,
                 "it has only " + std::to_string(archive->seals_in_file) + " seals"};
  }
  AuditSource out;
  out.store = archive->store;
  out.root = archive->root;
  out.archive = archive.take();
  return out;
}

}  // namespace

Result<AuditSource> read_audit_source(const std::string& file, std::uint64_t at_seal) {
  if (replication::is_archive(file)) return open_archive(file, at_seal);
  if (at_seal != 0) return Error{Errc::bad_input, "only an archive has seals"};
  return open_bundle(file);
}

Result<AuditSource> open_audit_source(const Path& path, std::uint64_t at_seal) {
  if (!path_exists(path)) return Error{Errc::storage, path.string() + ": there is nothing there"};
  if (auto status = not_wiped(path); !status) return status.error();
  if (!path_exists(path / "certificate")) {
    auto bundle = read_file(path, replication::bundle_bytes_max);
    if (!bundle) return bundle.error();
    auto opened = read_audit_source(*bundle, at_seal);
    if (!opened) return Error{opened.error().code, path.string() + ": " + opened.error().text};
    return opened;
  }
  if (at_seal != 0) return Error{Errc::bad_input, path.string() + ": only an archive has seals"};
  AuditSource out;
  auto lock = FileLock::take(path / "lock", false);
  if (!lock) return Error{Errc::locked, path.string() + ": a node runs on this home"};
  out.lock.emplace(lock.take());
  if (auto status = not_wiped(path); !status) return status.error();
  auto root = read_file(path / "root");
  if (!root) return root.error();
  auto certificate = ledger::parse_signed_certificate(*root);
  if (!certificate) return certificate.error();
  out.root = certificate.take();
  auto opened = ledger::open_rocks_store((path / "store").string(), {.read_only = true});
  if (!opened) return opened.error();
  out.store = std::move(opened->store);
  return out;
}

Result<ledger::AuditReport> audit(const AuditSource& source) {
  if (source.archive) {
    auto audited = audit_archive(*source.archive);
    if (!audited) return audited.error();
    return std::move(audited->report);
  }
  auto audited = ledger::audit(*source.store, source.root.certificate);
  if (audited && source.runs_refused > 0) {
    audited->findings.push_back({ledger::Severity::fault,
                                 "forged",
                                 std::to_string(source.runs_refused) +
                                     " runs of the bundle do not verify: " + source.first_refusal,
                                 {}});
  }
  return audited;
}

}  // namespace verbena::node
