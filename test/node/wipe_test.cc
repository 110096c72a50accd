// SPDX-License-Identifier: Apache-2.0
#include "node/wipe.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "node/archive.h"
#include "replication/bundle.h"
#include "test/support/temporary_directory.h"
#include "test/support/world.h"

using namespace verbena;
namespace fs = std::filesystem;
using ledger::Bytes;
using ledger::Errc;
using node::WipeOutcome;
using node::WipeRequest;
using test::Device;
using test::World;

namespace {

// As the control logs publish it.
Bytes certificate_of(const Device& device) {
  schemas::Event event;
  for (const auto& log : device.ledger->logs()) {
    for (const auto& run : *device.ledger->read(log.name, 0, SIZE_MAX)) {
      for (const auto& bytes : run.events) {
        if (!ledger::parse_event(bytes, event) || event.kind() != schemas::KIND_CERTIFICATE) {
          continue;
        }
        const auto parsed = ledger::parse_signed_certificate(event.payload());
        if (parsed->certificate.hash == device.identity.certificate.hash) return event.payload();
      }
    }
  }
  return {};
}

// Devices of a festival, and one's home on a disk.
struct Bar {
  World world{77};
  Device& hub = world.add(schemas::HUB, "hub");
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  Device& near = world.add(schemas::VENDOR, "near", "bar-1");
  Device& far = world.add(schemas::VENDOR, "far", "bar-2");
  std::string fingerprint = ledger::hex(ledger::key_id(world.root.key));
  test::TemporaryDirectory scratch;

  Bar() {
    World::meet(hub, pos);
    REQUIRE(world.sell_cash(pos, "beer").has_done());
  }
  // A hub takes a moment to say what it holds.
  static void tell(Device& holder, Device& author) {
    World::meet(holder, author);
    for (const auto& receipt : holder.ledger->make_receipts(0)) {
      REQUIRE(author.ledger->note_receipt(receipt).ok());
    }
  }

  fs::path home_of(Device& device, const std::string& name) {
    const fs::path home = scratch.path() / name;
    REQUIRE(node::write_home(home, device.identity.key, {}, certificate_of(device),
                             world.signed_root, {"a TLS key", "its certificate"}, "an authority")
                .ok());
    Bytes bundle;
    REQUIRE(
        replication::export_bundle(*device.ledger, world.signed_root, [&](std::string_view bytes) {
          bundle = bytes;
          return ledger::done();
        }).ok());
    auto open = node::open_home(home, world.clock, world.random);
    REQUIRE(open.ok());
    REQUIRE(replication::import_bundle(*open->ledger, bundle).ok());
    REQUIRE(node::remember_heads(home, *open).ok());
    return home;
  }

  ledger::Result<WipeOutcome> wipe(const fs::path& home, const WipeRequest& request = {},
                                   const node::WipeStep& step = {}) {
    return node::wipe_home(home, {}, request, world.clock, world.random, step);
  }
  bool opens(const fs::path& home) { return node::open_home(home, world.clock, world.random).ok(); }

  Bytes closed(Device& device) {
    std::vector<node::AuditSource> sources(1);
    sources[0].store = std::shared_ptr<ledger::EventStore>(device.store.get(), [](auto*) {});
    sources[0].root = *ledger::parse_signed_certificate(world.signed_root);
    auto closed = node::close_festival(sources);
    REQUIRE(closed.ok());
    return closed->file;
  }
  Bytes sealed(Device& device) {
    Bytes file = closed(device);
    for (const auto& key : world.approvers) file = node::seal_archive(file, *key)->file;
    return file;
  }
  WipeRequest overriding() {
    return {{}, "the hub burnt down", {world.approvers[0].get(), world.approvers[1].get()}};
  }
};

Bytes read(const fs::path& path) {
  return *node::read_file(path);
}

std::vector<std::string> names_in(const fs::path& home) {
  std::vector<std::string> out;
  for (const auto& path : node::list_directory(home)) out.push_back(path.filename());
  return out;
}

schemas::Wipe body_of(const Bytes& proof) {
  schemas::SignedWipe file;
  REQUIRE(file.ParseFromString(proof.substr(ledger::wipe_magic.size())));
  schemas::Wipe out;
  REQUIRE(out.ParseFromString(file.wipe()));
  return out;
}

}  // namespace

