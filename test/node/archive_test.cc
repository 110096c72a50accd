// SPDX-License-Identifier: Apache-2.0
#include "node/archive.h"

#include <catch2/catch.hpp>

#include "ledger/proof.h"
#include "test/support/world.h"

using namespace verbena;
using ledger::Bytes;
using ledger::LogClass;
using node::ArchiveAudit;
using node::AuditSource;
using replication::ArchiveWriter;
using replication::BlockKind;
using test::Band;
using test::Device;
using test::World;

namespace {

AuditSource source_of(World& world, Device& device) {
  AuditSource out;
  out.store = std::shared_ptr<ledger::EventStore>(device.store.get(), [](auto*) {});
  out.root = *ledger::parse_signed_certificate(world.signed_root);
  return out;
}

// A hub that holds everything: cash, a band, goods.
struct Fair {
  explicit Fair(std::uint64_t seed = 5, const schemas::Festival& settings = test::small_festival())
      : world(seed, settings) {
    World::meet(hub, desk);
    World::meet(hub, pos);
    Band band = world.band();
    REQUIRE(world.top_up(desk, band, 2000).has_done());
    REQUIRE(world.sell(pos, band, "beer").has_done());
    REQUIRE(world.sell_cash(pos, "water", 3).has_done());
    bring();
  }
  void bring() {
    World::meet(hub, desk);
    World::meet(hub, pos);
  }

  Bytes close(Device& from, const Bytes& amends = {}) {
    std::vector<AuditSource> sources;
    sources.push_back(source_of(world, from));
    auto closed = node::close_festival(sources, amends);
    INFO((closed.ok() ? std::string() : closed.error().text));
    REQUIRE(closed.ok());
    return std::move(closed->file);
  }
  Bytes close() { return close(hub); }

  Bytes seal(const Bytes& file, const ledger::SigningKey& key) {
    auto sealing = node::seal_archive(file, key);
    INFO((sealing.ok() ? std::string() : sealing.error().text));
    REQUIRE(sealing.ok());
    INFO((sealing->objections.empty() ? std::string() : sealing->objections.front()));
    REQUIRE(sealing->objections.empty());
    return std::move(sealing->file);
  }
  Bytes seal_by_two(const Bytes& file) {
    return seal(seal(file, *world.approvers[0]), *world.approvers[1]);
  }
  Bytes sealed() { return seal_by_two(close()); }

  World world;
  Device& hub = world.add(schemas::HUB, "hub");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
};

ArchiveAudit audit_of(const Bytes& file, std::uint64_t seals = UINT64_MAX) {
  auto archive = replication::read_archive(file, seals);
  REQUIRE(archive.ok());
  auto audited = node::audit_archive(*archive);
  REQUIRE(audited.ok());
  return audited.take();
}

// The sentence of the first such finding; empty: none.
std::string told(const ArchiveAudit& audit, const std::string& kind,
                 const std::string& about = {}) {
  for (const auto& finding : audit.report.findings) {
    if (finding.kind == kind && finding.text.find(about) != std::string::npos) return finding.text;
  }
  return {};
}

schemas::SignedSeal seal_of(const Bytes& file) {
  return replication::read_archive(file)->seals.back().seal;
}

Bytes with_seal(const Bytes& file, const schemas::SignedSeal& seal) {
  return ArchiveWriter::reseal(file)->sealed(seal);
}

schemas::Frame frame_of(ledger::LogRun run) {
  schemas::Frame out;
  *out.mutable_run() = ledger::to_wire(std::move(run));
  return out;
}

// The archive's content once more, run by run, as a forger would put it together.
Bytes rebuilt(const Bytes& file, const std::function<void(ledger::LogRun&)>& change) {
  auto archive = replication::read_archive(file);
  ArchiveWriter writer(archive->root_bytes);
  for (const auto& log : archive->store->logs()) {
    std::uint64_t first = 0;
    for (const auto& head : *archive->store->heads(log.name, 0)) {
      ledger::LogRun run{log.name, first, {}, head};
      REQUIRE(archive->store
                  ->read(log.name, first, head.size - first,
                         [&](std::uint64_t, std::string_view event) {
                           run.events.emplace_back(event);
                           return ledger::done();
                         })
                  .ok());
      first = head.size;
      change(run);
      writer.add(frame_of(std::move(run)));
    }
  }
  return writer.sealed(archive->seals.back().seal);
}

}  // namespace

