// SPDX-License-Identifier: Apache-2.0
// Heads, certificates and receipts, as bytes. Nothing counts that was not signed; and what is
// signed by a device of the festival, however odd, is refused or survives a restart.
#include <algorithm>

#include "test/fuzz/ground.h"

using namespace verbena;
using fuzz::ground;

namespace {

struct SignedHead {
  ledger::LogName log;
  ledger::Bytes bytes;
};

const SignedHead& signed_head() {
  static const SignedHead it = [] {
    const auto log = ground().one.ledger->logs().back();
    return SignedHead{log.name, ledger::encode_head(log.head)};
  }();
  return it;
}

void check_head(std::string_view bytes) {
  const auto head = ledger::decode_head(bytes);
  if (!head) return;
  VERBENA_CHECK(ledger::encode_head(*head) == bytes);
  const auto wire = ledger::from_wire(ledger::to_wire(*head));
  VERBENA_CHECK(!wire || *wire == *head);
  const auto& [log, signed_bytes] = signed_head();
  const auto author = ground().hub.ledger->author(log.certificate);
  VERBENA_CHECK(ledger::verify_head(author->key, log.id(), *head) == (bytes == signed_bytes));
}

void check_fields(const ledger::SignedCertificate& parsed) {
  const auto& certificate = parsed.certificate;
  VERBENA_CHECK(ledger::is_alias(certificate.alias));
  VERBENA_CHECK(ledger::role_from_name(ledger::role_name(certificate.role)) == certificate.role);
  VERBENA_CHECK(certificate.hash == ledger::sha256({certificate.bytes}));
  VERBENA_CHECK(parsed.signatures.size() <= std::size_t{ledger::certificate_signatures_max});
}

// As the supervisor's control log would bring it.
void check_roster(const ledger::SignedCertificate& parsed) {
  static const ledger::Roster start = fuzz::folded(*ground().hub.store)->roster();
  ledger::Roster roster = start;
  const bool known = roster.find(parsed.certificate.hash) != nullptr;
  const ledger::LogName log{ground().sup.identity.certificate.hash, 77, ledger::LogClass::control};
  roster.note_log(log, log.id());
  roster.note_certificate(parsed, {log.id(), 0});
  roster.evaluate();
  const bool here = parsed.certificate.festival == roster.root().festival;
  VERBENA_CHECK((roster.find(parsed.certificate.hash) != nullptr) == (known || here));
  VERBENA_CHECK(known || !roster.certified(parsed.certificate.hash) ||
                std::any_of(parsed.signatures.begin(), parsed.signatures.end(), [](const auto& by) {
                  return by.key == ground().sup.identity.certificate.key ||
                         by.key == ground().world.root.key;
                }));
  for (const auto& hash : start.certified()) VERBENA_CHECK(roster.certified(hash));
}

void check_certificate(std::string_view bytes) {
  const auto parsed = ledger::parse_signed_certificate(bytes);
  if (parsed) {
    VERBENA_CHECK(parsed->bytes == bytes);
    check_fields(*parsed);
    check_roster(*parsed);
  }
  // The same body, signed in truth.
  schemas::SignedCertificate outer;
  schemas::Certificate body;
  if (!outer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !body.ParseFromString(outer.certificate())) {
    VERBENA_CHECK(!parsed);
    return;
  }
  for (const auto* signer : {&ground().sup, &ground().one}) {
    const ledger::SigningKey* key = &signer->identity.key;
    const auto resigned =
        ledger::parse_signed_certificate(ledger::sign_certificate(body, {&key, 1}));
    if (resigned) check_fields(*resigned);
    if (resigned) check_roster(*resigned);
  }
}

std::vector<std::string> receipts_of(const ledger::Ledger& ledger) {
  std::vector<std::string> out;
  for (const auto& receipt : ledger.receipts()) out.push_back(receipt.SerializeAsString());
  std::sort(out.begin(), out.end());
  return out;
}

// The same bytes under the same signature, cut into fewer positions.
std::optional<schemas::Receipt> read_otherwise(const schemas::Receipt& receipt) {
  if (receipt.position_size() < 2) return std::nullopt;
  schemas::Receipt out = receipt;
  const auto& second = receipt.position(1);
  auto& root = *out.mutable_position(0)->mutable_root();
  root += second.log();
  ledger::put_u64(root, second.size());
  root += second.root();
  out.mutable_position()->DeleteSubrange(1, 1);
  return out;
}

void check_receipt(std::string_view bytes) {
  static const ledger::MemoryStore at_hub = *ground().hub.store;
  static fuzz::Stage stage(at_hub, ground().hub.identity);
  schemas::Receipt receipt;
  if (!receipt.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  ledger::Ledger& hub = stage.fresh();
  const auto before = receipts_of(hub);
  if (!hub.note_receipt(receipt)) VERBENA_CHECK(receipts_of(hub) == before);

  fuzz::sign_receipt(receipt, ground().two.identity);
  if (!hub.note_receipt(receipt)) return;
  const auto kept = receipts_of(hub);
  const auto again = hub.note_receipt(receipt);
  VERBENA_CHECK(again.ok() && !*again);  // nothing new the second time
  VERBENA_CHECK(receipts_of(hub) == kept);
  fuzz::Stage restarted(stage.store(), ground().hub.identity);
  VERBENA_CHECK(receipts_of(restarted.fresh()) == kept);
  const auto other = read_otherwise(receipt);
  if (!other || kept == before) return;
  ledger::Ledger& clean = stage.fresh();
  (void)clean.note_receipt(*other);
  VERBENA_CHECK(receipts_of(clean) == before);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_head(bytes);
  check_certificate(bytes);
  check_receipt(bytes);
  return 0;
}