TEST_CASE("A home that others hold goes and leaves a proof") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  const auto home = bar.home_of(bar.pos, "pos");
  const auto outcome = bar.wipe(home);
  INFO((outcome.ok() ? std::string() : outcome.error().text));
  REQUIRE(outcome.ok());
  CHECK(outcome->wiped);
  CHECK(outcome->left.empty());
  CHECK(names_in(home) == std::vector<std::string>{"lock", "wiped.verbena-proof"});
  const auto proven = ledger::verify_wipe(read(home / node::wiped_file), bar.fingerprint);
  REQUIRE(proven.ok());
  CHECK(proven->device.alias == "pos");
  CHECK(proven->covered());
  CHECK(proven->approvers.empty());
  REQUIRE_FALSE(proven->logs.empty());
  for (const auto& log : proven->logs) {
    CHECK(log.witnesses == std::vector<std::string>{"hub"});
    CHECK(log.size == bar.pos.ledger->log(log.name.id())->head.size);
  }
  // Nobody opens it, audits it or makes another device of it.
  CHECK_THAT(node::read_home(home).error().text, Catch::Contains("was wiped"));
  CHECK_FALSE(bar.opens(home));
  CHECK_THAT(node::open_audit_source(home).error().text, Catch::Contains("was wiped"));
  CHECK_FALSE(node::write_home(home, bar.pos.identity.key, {}, "c", "r", {}, {}).ok());
  // Asked again it says the same.
  const auto again = bar.wipe(home);
  REQUIRE(again.ok());
  CHECK(again->wiped);
  CHECK(again->proven.device.alias == "pos");
}

TEST_CASE("What no witness holds keeps a home") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  REQUIRE(bar.world.sell_cash(bar.pos, "water").has_done());
  const auto home = bar.home_of(bar.pos, "pos");
  const auto outcome = bar.wipe(home);
  REQUIRE(outcome.ok());
  CHECK_FALSE(outcome->wiped);
  REQUIRE(outcome->uncovered.size() == 1);
  CHECK(outcome->uncovered[0].name.log_class == ledger::LogClass::trade);
  CHECK(outcome->uncovered[0].witnessed > 0);
  CHECK(outcome->uncovered[0].witnessed < outcome->uncovered[0].size);
  CHECK(bar.opens(home));
}

TEST_CASE("Tills that vouch for one another cannot all go and a hub lets one go") {
  Bar bar;
  Bar::tell(bar.near, bar.pos);
  CHECK_FALSE(bar.wipe(bar.home_of(bar.pos, "one"))->wiped);
  Bar::tell(bar.far, bar.pos);
  CHECK_FALSE(bar.wipe(bar.home_of(bar.pos, "two"))->wiped);
  Bar::tell(bar.hub, bar.pos);
  const auto outcome = bar.wipe(bar.home_of(bar.pos, "three"));
  REQUIRE(outcome.ok());
  REQUIRE(outcome->wiped);
  CHECK(outcome->proven.logs[0].witnesses == std::vector<std::string>{"hub"});
}

TEST_CASE("The word of a hub that was revoked lets no till go") {
  Bar bar;
  Device& boss = bar.world.add(schemas::SUPERVISOR, "boss");
  Bar::tell(bar.hub, bar.pos);
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias("hub");
  request.mutable_revoke()->set_reason("stolen");
  REQUIRE(node::TapSession(*boss.ledger, bar.world.random, schemas::SUPERVISOR)
              .begin(request)
              .has_done());
  World::meet(boss, bar.pos);
  const auto home = bar.home_of(bar.pos, "home");
  const auto outcome = bar.wipe(home);
  REQUIRE(outcome.ok());
  CHECK_FALSE(outcome->wiped);
  CHECK(bar.opens(home));
}

TEST_CASE("The proof of another home does not begin the wipe of this one") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  const auto gone = bar.home_of(bar.pos, "gone"), here = bar.home_of(bar.far, "here");
  REQUIRE(bar.wipe(gone)->wiped);
  std::filesystem::copy_file(gone / node::wiped_file, here / node::wiped_file);
  const auto refused = bar.wipe(here);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ledger::Errc::damaged);
  std::filesystem::remove(here / node::wiped_file);
  CHECK(bar.opens(here));
}