TEST_CASE("An archive that two supervisors sealed holds and says what its hub held") {
  Fair fair;
  const Bytes file = fair.sealed();
  const auto audit = audit_of(file);
  REQUIRE(audit.seals.size() == 1);
  CHECK(audit.seals[0].holds);
  CHECK(audit.seals[0].supervisors == std::vector<std::string>{"approver-1", "approver-2"});
  CHECK(audit.persons == 2);
  CHECK(audit.report.faults() == 0);
  CHECK(audit.report.state_digest == World::digest(fair.hub));
  CHECK(audit.found.frontier_root() == World::frontier_root(fair.hub));
  CHECK(audit.found.events() == fair.hub.ledger->events());
  CHECK(audit.found.fold_version() == ledger::fold_version);
  CHECK(audit.ground.sums.at({"EUR", "stand"}) == 450 + 600);
  CHECK(audit.ground.sums.at({"EUR", "purse"}) == 2000 - 450);
  CHECK(audit.ground.sums.at({"EUR", "outside"}) == -2000 - 600);
  CHECK(audit.ground.missing.empty());
  CHECK(node::never_heard(audit).empty());
}

TEST_CASE("Until two supervisors have signed an archive is not sealed") {
  Fair fair;
  const Bytes none = fair.close();
  CHECK_THAT(told(audit_of(none), "not-sealed"), Catch::Contains("bears 0"));
  const Bytes one = fair.seal(none, *fair.world.approvers[1]);
  CHECK_THAT(told(audit_of(one), "not-sealed"), Catch::Contains("bears 1: approver-2"));
  CHECK_FALSE(audit_of(one).seals[0].holds);
  const auto again = node::seal_archive(one, *fair.world.approvers[1]);
  REQUIRE(again.ok());
  REQUIRE(again->objections.size() == 1);
  CHECK_THAT(again->objections[0], Catch::Contains("has signed it already"));
  // Nor by the same signature written twice.
  auto twice = seal_of(one);
  *twice.add_signature() = twice.signature(0);
  const auto audit = audit_of(with_seal(one, twice));
  CHECK_THAT(told(audit, "seal-signature"), Catch::Contains("who has signed already"));
  CHECK_THAT(told(audit, "not-sealed"), Catch::Contains("bears 1"));
}

TEST_CASE("A festival says how many supervisors must sign its seal") {
  auto settings = test::small_festival();
  settings.set_seal_signatures(3);
  Fair fair(5, settings);
  Device& third = fair.world.add(schemas::SUPERVISOR, "third");
  World::meet(fair.hub, third);
  const Bytes two = fair.sealed();
  CHECK(ledger::parse_seal(seal_of(two))->signatures_needed() == 3);
  CHECK_FALSE(audit_of(two).seals[0].holds);
  CHECK_THAT(told(audit_of(two), "not-sealed"), Catch::Contains("takes the signatures of 3"));
  const auto audit = audit_of(fair.seal(two, third.identity.key));
  CHECK(audit.seals[0].holds);
  CHECK(audit.seals[0].needed == 3);
  // A seal that says less than the settings is not so.
  schemas::Seal less = *ledger::parse_seal(seal_of(two));
  less.clear_signatures_needed();
  schemas::SignedSeal seal;
  seal.set_seal(less.SerializeAsString());
  for (const auto& key : fair.world.approvers)
    *seal.add_signature() = ledger::sign_seal(seal, *key);
  const auto lower = audit_of(with_seal(two, seal));
  CHECK_FALSE(lower.seals[0].holds);
  CHECK_THAT(told(lower, "seal", "signatures"), Catch::Contains("the settings say 3"));
}

