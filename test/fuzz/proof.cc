// SPDX-License-Identifier: Apache-2.0
// A proof file, as bytes: of others only what they wrote is proven. And the input as an event that
// a device of the festival signed: that is proven whatever it says.
#include "ledger/proof.h"

#include "ledger/core/merkle.h"
#include "ledger/wire.h"
#include "schemas/proof.pb.h"
#include "test/fuzz/ground.h"

using namespace verbena;
using fuzz::ground;
using ledger::Bytes;

namespace {

const ledger::DeviceIdentity& liar() {
  return ground().two.identity;
}

const std::string& fingerprint() {
  static const std::string it = ledger::hex(ledger::key_id(ground().world.root.key));
  return it;
}

const std::set<ledger::Hash>& truth() {
  static const std::set<ledger::Hash> it = [] {
    std::set<ledger::Hash> out;
    for (const auto& [log, leaves] : fuzz::leaves_of(*ground().hub.ledger)) {
      out.insert(leaves.begin(), leaves.end());
    }
    return out;
  }();
  return it;
}

// A true proof of the liar's, to be told otherwise.
const schemas::EventProof& true_proof() {
  static const schemas::EventProof it = [] {
    schemas::EventProof out;
    for (const auto& [log, leaves] : fuzz::leaves_of(*ground().hub.ledger)) {
      if (log.certificate != liar().certificate.hash) continue;
      const auto root = ledger::parse_signed_certificate(ground().world.signed_root);
      const auto file = ledger::prove_event(*ground().hub.store, *root, ledger::hex(leaves.at(0)));
      VERBENA_CHECK(file.ok() && ledger::verify_proof(*file, fingerprint()).ok());
      VERBENA_CHECK(out.ParseFromString(file->substr(ledger::proof_magic.size())));
    }
    return out;
  }();
  return it;
}

void check_signed(std::string_view event) {
  schemas::EventProof proof = true_proof();
  const ledger::LogName log{liar().certificate.hash, proof.incarnation(),
                            static_cast<ledger::LogClass>(proof.log_class())};
  proof.set_event(Bytes(event));
  proof.set_index(0);
  proof.clear_path();
  *proof.mutable_head() = ledger::to_wire(
      ledger::sign_head(liar().key, log.id(), 1, ledger::leaf_hash(event), proof.head().hlc()));
  const auto proven =
      ledger::verify_proof(Bytes(ledger::proof_magic) + proof.SerializeAsString(), fingerprint());
  VERBENA_CHECK(proven.ok() == (event.size() <= ledger::event_bytes_max));
  VERBENA_CHECK(!proven || proven->event == event);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto proven = ledger::verify_proof(bytes, fingerprint());
  VERBENA_CHECK(!proven || truth().contains(proven->id));
  VERBENA_CHECK(proven.ok() || proven.error().code == ledger::Errc::bad_signature);
  check_signed(bytes);
  return 0;
}
