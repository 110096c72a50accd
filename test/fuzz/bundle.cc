// SPDX-License-Identifier: Apache-2.0
// A bundle, as bytes; and once more with its parts, one device's signatures and its closing hash
// made true. What is held afterwards of the others is a beginning of what they wrote.
#include "replication/bundle.h"

#include "replication/session.h"
#include "test/fuzz/ground.h"

using namespace verbena;
using fuzz::ground;
using ledger::Bytes;

namespace {

const ledger::DeviceIdentity& liar() {
  return ground().two.identity;
}

// Its parts, as far as their lengths can be followed.
std::vector<Bytes> loose_parts(std::string_view bundle) {
  std::vector<Bytes> out;
  bundle.remove_prefix(std::min(bundle.size(), replication::bundle_magic.size()));
  while (bundle.size() >= 4) {
    const auto size = ledger::get_be(bundle.substr(0, 4));
    bundle.remove_prefix(4);
    if (size == 0) break;
    out.emplace_back(bundle.substr(0, size));
    bundle.remove_prefix(out.back().size());
  }
  return out;
}

void mend(Bytes& part, fuzz::Leaves& held) {
  schemas::Frame frame;
  if (!frame.ParseFromString(part)) return part.clear();
  if (frame.has_run() &&
      frame.run().log().certificate() == ledger::to_bytes(liar().certificate.hash)) {
    fuzz::mend_run(*frame.mutable_run(), liar(), held);
  }
  if (frame.has_receipt()) fuzz::sign_receipt(*frame.mutable_receipt(), liar());
  part = frame.SerializeAsString();
}

Bytes closed(const std::vector<Bytes>& parts) {
  Bytes out(replication::bundle_magic);
  for (const auto& part : parts) {
    if (part.empty()) continue;
    ledger::put_u32(out, static_cast<std::uint32_t>(part.size()));
    out += part;
  }
  ledger::put_u32(out, 0);
  return out + ledger::to_bytes(ledger::sha256({out}));
}

Bytes mended(std::string_view bundle) {
  auto parts = loose_parts(bundle);
  fuzz::Leaves held;
  if (parts.empty()) parts.emplace_back();
  parts[0] = ground().world.signed_root;
  for (std::size_t i = 1; i < parts.size(); ++i) mend(parts[i], held);
  return closed(parts);
}

// What the reader wrote itself: proofs of forks.
std::uint64_t proofs_of(const ledger::Ledger& reader) {
  std::uint64_t out = 0;
  for (const auto& log : reader.logs()) {
    if (log.name.incarnation == reader.incarnation()) out += log.head.size;
  }
  return out;
}

// Everything but the liar's logs is as its author wrote it, from the start.
void check_true(const ledger::Ledger& reader) {
  static const fuzz::Leaves truth = fuzz::leaves_of(*ground().hub.ledger);
  for (const auto& [log, leaves] : fuzz::leaves_of(reader)) {
    if (log.certificate == liar().certificate.hash) continue;
    if (log.incarnation == reader.incarnation()) continue;
    const auto known = truth.find(log);
    VERBENA_CHECK(known != truth.end() && leaves.size() <= known->second.size());
    VERBENA_CHECK(std::equal(leaves.begin(), leaves.end(), known->second.begin()));
  }
}

void check_copy(const ledger::Ledger& reader) {
  static fuzz::Stage other({}, ground().hub.identity);
  Bytes copy;
  VERBENA_CHECK(replication::export_bundle(reader, ground().world.signed_root, [&](auto bytes) {
                  copy = Bytes(bytes);
                  return ledger::done();
                }).ok());
  VERBENA_CHECK(replication::bundle_root(copy).ok());
  ledger::Ledger& second = other.fresh();
  const auto report = replication::import_bundle(second, copy);
  VERBENA_CHECK(report.ok() && report->runs_refused == 0);
  VERBENA_CHECK(report->added == reader.events());
  VERBENA_CHECK(fuzz::digest_of(second) == fuzz::digest_of(reader));
}

// Imports into an empty store.
void import(std::string_view bundle) {
  static fuzz::Stage stage({}, ground().hub.identity);
  ledger::Ledger& reader = stage.fresh();
  const auto report = replication::import_bundle(reader, bundle);
  if (!report) {
    VERBENA_CHECK(reader.events() == 0 && reader.logs().empty());
    return;
  }
  VERBENA_CHECK(replication::bundle_root(bundle).ok());
  VERBENA_CHECK(report->added + report->already_held <= report->events);
  VERBENA_CHECK((report->runs_refused == 0) == report->first_refusal.empty());
  VERBENA_CHECK(reader.events() == report->added + proofs_of(reader));
  check_true(reader);
  fuzz::check_conserved(reader);
  if (reader.events() == 0) return;
  VERBENA_CHECK(fuzz::digest_of(reader) ==
                fuzz::rebuilt_digest(stage.store(), ground().world.root));
  if (proofs_of(reader) == 0) check_copy(reader);
  const auto again = replication::import_bundle(reader, bundle);
  VERBENA_CHECK(again.ok());
  if (report->runs_refused == 0) VERBENA_CHECK(again->added == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  import(bytes);
  import(mended(bytes));
  return 0;
}