TEST_CASE("Settings that ask for more signatures do not touch what was sealed before") {
  Fair fair;
  Device& third = fair.world.add(schemas::SUPERVISOR, "third");
  World::meet(fair.hub, third);
  const Bytes first = fair.sealed();
  CHECK(ledger::parse_seal(seal_of(first))->signatures_needed() == 0);
  schemas::Festival settings = test::small_festival();
  const ledger::Hash replaced = ledger::sha256({settings.SerializeAsString()});
  settings.set_version(2);
  settings.set_replaces(ledger::to_bytes(replaced));
  const auto plan = [&](std::uint32_t signatures) {
    settings.set_seal_signatures(signatures);
    schemas::SignedFestival approved;
    approved.set_festival(settings.SerializeAsString());
    const Bytes message = ledger::approval_message(fair.world.root.festival, approved.festival());
    for (const auto& key : fair.world.approvers) {
      auto* approval = approved.add_approval();
      approval->set_key(ledger::to_bytes(key->public_key()));
      approval->set_signature(ledger::to_bytes(key->sign(ledger::approval_context, message)));
    }
    return fair.hub.ledger->commit(
        0,
        [&](ledger::State& state,
            const ledger::DeviceView& device) -> ledger::Result<std::vector<ledger::Draft>> {
          auto made = ledger::plan_festival(state, device, approved);
          if (!made) return made.error();
          return made->drafts;
        });
  };
  for (const std::uint32_t wrong : {1u, 4u}) {
    CHECK_THAT(plan(wrong).error().text, Catch::Contains("no more than there are: 3"));
  }
  REQUIRE(plan(3).ok());
  const Bytes second = fair.seal_by_two(fair.close(fair.hub, first));
  const auto two = audit_of(second);
  REQUIRE(two.seals.size() == 2);
  CHECK(two.seals[0].holds);
  CHECK(two.seals[0].needed == 2);
  CHECK_FALSE(two.seals[1].holds);
  CHECK(audit_of(fair.seal(second, third.identity.key)).seals[1].holds);
}

TEST_CASE("Who signs a seal signs its checkpoint and a false signature there is told") {
  Fair fair;
  const Bytes file = fair.sealed();
  const auto audit = audit_of(file);
  CHECK(audit.seals[0].note_keys.size() == 2);
  const std::string& note = audit.seals[0].note;
  CHECK_THAT(note, Catch::StartsWith("verbena/" + ledger::hex_u64(fair.world.root.festival) + "/"));
  CHECK_THAT(note, Catch::Contains("/approver-1 ") && Catch::Contains("/approver-2 "));
  auto seal = seal_of(file);
  seal.mutable_note(1)->mutable_signature()->at(5) ^= 1;
  const auto altered = audit_of(with_seal(file, seal));
  CHECK(altered.seals[0].holds);
  CHECK_THAT(told(altered, "seal-signature"), Catch::Contains("under its checkpoint is false"));
  CHECK_THAT(altered.seals[0].note, !Catch::Contains("/approver-2 "));
  // Whose signature under the seal does not count has none under the checkpoint.
  seal = seal_of(file);
  seal.mutable_signature(0)->mutable_signature()->at(5) ^= 1;
  CHECK_THAT(audit_of(with_seal(file, seal)).seals[0].note, !Catch::Contains("/approver-1 "));
  // As builds before it wrote them.
  seal = seal_of(file);
  seal.clear_note();
  const auto old = audit_of(with_seal(file, seal));
  CHECK(old.seals[0].holds);
  CHECK(old.seals[0].note.empty());
  CHECK(old.report.faults() == 0);
}

TEST_CASE("A proof can be under the end of a log that the seal names") {
  Fair fair;
  const auto first = fair.world.sell_cash(fair.pos, "beer");
  REQUIRE(first.has_done());
  for (int i = 0; i < 80; ++i) {  // further than the next head that is kept
    REQUIRE(fair.world.sell_cash(fair.pos, "beer").has_done());
    fair.bring();
  }
  const auto archive = replication::read_archive(fair.sealed());
  const auto proven = [&](bool newest_head) {
    const auto proof = ledger::prove_event(*archive->store, archive->root,
                                           ledger::hex(first.done().id()), newest_head);
    REQUIRE(proof.ok());
    const auto out =
        ledger::verify_proof(*proof, ledger::hex(ledger::key_id(archive->root.certificate.key)));
    REQUIRE(out.ok());
    return *out;
  };
  const auto sealed = proven(true), shortest = proven(false);
  CHECK(sealed.id == shortest.id);
  CHECK(shortest.size < sealed.size);
  const auto& tips = archive->tips;
  CHECK(std::any_of(tips.begin(), tips.end(), [&](const auto& tip) {
    return tip.id == sealed.log.id() && tip.size == sealed.size;
  }));
}

