// SPDX-License-Identifier: Apache-2.0
#include "ledger/proof.h"

#include <catch2/catch.hpp>

#include "schemas/proof.pb.h"
#include "test/support/field_device.h"

using namespace verbena;
using ledger::Bytes;
using test::Device;
using test::World;

namespace {

struct Bar {
  World world{12};
  Device& hub = world.add(schemas::HUB, "hub");
  Device& sup = world.add(schemas::SUPERVISOR, "sup");
  Device& sup_two = world.add(schemas::SUPERVISOR, "sup-two");
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  Bar() { World::meet(hub, pos); }  // which knows all certificates
  ledger::SignedCertificate root = *ledger::parse_signed_certificate(world.signed_root);
  std::string fingerprint = ledger::hex(ledger::key_id(world.root.key));

  std::string sell() {
    const auto reply = world.sell_cash(pos, "beer");
    REQUIRE(reply.has_done());
    return ledger::hex(reply.done().id());
  }
  Bytes prove(const std::string& event) {
    World::meet(hub, pos);
    auto proof = ledger::prove_event(*hub.store, root, event);
    REQUIRE(proof.ok());
    return proof.take();
  }
};

schemas::EventProof body_of(const Bytes& file) {
  schemas::EventProof out;
  REQUIRE(out.ParseFromString(file.substr(ledger::proof_magic.size())));
  return out;
}

Bytes file_of(const schemas::EventProof& proof) {
  return Bytes(ledger::proof_magic) + proof.SerializeAsString();
}

}  // namespace

TEST_CASE("A proof shows who signed which event, to whoever knows the root's fingerprint") {
  Bar bar;
  const auto sale = bar.sell();
  const Bytes file = bar.prove(sale);
  const auto proven = ledger::verify_proof(file, bar.fingerprint);
  REQUIRE(proven.ok());
  CHECK(ledger::hex(proven->id) == sale);
  CHECK(proven->author.alias == "pos");
  CHECK(proven->author.stand == "bar-1");
  CHECK(proven->log.log_class == ledger::LogClass::trade);
  CHECK(proven->index < proven->size);
  CHECK(proven->supervisors.empty());
  // An unambiguous beginning of the id names it as well, in either case.
  std::string upper = sale.substr(0, 9);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  CHECK(bar.prove(upper) == file);
}

TEST_CASE("Without its event and certificates a proof from 512 events is below 600 bytes") {
  Bar bar;
  const ledger::LogName trade{bar.pos.identity.certificate.hash, bar.pos.ledger->incarnation(),
                              ledger::LogClass::trade};
  std::string sale = bar.sell();
  while (bar.pos.ledger->log(trade.id())->head.size < 512) sale = bar.sell();
  const Bytes file = bar.prove(sale);
  auto proof = body_of(file);
  CHECK(proof.head().size() == 512);
  CHECK(proof.path_size() == 9);
  proof.clear_event();
  proof.clear_certificate();
  CHECK(file_of(proof).size() < 600);
}

TEST_CASE("A proof of another root is refused, and a fingerprint that is none is bad input") {
  Bar bar;
  const Bytes file = bar.prove(bar.sell());
  std::string other = bar.fingerprint;
  other[0] = other[0] == '0' ? '1' : '0';
  CHECK(ledger::verify_proof(file, other).error().code == ledger::Errc::bad_signature);
  for (const auto& none : {std::string(), other.substr(1), std::string(32, 'g'), other + "0"}) {
    CHECK(ledger::verify_proof(file, none).error().code == ledger::Errc::bad_input);
  }
}

TEST_CASE("No bit of a proof can be turned") {
  Bar bar;
  Bytes file = bar.prove(bar.sell());
  REQUIRE(ledger::verify_proof(file, bar.fingerprint).ok());
  int accepted = 0;
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ 1 << bit % 8);
    accepted += ledger::verify_proof(file, bar.fingerprint).ok();
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ 1 << bit % 8);
  }
  CHECK(accepted == 0);
  for (std::size_t size = 0; size < file.size(); ++size) {
    CHECK_FALSE(ledger::verify_proof(file.substr(0, size), bar.fingerprint).ok());
  }
  CHECK_FALSE(ledger::verify_proof(file + '\0', bar.fingerprint).ok());
}