TEST_CASE("A store behind a link is not taken for wiped") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  const auto home = bar.home_of(bar.pos, "linked");
  std::filesystem::rename(home / "store", home.string() + "-disk");
  std::filesystem::create_directory_symlink(home.string() + "-disk", home / "store");
  const auto refused = bar.wipe(home);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ledger::Errc::bad_input);
  CHECK(bar.opens(home));
}

TEST_CASE("A wipe that is cut short at any step is finished by the next and never undone") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  std::vector<std::string> acts;
  REQUIRE(bar.wipe(bar.home_of(bar.pos, "whole"), {},
                   [&](const std::string& act) {
                     acts.push_back(act);
                     return true;
                   })
              ->wiped);
  REQUIRE(acts.size() > 15);
  CHECK(acts.front() == "begin");
  CHECK(acts[1] == "overwrite device.key");
  const Bytes seed = ledger::to_bytes(bar.pos.identity.key.seed());
  for (std::size_t stop = 0; stop < acts.size(); ++stop) {
    INFO(acts[stop]);
    const auto home = bar.home_of(bar.pos, "cut-" + std::to_string(stop));
    std::size_t at = 0;
    const auto cut = bar.wipe(home, {}, [&](const std::string&) { return at++ != stop; });
    REQUIRE_FALSE(cut.ok());
    if (stop == 0) {
      CHECK(bar.opens(home));
    } else {
      CHECK_FALSE(bar.opens(home));
      CHECK_FALSE(node::read_home(home).ok());
    }
    const bool key_is_there = fs::exists(home / "device.key") && read(home / "device.key") == seed;
    CHECK(key_is_there == (stop <= 1));
    // The store never goes before the keys.
    if (!fs::exists(home / "store")) CHECK_FALSE(fs::exists(home / "device.key"));
    const auto finished = bar.wipe(home);
    REQUIRE(finished.ok());
    CHECK(finished->wiped);
    CHECK(names_in(home) == std::vector<std::string>{"lock", "wiped.verbena-proof"});
    CHECK(ledger::verify_wipe(read(home / node::wiped_file), bar.fingerprint).ok());
  }
}

TEST_CASE("What an interrupted write or removal left beside goes as well") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  const auto home = bar.home_of(bar.pos, "pos");
  for (const char* name :
       {"device.key.new", "tls.key.gone", "band.keys", "wiping.verbena-proof.new"}) {
    REQUIRE(node::write_file(home / name, "a secret").ok());
  }
  REQUIRE(node::write_file(home / "notes.txt", "of somebody's own").ok());
  const auto outcome = bar.wipe(home);
  REQUIRE(outcome.ok());
  CHECK(outcome->wiped);
  CHECK(outcome->left == std::vector<node::Path>{home / "notes.txt"});
}

TEST_CASE("Two supervisors let a home go that nobody else holds and the proof tells who and why") {
  Bar bar;
  const auto home = bar.home_of(bar.pos, "pos");
  auto request = bar.overriding();
  request.approvers.pop_back();
  CHECK(bar.wipe(home, request).error().refusal == ledger::Refusal::approval_needed);
  request.approvers.push_back(request.approvers[0]);
  CHECK(bar.wipe(home, request).error().refusal == ledger::Refusal::approval_needed);
  for (const auto* wrong : {&bar.far.identity.key, &bar.pos.identity.key}) {
    request.approvers[1] = wrong;
    CHECK(bar.wipe(home, request).error().refusal == ledger::Refusal::role_denied);
  }
  request = bar.overriding();
  request.reason.clear();
  CHECK(bar.wipe(home, request).error().code == Errc::bad_input);
  CHECK(bar.opens(home));

  const auto outcome = bar.wipe(home, bar.overriding());
  REQUIRE(outcome.ok());
  REQUIRE(outcome->wiped);
  const auto proven = ledger::verify_wipe(read(home / node::wiped_file), bar.fingerprint);
  REQUIRE(proven.ok());
  CHECK_FALSE(proven->covered());
  CHECK(proven->reason == "the hub burnt down");
  CHECK(proven->approvers == std::vector<std::string>{"approver-1", "approver-2"});
}