TEST_CASE("Only a supervisor of this festival seals") {
  Fair fair;
  const Bytes file = fair.close();
  const auto by_till = node::seal_archive(file, fair.pos.identity.key);
  REQUIRE_FALSE(by_till.ok());
  CHECK(by_till.error().refusal == ledger::Refusal::role_denied);
  const auto stranger = ledger::SigningKey::generate(fair.world.random);
  for (const auto& key : {fair.pos.identity.key, stranger}) {
    auto seal = seal_of(fair.seal(file, *fair.world.approvers[0]));
    *seal.add_signature() = ledger::sign_seal(seal, key);
    const auto audit = audit_of(with_seal(file, seal));
    CHECK_THAT(told(audit, "seal-signature"), Catch::Contains("no supervisor's"));
    CHECK_FALSE(audit.seals[0].holds);
  }
  auto seal = seal_of(fair.sealed());
  seal.mutable_signature(1)->mutable_signature()->at(5) ^= 1;
  const auto audit = audit_of(with_seal(file, seal));
  CHECK_THAT(told(audit, "seal-signature"), Catch::Contains("approver-2 is false"));
  CHECK_FALSE(audit.seals[0].holds);
}

TEST_CASE("A revoked supervisor does not seal") {
  Fair fair;
  schemas::Revocation revocation;
  revocation.set_key(ledger::to_bytes(fair.world.approvers[1]->public_key()));
  for (const char* alias : {"sup-1", "sup-2"}) {
    Device& supervisor = fair.world.add(schemas::SUPERVISOR, alias);
    ledger::Draft draft;
    draft.log_class = LogClass::control;
    draft.event.set_kind(schemas::KIND_REVOCATION);
    draft.event.set_payload(revocation.SerializeAsString());
    REQUIRE(supervisor.ledger
                ->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{draft}); })
                .ok());
    World::meet(fair.hub, supervisor);
  }
  const Bytes file = fair.seal(fair.close(), *fair.world.approvers[0]);
  const auto refused = node::seal_archive(file, *fair.world.approvers[1]);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().refusal == ledger::Refusal::role_denied);
  auto seal = seal_of(file);
  *seal.add_signature() = ledger::sign_seal(seal, *fair.world.approvers[1]);
  const auto audit = audit_of(with_seal(file, seal));
  CHECK_THAT(told(audit, "seal-signature"), Catch::Contains("approver-2, which is revoked"));
  CHECK_FALSE(audit.seals[0].holds);
  CHECK(audit.persons == 3);
}

TEST_CASE("The seal of another archive is told word by word") {
  Fair fair;
  const Bytes first = fair.sealed();
  REQUIRE(fair.world.sell_cash(fair.pos, "beer").has_done());
  fair.bring();
  const auto audit = audit_of(with_seal(fair.close(), seal_of(first)));
  CHECK_THAT(told(audit, "seal", " log "), Catch::Contains("of pos is sealed with "));
  CHECK_THAT(told(audit, "seal", "events, there are"), Catch::Contains("seal 1: "));
  CHECK_THAT(told(audit, "seal", "frontier root"), Catch::Contains("it is "));
  CHECK_THAT(told(audit, "seal", "state digest"), Catch::Contains("fold to"));
  CHECK_THAT(told(audit, "seal", "accounts stand of EUR"),
             Catch::Contains("1050") && Catch::Contains("1500"));
  CHECK_FALSE(audit.seals[0].holds);

  Fair other(6);
  const auto foreign = audit_of(with_seal(fair.close(), seal_of(other.sealed())));
  CHECK_THAT(told(foreign, "seal"), Catch::Contains("it is of another festival"));
  CHECK_THAT(told(foreign, "seal-signature"), Catch::Contains("no supervisor's"));
}