TEST_CASE("A proof holds nothing that is not needed") {
  Bar bar;
  const auto file = bar.prove(bar.sell());
  const auto refused = [&](auto change) {
    auto proof = body_of(file);
    change(proof);
    return ledger::verify_proof(file_of(proof), bar.fingerprint).error().code ==
           ledger::Errc::bad_signature;
  };
  CHECK(refused([](auto& p) { p.add_path(Bytes(32, 'x')); }));
  CHECK(refused([](auto& p) { p.mutable_path()->RemoveLast(); }));
  CHECK(refused([](auto& p) { p.mutable_certificate()->RemoveLast(); }));
  CHECK(refused([](auto& p) { p.mutable_certificate()->SwapElements(0, 1); }));
  CHECK(refused([](auto& p) { *p.add_certificate() = p.certificate(1); }));
  CHECK(refused([](auto& p) { *p.mutable_certificate(0) = p.certificate(1); }));
  CHECK(refused([](auto& p) { p.mutable_certificate(0)->clear_signature(); }));
  CHECK(refused(
      [](auto& p) { *p.mutable_certificate(0)->add_signature() = p.certificate(0).signature(0); }));
  CHECK(refused([](auto& p) { p.clear_certificate(); }));
  CHECK(refused([](auto& p) { p.set_index(p.index() + 1); }));
  CHECK(refused([](auto& p) { p.mutable_head()->set_size(p.head().size() + 1); }));
  CHECK(refused([](auto& p) { p.set_log_class(2); }));
  CHECK(refused([](auto& p) { p.set_log_class(0); }));
  CHECK(refused([](auto& p) { p.mutable_event()->push_back('x'); }));
}

TEST_CASE("A proof written in another way is refused though it says the same") {
  Bar bar;
  const auto file = bar.prove(bar.sell());
  const auto proof = body_of(file);
  REQUIRE(proof.index() < 128);
  const auto refused = [&](const Bytes& other) {
    return !ledger::verify_proof(other, bar.fingerprint).ok();
  };
  const Bytes index{'\x20', static_cast<char>(proof.index())};
  CHECK(refused(file + Bytes("\x40\x07", 2)));  // a field that nobody knows
  CHECK(refused(file + index));                 // told twice
  Bytes longer = file;
  const auto at = longer.find(index + '\x2a');
  REQUIRE(at != Bytes::npos);
  longer.replace(at, 2, {'\x20', static_cast<char>(proof.index() | 0x80), '\0'});
  CHECK(refused(longer));
  auto hidden = proof;  // in a certificate, beside its signature
  auto* certificate = hidden.mutable_certificate(0);
  certificate->GetReflection()->MutableUnknownFields(certificate)->AddVarint(9, 1);
  CHECK(refused(file_of(hidden)));
}

TEST_CASE("A device that supervisors enrolled is proven through them") {
  Bar bar;
  const auto vendor =
      test::enrol_on_the_field(bar.world, bar.hub, schemas::VENDOR, "field", {&bar.sup});
  auto proof = ledger::prove_event(*bar.hub.store, bar.root, vendor->event);
  REQUIRE(proof.ok());
  const auto proven = ledger::verify_proof(*proof, bar.fingerprint);
  REQUIRE(proven.ok());
  REQUIRE(proven->supervisors.size() == 1);
  CHECK(proven->supervisors[0].alias == "sup");
  CHECK(body_of(*proof).certificate_size() == 3);
}

TEST_CASE("A device that may issue value is proven through two supervisors, never through one") {
  Bar bar;
  const auto desk = test::enrol_on_the_field(bar.world, bar.hub, schemas::TOP_UP_DESK, "field",
                                             {&bar.sup, &bar.sup_two});
  auto proof = ledger::prove_event(*bar.hub.store, bar.root, desk->event);
  REQUIRE(proof.ok());
  const auto proven = ledger::verify_proof(*proof, bar.fingerprint);
  REQUIRE(proven.ok());
  CHECK(proven->supervisors.size() == 2);
  auto halved = body_of(*proof);
  halved.mutable_certificate()->DeleteSubrange(2, 1);
  halved.mutable_certificate(0)->mutable_signature()->RemoveLast();
  CHECK_FALSE(ledger::verify_proof(file_of(halved), bar.fingerprint).ok());

  Bar other;
  const auto alone =
      test::enrol_on_the_field(other.world, other.hub, schemas::TOP_UP_DESK, "field", {&other.sup});
  CHECK_FALSE(ledger::prove_event(*other.hub.store, other.root, alone->event).ok());
}

TEST_CASE("What the root itself wrote is proven by its certificate alone") {
  Bar bar;
  const auto logs = bar.hub.ledger->logs();
  for (const auto& log : logs) {
    if (log.name.certificate != bar.world.root.hash) continue;
    const auto event = ledger::hex(ledger::leaf_hash(*bar.hub.ledger->event_bytes(log.name, 1)));
    const Bytes file = bar.prove(event);
    CHECK(body_of(file).certificate_size() == 1);
    CHECK(ledger::verify_proof(file, bar.fingerprint)->author.alias == "root");
    return;
  }
  FAIL("the root has no log");
}

TEST_CASE("An event is named by eight digits or more, and by one event only") {
  Bar bar;
  const auto sale = bar.sell();
  World::meet(bar.hub, bar.pos);
  const auto wrong = [&](const std::string& name) {
    return ledger::prove_event(*bar.hub.store, bar.root, name).error().code ==
           ledger::Errc::bad_input;
  };
  CHECK(wrong(sale.substr(0, 7)));
  CHECK(wrong(sale + "0"));
  CHECK(wrong("xyzxyzxyz"));
  CHECK(wrong(sale.substr(0, 8) + "g"));
  CHECK(wrong(std::string(64, '0')));
}