TEST_CASE("A sealed archive covers a home and an unsealed one does not") {
  Bar bar;
  const Bytes archive = bar.sealed(bar.pos);
  CHECK_THAT(bar.wipe(bar.home_of(bar.pos, "one"), {bar.closed(bar.pos), {}, {}}).error().text,
             Catch::Contains("seal does not hold"));
  const auto outcome = bar.wipe(bar.home_of(bar.pos, "two"), {archive, {}, {}});
  REQUIRE(outcome.ok());
  REQUIRE(outcome->wiped);
  CHECK(outcome->proven.seal_signers == std::vector<std::string>{"approver-1", "approver-2"});
  for (const auto& log : outcome->proven.logs) {
    CHECK(log.sealed);
    CHECK(log.witnesses.empty());
  }
  // One more sale than was sealed.
  REQUIRE(bar.world.sell_cash(bar.pos, "water").has_done());
  CHECK(bar.wipe(bar.home_of(bar.pos, "three"), {archive, {}, {}})->uncovered.size() == 1);
}

TEST_CASE("A hub goes only when an archive holds all that others relied on it for") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  const auto home = bar.home_of(bar.hub, "hub");
  const auto refused = bar.wipe(home);
  REQUIRE(refused.ok());
  CHECK_FALSE(refused->wiped);
  CHECK(refused->relied > 0);
  const Bytes archive = bar.sealed(bar.hub);
  CHECK_FALSE(bar.wipe(home, {bar.sealed(bar.near), {}, {}})->wiped);
  // An archive with more of a log than the hub has holds what the hub has.
  const auto behind = bar.home_of(bar.hub, "behind");
  REQUIRE(bar.world.sell_cash(bar.pos, "water").has_done());
  CHECK(bar.wipe(behind, {bar.sealed(bar.pos), {}, {}})->wiped);
  World::meet(bar.hub, bar.pos);
  CHECK(bar.wipe(bar.home_of(bar.hub, "more"), {archive, {}, {}})->relied == 1);
  const auto outcome = bar.wipe(home, {archive, {}, {}});
  REQUIRE(outcome.ok());
  REQUIRE(outcome->wiped);
  CHECK(outcome->proven.relied == 0);
}

TEST_CASE("A log that came back shorter than it was keeps a home") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  const auto home = bar.home_of(bar.pos, "pos");
  const Bytes head = read(home / "head");
  REQUIRE(bar.world.sell_cash(bar.pos, "water").has_done());
  const auto longer = bar.home_of(bar.pos, "longer");
  REQUIRE(node::write_file(home / "head", read(longer / "head")).ok());
  const auto outcome = bar.wipe(home);
  REQUIRE(outcome.ok());
  CHECK_FALSE(outcome->wiped);
  CHECK(outcome->alarms.size() == 1);
  REQUIRE(node::write_file(home / "head", head).ok());
  CHECK(bar.wipe(home)->wiped);
}

TEST_CASE("A home that a process runs on is not wiped, nor what is no home") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  const auto home = bar.home_of(bar.pos, "pos");
  {
    const auto open = node::open_home(home, bar.world.clock, bar.world.random);
    CHECK(bar.wipe(home).error().code == Errc::locked);
  }
  CHECK(bar.wipe(bar.scratch.path()).error().code == Errc::storage);
  CHECK_FALSE(fs::exists(bar.scratch.path() / "lock"));
  // A proof that does not verify moves nobody to go on with anything.
  REQUIRE(node::write_file(home / node::wiping_file, "VERWIPE1").ok());
  CHECK(bar.wipe(home).error().code == Errc::damaged);
  CHECK(fs::exists(home / "device.key"));
}