TEST_CASE("Nobody signs a seal that is not so") {
  Fair fair;
  const Bytes file = fair.close();
  const auto change = [&](const std::function<void(schemas::Seal&)>& how) {
    schemas::Seal body = *ledger::parse_seal(seal_of(file));
    how(body);
    schemas::SignedSeal seal;
    seal.set_seal(body.SerializeAsString());
    auto sealing = node::seal_archive(with_seal(file, seal), *fair.world.approvers[0]);
    REQUIRE(sealing.ok());
    CHECK(sealing->file.empty());
    REQUIRE_FALSE(sealing->objections.empty());
    return sealing->objections.front();
  };
  CHECK_THAT(change([](auto& seal) { seal.set_events(1); }), Catch::Contains("it says 1 events"));
  CHECK_THAT(change([](auto& seal) { seal.mutable_state_digest()->at(0) ^= 1; }),
             Catch::Contains("state digest"));
  CHECK_THAT(change([](auto& seal) { seal.mutable_sum()->RemoveLast(); }),
             Catch::Contains("sum to 0"));
  CHECK_THAT(change([](auto& seal) { seal.set_number(2); }), Catch::Contains("the number 2"));
  CHECK_THAT(change([](auto& seal) { seal.set_previous(Bytes(32, 'x')); }),
             Catch::Contains("does not name the seal before it"));
  CHECK_THAT(change([](auto& seal) { seal.mutable_log()->RemoveLast(); }),
             Catch::Contains("is not in it"));
  CHECK_THAT(change([](auto& seal) { seal.mutable_log(0)->mutable_root()->at(0) ^= 1; }),
             Catch::Contains("was rewritten"));
  CHECK_THAT(change([](auto& seal) { seal.add_missing()->set_known(9); }),
             Catch::Contains("names 1 ends of logs"));
  CHECK_THAT(change([](auto& seal) { seal.mutable_frontier_root()->at(0) ^= 1; }),
             Catch::Contains("frontier root"));
  schemas::SignedSeal nonsense;
  nonsense.set_seal("\x0a\x01");
  const auto sealing = node::seal_archive(with_seal(file, nonsense), *fair.world.approvers[0]);
  REQUIRE(sealing.ok());
  CHECK_THAT(sealing->objections.front(), Catch::Contains("it is no seal"));
}

TEST_CASE("A seal by another fold version is compared as far as it can be") {
  Fair fair;
  const Bytes file = fair.close();
  schemas::Seal body = *ledger::parse_seal(seal_of(file));
  body.set_fold_version(ledger::fold_version + 1);
  body.mutable_state_digest()->at(0) ^= 1;
  schemas::SignedSeal seal;
  seal.set_seal(body.SerializeAsString());
  for (const auto& key : fair.world.approvers)
    *seal.add_signature() = ledger::sign_seal(seal, *key);
  const auto audit = audit_of(with_seal(file, seal));
  CHECK(audit.seals[0].holds);
  CHECK_THAT(told(audit, "seal"), Catch::Contains("is not compared"));
}

TEST_CASE("An event changed with every hash of the file made right again is found") {
  Fair fair;
  const Bytes file = fair.sealed();
  CHECK(audit_of(rebuilt(file, [](auto&) {})).seals[0].holds);
  const auto audit = audit_of(rebuilt(file, [](ledger::LogRun& run) {
    if (run.log.log_class == LogClass::trade) run.events.back().back() ^= 1;
  }));
  CHECK_THAT(told(audit, "forged"), Catch::Contains("do not hash to the signed root"));
  CHECK_FALSE(told(audit, "seal", "frontier root").empty());
  CHECK_FALSE(audit.seals[0].holds);
}

TEST_CASE("Late logs give an amendment that extends what was sealed") {
  Fair fair;
  Device& late = fair.world.add(schemas::VENDOR, "late", "bar-2");
  World::meet(fair.hub, late);
  REQUIRE(fair.world.sell_cash(late, "beer", 2).has_done());
  const Bytes first = fair.sealed();
  CHECK(node::never_heard(audit_of(first)) == std::vector<std::string>{"late"});
  std::vector<AuditSource> same;
  same.push_back(source_of(fair.world, fair.hub));
  const auto nothing_new = node::close_festival(same, first);
  REQUIRE_FALSE(nothing_new.ok());
  CHECK_THAT(nothing_new.error().text, Catch::Contains("nothing is held"));
  CHECK_THAT(node::close_festival(same, fair.close()).error().text,
             Catch::Contains("what is amended must be sealed"));

  const Bytes second = fair.seal_by_two(fair.close(late, first));
  constexpr std::size_t end_bytes = 37;
  CHECK(second.starts_with(first.substr(0, first.size() - end_bytes)));
  const auto audit = audit_of(second);
  REQUIRE(audit.seals.size() == 2);
  CHECK(audit.seals[0].holds);
  CHECK(audit.seals[1].holds);
  CHECK(audit.report.faults() == 0);
  CHECK(audit.found.number() == 2);
  CHECK(audit.ground.sums.at({"EUR", "stand"}) == 450 + 600 + 900);
  CHECK(node::never_heard(audit).empty());
  const auto then = audit_of(second, 1);
  CHECK(then.seals.size() == 1);
  CHECK(then.seals[0].holds);
  CHECK(then.report.state_digest == audit_of(first).report.state_digest);
  // And an amendment of the amendment, of a log that goes on.
  REQUIRE(fair.world.sell_cash(late, "beer").has_done());
  const auto third = audit_of(fair.seal_by_two(fair.close(late, second)));
  CHECK(third.seals.size() == 3);
  CHECK(third.seals[2].holds);
}

