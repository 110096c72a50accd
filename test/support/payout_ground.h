// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include "node/archive.h"
#include "node/payout/bank_file.h"
#include "node/payout/payout_run.h"
#include "test/support/temporary_directory.h"
#include "test/support/world.h"

// A festival that was sealed, and the desk at which what is left of it is claimed.
namespace verbena::test {

struct PayoutGround {
  static constexpr const char* passphrase = "five little words";
  static constexpr const char* iban = "ES9121000418450200051332";
  static constexpr const char* other_iban = "DE89370400440532013000";

  explicit PayoutGround(std::uint64_t seed = 31) : world(seed) {
    World::meet(hub, points);
    World::meet(hub, pos);
    auto made =
        node::make_claim_desk(scratch.path() / "desk", scratch.path() / "officer",
                              world.root.festival, world.root.hash, passphrase, world.random);
    REQUIRE(made.ok());
    desk.emplace(open());
    officer.emplace(node::open_refund_key(scratch.path() / "officer", passphrase).take());
    payer.set_name("Feria");
    payer.set_iban("ES7921000813610123456789");
    payer.set_text("feria");
  }

  node::ClaimDesk open() {
    auto opened = node::ClaimDesk::open(scratch.path() / "desk");
    REQUIRE(opened.ok());
    REQUIRE(opened->unlock_key(passphrase).ok());
    return opened.take();
  }
  void reopen() {
    desk.reset();
    desk.emplace(open());
  }

  // A band with this much on it; its number.
  std::uint64_t band(std::uint64_t amount_minor) {
    bands.push_back(world.band());
    REQUIRE(world.top_up(points, bands.back(), amount_minor).has_done());
    return number_of(bands.back());
  }
  static std::uint64_t number_of(const Band& band) {
    const auto image = ledger::decode_band(band.image);
    return ledger::newest_slot(*image, [](const auto&, auto) { return true; })->slot.head.purse;
  }
  void bring() {
    World::meet(hub, points);
    World::meet(hub, pos);
  }

  std::string sealed(const std::string& amends = {}) {
    bring();
    node::AuditSource source;
    source.store = std::shared_ptr<ledger::EventStore>(hub.store.get(), [](auto*) {});
    source.root = *ledger::parse_signed_certificate(world.signed_root);
    std::vector<node::AuditSource> sources;
    sources.push_back(std::move(source));
    auto closed = node::close_festival(sources, amends);
    REQUIRE(closed.ok());
    std::string file = closed->file;
    for (const auto& key : world.approvers) {
      auto sealing = node::seal_archive(file, *key);
      REQUIRE(sealing.ok());
      REQUIRE(sealing->objections.empty());
      file = sealing->file;
    }
    return file;
  }
  node::Dues dues(const std::string& archive) {
    auto out = node::read_dues(archive);
    INFO((out.ok() ? std::string() : out.error().text));
    REQUIRE(out.ok());
    return out.take();
  }

  node::ClaimAnswer try_claim(std::uint64_t number, const node::ClaimSecret& secret,
                              const char* account = iban, const char* name = "Ana Canaria") {
    auto answer = desk->note({number, secret, name, account, "ana@ejemplo.invalid"}, world.random);
    INFO((answer.ok() ? std::string() : answer.error().text));
    REQUIRE(answer.ok());
    return answer.take();
  }
  node::NotedClaim claim(std::uint64_t number, const char* account = iban) {
    const auto answer = try_claim(number, *desk->secret(number), account);
    REQUIRE(answer.word == node::ClaimWord::noted);
    return desk->payouts().claim(answer.claim).take();
  }

  ledger::Result<node::RunApproval> approve(const node::Dues& owed, std::size_t person) {
    return node::approve_run(owed, desk->payouts(), desk->pending_path(), *world.approvers[person],
                             payer, world.clock.now_ms);
  }
  // By both persons; sums as the second one saw them.
  node::Proposal approved(const node::Dues& owed) {
    for (const std::size_t person : {0u, 1u}) {
      auto approval = approve(owed, person);
      REQUIRE(approval.ok());
      INFO((approval->objections.empty() ? std::string() : approval->objections.front()));
      REQUIRE(approval->objections.empty());
      CHECK(approval->approved == (person == 1));
      if (person == 1) return approval->proposal;
    }
    return {};
  }
  node::Proposal proposal(const node::Dues& owed) {
    auto out = node::propose_run(owed, desk->payouts(), desk->payouts().entries(), payer,
                                 world.clock.now_ms);
    REQUIRE(out.ok());
    return out.take();
  }

  World world;
  TemporaryDirectory scratch;
  Device& hub = world.add(schemas::HUB, "hub");
  Device& points = world.add(schemas::TOP_UP_DESK, "points");
  Device& pos = world.add(schemas::VENDOR, "pos", "bar-1");
  std::optional<node::ClaimDesk> desk;
  std::optional<ledger::BoxKey> officer;
  schemas::PayoutPayer payer;
  std::vector<Band> bands;
};

}  // namespace verbena::test