TEST_CASE("An altered proof of wipe is refused at every byte") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  const auto home = bar.home_of(bar.pos, "pos");
  REQUIRE(bar.wipe(home)->wiped);
  const Bytes proof = read(home / node::wiped_file);
  REQUIRE(ledger::verify_wipe(proof, bar.fingerprint).ok());
  for (std::size_t at = 0; at < proof.size(); ++at) {
    Bytes altered = proof;
    altered[at] = static_cast<char>(altered[at] ^ (1 << at % 8));
    INFO(at);
    CHECK_FALSE(ledger::verify_wipe(altered, bar.fingerprint).ok());
  }
  CHECK_FALSE(ledger::verify_wipe(proof + Bytes("\x18\x01", 2), bar.fingerprint).ok());
  CHECK_FALSE(ledger::verify_wipe(proof.substr(0, proof.size() - 1), bar.fingerprint).ok());
  CHECK_FALSE(ledger::verify_wipe(proof, std::string(32, '0')).ok());
  CHECK(ledger::verify_wipe(proof, "00").error().code == Errc::bad_input);
}

TEST_CASE("A device cannot prove a wipe that nothing covered") {
  Bar bar;
  Bar::tell(bar.hub, bar.pos);
  Bar::tell(bar.near, bar.pos);
  const auto home = bar.home_of(bar.pos, "pos");
  REQUIRE(bar.wipe(home)->wiped);
  REQUIRE(bar.world.sell_cash(bar.pos, "water").has_done());
  const auto bare = bar.home_of(bar.pos, "bare");
  REQUIRE(bar.wipe(bare, bar.overriding())->wiped);
  const auto judged = [&](const fs::path& from, const std::function<void(schemas::Wipe&)>& how) {
    schemas::Wipe wipe = body_of(read(from / node::wiped_file));
    how(wipe);
    const auto proven =
        ledger::verify_wipe(ledger::write_wipe(wipe, bar.pos.identity.key), bar.fingerprint);
    return proven.ok() ? std::string() : proven.error().text;
  };
  CHECK(judged(home, [](auto&) {}).empty());
  CHECK_THAT(judged(home, [](auto& wipe) { wipe.clear_receipt(); }),
             Catch::Contains("nobody let it go"));
  CHECK_THAT(judged(home, [](auto& wipe) { wipe.set_relied(1); }),
             Catch::Contains("nobody let it go"));
  CHECK_THAT(judged(home, [](auto& wipe) { wipe.clear_signer(); }),
             Catch::Contains("a device it does not name"));
  CHECK_THAT(judged(home, [](auto& wipe) { *wipe.add_signer() = wipe.signer(0); }),
             Catch::Contains("a signer twice"));
  CHECK_THAT(judged(home, [](auto& wipe) { *wipe.add_log() = wipe.log(0); }),
             Catch::Contains("not in order"));
  CHECK_THAT(judged(home, [](auto& wipe) { wipe.mutable_log(0)->mutable_head()->set_size(1'000); }),
             Catch::Contains("did not sign a head"));
  CHECK_THAT(judged(home, [](auto& wipe) { wipe.set_version(2); }),
             Catch::Contains("later version"));
  CHECK_THAT(judged(home,
                    [&](auto& wipe) {
                      *wipe.add_receipt() = bar.near.ledger->make_receipts(0)[0];
                      schemas::SignedCertificate own;
                      own.ParseFromString(certificate_of(bar.near));
                      auto* chain = wipe.add_signer();
                      *chain->add_certificate() = own;
                      *chain->add_certificate() = *wipe.device().certificate().rbegin();
                    }),
             Catch::Contains("neither a hub"));
  CHECK(judged(bare, [](auto&) {}).empty());
  CHECK_THAT(judged(bare, [](auto& wipe) { wipe.clear_overruled(); }),
             Catch::Contains("nobody let it go"));
  CHECK_THAT(judged(bare, [](auto& wipe) { wipe.mutable_overruled()->set_reason("theft"); }),
             Catch::Contains("does not count"));
  CHECK_THAT(judged(bare,
                    [](auto& wipe) {
                      *wipe.mutable_overruled()->mutable_approval(1) = wipe.overruled().approval(0);
                    }),
             Catch::Contains("does not count"));
  CHECK_THAT(
      judged(bare, [](auto& wipe) { wipe.mutable_overruled()->mutable_approval()->RemoveLast(); }),
      Catch::Contains("takes two people"));
  // What was approved is these ends of its logs, not whatever the device holds later.
  CHECK_THAT(judged(bare, [](auto& wipe) { wipe.mutable_log()->RemoveLast(); }),
             Catch::Contains("does not count"));
}