TEST_CASE("An amendment that rewrites a sealed event is refused and the log named") {
  Fair fair;
  const auto clone = fair.world.clone(fair.pos);
  REQUIRE(fair.world.sell_cash(fair.pos, "beer", 2).has_done());
  REQUIRE(fair.world.sell_cash(fair.pos, "beer").has_done());  // as long as the other is
  World::meet(fair.hub, fair.pos);
  const Bytes first = fair.sealed();
  // The till's other history, sealed as if it had been the first one.
  REQUIRE(fair.world.sell_cash(*clone, "water").has_done());
  const auto theirs = replication::read_archive(fair.close(*clone));
  ArchiveWriter writer(fair.world.signed_root);
  for (const auto& log : theirs->store->logs()) {
    std::uint64_t from = 0;
    while (from < log.head.size) {
      for (auto& run : *clone->ledger->read(log.name, from, SIZE_MAX)) {
        from = run.head.size;
        writer.add(frame_of(std::move(run)));
      }
    }
  }
  const Bytes rewritten = writer.sealed(seal_of(first));
  const auto audit = audit_of(rewritten);
  CHECK_THAT(told(audit, "seal", "rewritten"),
             Catch::Contains("of the trade log ") && Catch::Contains(" of pos "));
  CHECK_FALSE(audit.seals[0].holds);
  // Neither can it be amended, nor signed on top of.
  std::vector<AuditSource> sources;
  sources.push_back(source_of(fair.world, *clone));
  CHECK_FALSE(node::close_festival(sources, rewritten).ok());
  auto amended = ArchiveWriter::extend(rewritten);
  schemas::SignedSeal second;
  auto unsealed = replication::read_archive(amended->sealed({}));
  second.set_seal(node::audit_archive(*unsealed)->found.SerializeAsString());
  const auto sealing = node::seal_archive(ArchiveWriter::extend(rewritten)->sealed(second),
                                          *fair.world.approvers[0]);
  REQUIRE(sealing.ok());
  REQUIRE_FALSE(sealing->objections.empty());
  CHECK_THAT(sealing->objections.front(), Catch::Contains("which it amends, does not hold"));
}

TEST_CASE("A second history that comes late is kept beside the sealed one and told as a fork") {
  Fair fair;
  const auto clone = fair.world.clone(fair.pos);
  REQUIRE(fair.world.sell_cash(fair.pos, "beer", 2).has_done());
  World::meet(fair.hub, fair.pos);
  const Bytes first = fair.sealed();
  REQUIRE(fair.world.sell_cash(*clone, "water").has_done());
  const Bytes second = fair.seal_by_two(fair.close(*clone, first));
  const auto audit = audit_of(second);
  CHECK(audit.seals[0].holds);
  CHECK_THAT(told(audit, "fork"), Catch::Contains("pos signed two histories"));
  CHECK(told(audit, "seal").empty());
  CHECK(told(audit, "not-sealed").empty());
  CHECK(audit.seals[1].holds);
  CHECK(audit_of(second, 1).report.forks == 0);
  // The same set of events in another order of arrival.
  World::meet(fair.hub, *clone);
  CHECK(audit.report.state_digest == World::digest(fair.hub));
}

TEST_CASE("What nobody brought is listed with how far it is known to reach") {
  Fair fair;
  Device& lost = fair.world.add(schemas::VENDOR, "lost", "bar-2");
  Device& neighbour = fair.world.add(schemas::VENDOR, "near", "bar-3");
  World::meet(fair.hub, lost);
  World::meet(fair.hub, neighbour);
  REQUIRE(fair.world.sell_cash(lost, "beer").has_done());
  World::meet(fair.hub, lost);
  World::meet(neighbour, lost);
  const auto trade = [&] {
    for (const auto& log : lost.ledger->logs()) {
      if (log.name.log_class == LogClass::trade &&
          log.name.certificate == lost.identity.certificate.hash) {
        return log;
      }
    }
    return ledger::LogSummary{};
  };
  const auto held = trade().head.size;
  REQUIRE(fair.world.sell_cash(lost, "beer").has_done());
  REQUIRE(fair.world.sell_cash(lost, "beer").has_done());
  World::meet(neighbour, lost);
  for (const auto& receipt : neighbour.ledger->make_receipts(0)) {
    REQUIRE(fair.hub.ledger->note_receipt(receipt).ok());
  }
  auto audit = audit_of(fair.close());
  REQUIRE(audit.ground.missing.size() == 1);
  CHECK(audit.ground.missing[0].held == held);
  CHECK(audit.ground.missing[0].known == held + 2);
  CHECK(audit.ground.missing[0].root == trade().head.root);
  CHECK(audit.ground.missing[0].witness == schemas::TAIL_RECEIPT);
  CHECK_THAT(told(audit, "missing-tail"), Catch::Contains("lost: held are "));
  // Its own signed head says more than another's receipt.
  REQUIRE(fair.world.sell_cash(lost, "beer").has_done());
  REQUIRE(*fair.hub.ledger->note_claimed(trade().name, trade().head));
  const Bytes file = fair.seal_by_two(fair.close());
  audit = audit_of(file);
  REQUIRE(audit.ground.missing.size() == 1);
  CHECK(audit.ground.missing[0].known == held + 3);
  CHECK(audit.ground.missing[0].witness == schemas::TAIL_HEAD);
  CHECK(audit.seals[0].holds);
  // Once it is brought nothing is missing.
  CHECK(audit_of(fair.close(lost, file)).ground.missing.empty());
}

TEST_CASE("Heads and receipts that nobody signed tell of nothing") {
  Fair fair;
  const auto log = fair.hub.ledger->logs().front();
  schemas::Frame heads, receipt;
  auto* head = heads.mutable_heads()->add_head();
  *head->mutable_log() = ledger::to_wire(log.name);
  *head->mutable_head() = ledger::to_wire(log.head);
  head->mutable_head()->set_size(log.head.size + 5);
  receipt.mutable_receipt()->set_witness(ledger::to_bytes(fair.desk.identity.certificate.hash));
  auto* position = receipt.mutable_receipt()->add_position();
  position->set_log(ledger::to_bytes(log.id));
  position->set_size(log.head.size + 5);
  position->set_root(Bytes(32, 'r'));
  receipt.mutable_receipt()->set_signature(Bytes(64, 's'));
  auto writer = ArchiveWriter::reseal(fair.close());
  REQUIRE(writer.ok());
  writer->add(heads);
  writer->add(receipt);
  const auto archive = replication::read_archive(writer->sealed({}));
  REQUIRE(archive.ok());
  CHECK(archive->claims.size() == 1);
  CHECK(archive->receipts.size() == 1);
  CHECK(node::audit_archive(*archive)->ground.missing.empty());
}

TEST_CASE("Runs that continue nothing are a fault of an archive and cannot be closed again") {
  Fair fair;
  auto writer = ArchiveWriter::reseal(fair.close());
  REQUIRE(writer.ok());
  const auto log = fair.pos.ledger->logs().front();
  writer->add(frame_of(fair.pos.ledger->read(log.name, 0, SIZE_MAX)->front()));  // a second time
  const Bytes file = writer->sealed({});
  CHECK_THAT(told(audit_of(file), "forged"), Catch::Contains("1 runs of the archive"));
  auto source = node::read_audit_source(file);
  REQUIRE(source.ok());
  std::vector<AuditSource> sources;
  sources.push_back(source.take());
  CHECK(node::close_festival(sources).error().code == ledger::Errc::damaged);
}

TEST_CASE("Sources of two festivals are not closed together") {
  Fair fair, other(6);
  std::vector<AuditSource> sources;
  sources.push_back(source_of(fair.world, fair.hub));
  sources.push_back(source_of(other.world, other.hub));
  CHECK(node::close_festival(sources).error().code == ledger::Errc::other_festival);
}
