// SPDX-License-Identifier: Apache-2.0
#include "node/payout/payout_run.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "test/support/payout_ground.h"
#include "test/support/replacement.h"

using namespace verbena;
using ledger::Errc;
using test::Band;
using test::PayoutGround;
using test::World;

namespace {

bool has_notice(const node::Proposal& proposal, std::uint64_t purse, const std::string& kind) {
  for (const auto& notice : proposal.notices) {
    if (notice.purse == purse && notice.kind == kind) return true;
  }
  return false;
}

std::string objection(const ledger::Result<node::RunApproval>& approval) {
  REQUIRE(approval.ok());
  std::string out;
  for (const auto& text : approval->objections) out += text + "\n";
  return out;
}

}  // namespace

TEST_CASE("Every unspent cent is owed and gifts are not") {
  PayoutGround ground;
  const auto plain = ground.band(2000), gifted = ground.band(1000), empty = ground.band(450);
  REQUIRE(ground.world.sell(ground.pos, ground.bands[2], "beer").has_done());
  schemas::OperateRequest gift;
  gift.mutable_gift()->set_amount_minor(500);
  gift.mutable_gift()->set_reason("artist");
  REQUIRE(ground.world.approved(ground.points, gift, 1, &ground.bands[1]).has_done());
  const auto dues = ground.dues(ground.sealed());
  REQUIRE(dues.purses.size() == 3);
  std::map<std::uint64_t, std::uint64_t> owed;
  for (const auto& due : dues.purses) owed[due.purse] = due.owed_minor;
  CHECK(owed == std::map<std::uint64_t, std::uint64_t>{{plain, 2000}, {gifted, 1000}, {empty, 0}});
  CHECK(dues.balances_minor == 3500);
  CHECK(dues.topped_up_minor.at("cash") == 3450);
  const auto sums = ground.proposal(dues).sums;
  CHECK(sums.owed == 3000);
  CHECK(sums.gifts == 500);
  CHECK(sums.unclaimed == 3000);
  CHECK(sums.unclaimed_purses == 2);
  CHECK(sums.payable == 0);
}

TEST_CASE("What was kept back of a lost band is owed to who bears the one in its place") {
  PayoutGround ground;
  const auto lost = ground.band(8'000), fresh = ground.band(100);
  ground.bring();
  const auto reply =
      ground.world.approved(ground.hub, test::replace_request(lost), 2, &ground.bands[1]);
  REQUIRE(reply.done().amount_minor() == 3'000);
  REQUIRE(reply.done().kept_minor() == 5'000);  // for the desk, which sells no more
  const auto dues = ground.dues(ground.sealed());
  std::map<std::uint64_t, std::uint64_t> owed;
  for (const auto& due : dues.purses) owed[due.purse] = due.owed_minor;
  CHECK(owed == std::map<std::uint64_t, std::uint64_t>{{lost, 0}, {fresh, 8'100}});
  CHECK(dues.balances_minor == 8'100);
  const auto proposal = ground.proposal(dues);
  CHECK(has_notice(proposal, fresh, "replaced"));
  CHECK_FALSE(has_notice(proposal, lost, "frozen"));
  CHECK(proposal.sums.owed == 8'100);
}

TEST_CASE("Only what two supervisors sealed is paid out") {
  PayoutGround ground;
  ground.band(2000);
  ground.bring();
  node::AuditSource source;
  source.store = std::shared_ptr<ledger::EventStore>(ground.hub.store.get(), [](auto*) {});
  source.root = *ledger::parse_signed_certificate(ground.world.signed_root);
  std::vector<node::AuditSource> sources;
  sources.push_back(std::move(source));
  std::string file = node::close_festival(sources)->file;
  CHECK(node::read_dues(file).error().code == Errc::bad_signature);
  file = node::seal_archive(file, *ground.world.approvers[0])->file;
  CHECK(node::read_dues(file).error().code == Errc::bad_signature);
  file = node::seal_archive(file, *ground.world.approvers[1])->file;
  CHECK(node::read_dues(file).ok());
}

TEST_CASE("A run takes two persons and is paid once") {
  PayoutGround ground;
  const auto number = ground.band(2000);
  ground.band(700);
  const auto noted = ground.claim(number);
  const auto dues = ground.dues(ground.sealed());
  const auto by_till = node::approve_run(dues, ground.desk->payouts(), ground.desk->pending_path(),
                                         ground.pos.identity.key, ground.payer, 0);
  REQUIRE_FALSE(by_till.ok());
  CHECK(by_till.error().refusal == ledger::Refusal::role_denied);
  const auto first = ground.approve(dues, 0);
  REQUIRE(first.ok());
  CHECK_FALSE(first->approved);
  CHECK(ground.desk->payouts().runs().empty());
  CHECK_THAT(objection(ground.approve(dues, 0)), Catch::Contains("has signed it already"));
  const auto second = ground.approve(dues, 1);
  REQUIRE(second.ok());
  CHECK(second->approved);
  REQUIRE(ground.desk->payouts().runs().size() == 1);
  CHECK(ground.desk->payouts().paid_minor(number) == 2000);
  CHECK(ground.desk->payouts().claim(noted.commitment)->run == 0u);
  // Nothing is left to pay, be it asked again or by another process.
  CHECK_THAT(objection(ground.approve(dues, 0)), Catch::Contains("there is nothing to pay"));
  ground.reopen();
  const auto sums = ground.proposal(dues).sums;
  CHECK(sums.payable == 0);
  CHECK(sums.paid == 2000);
  CHECK(sums.unclaimed == 700);
  CHECK_THAT(objection(ground.approve(dues, 0)), Catch::Contains("there is nothing to pay"));
}

TEST_CASE("A waiting run that was altered is not signed") {
  PayoutGround ground;
  const auto number = ground.band(2000);
  ground.claim(number);
  const auto dues = ground.dues(ground.sealed());
  REQUIRE(ground.approve(dues, 0).ok());
  const auto path = ground.desk->pending_path();
  schemas::SignedRun waiting;
  REQUIRE(waiting.ParseFromString(*node::read_file(path)));
  const auto change = [&](auto alter) {
    schemas::PayoutRun run;
    REQUIRE(run.ParseFromString(waiting.run()));
    alter(run);
    schemas::SignedRun altered = waiting;
    altered.set_run(run.SerializeAsString());
    REQUIRE(node::write_file(path, altered.SerializeAsString()).ok());
    const auto approval = ground.approve(dues, 1);
    CHECK((!approval.ok() || !approval->objections.empty()));
    CHECK(ground.desk->payouts().runs().empty());
  };
  change([](auto& run) {
    run.mutable_line(0)->set_amount_minor(2001);
    run.mutable_line(0)->set_owed_minor(2001);
    run.set_total_minor(2001);
  });
  change([](auto& run) { run.set_made_ms(run.made_ms() + 1); });
  change([](auto& run) { run.mutable_payer()->set_iban(PayoutGround::other_iban); });
  change([](auto& run) { run.set_unclaimed_minor(1); });
  change([](auto& run) { run.mutable_line(0)->set_commitment(std::string(32, 'x')); });
  change([](auto& run) { run.clear_line(); });
  // As it was, it is signed.
  REQUIRE(node::write_file(path, waiting.SerializeAsString()).ok());
  CHECK(ground.approve(dues, 1)->approved);
}

TEST_CASE("Claims that come after the first signature wait for the next run") {
  PayoutGround ground;
  const auto one = ground.band(2000), two = ground.band(700);
  ground.claim(one);
  const auto dues = ground.dues(ground.sealed());
  REQUIRE(ground.approve(dues, 0)->objections.empty());
  ground.claim(two);
  const auto second = ground.approve(dues, 1);
  REQUIRE(second.ok());
  INFO(objection(second));
  REQUIRE(second->approved);
  CHECK(second->proposal.sums.payable == 2000);
  CHECK(ground.approved(dues).sums.payable == 700);
}

TEST_CASE("Two runs over the same money are never both approved") {
  PayoutGround ground;
  ground.claim(ground.band(2000));
  const auto dues = ground.dues(ground.sealed());
  REQUIRE(ground.approve(dues, 0).ok());
  const auto waiting = *node::read_file(ground.desk->pending_path());
  REQUIRE(ground.approve(dues, 1)->approved);
  // What was approved already waits no more, and another copy with another time is not the run.
  REQUIRE(node::write_file(ground.desk->pending_path(), waiting).ok());
  CHECK_THAT(objection(ground.approve(dues, 1)), Catch::Contains("nothing to pay"));
  schemas::SignedRun other;
  REQUIRE(other.ParseFromString(waiting));
  schemas::PayoutRun run;
  REQUIRE(run.ParseFromString(other.run()));
  run.set_made_ms(run.made_ms() + 1);
  other.set_run(run.SerializeAsString());
  other.clear_signature();
  for (const auto& key : ground.world.approvers) {
    auto* signature = other.add_signature();
    signature->set_key(ledger::to_bytes(key->public_key()));
    signature->set_signature(ledger::to_bytes(key->sign(node::payout_context, other.run())));
  }
  schemas::PayoutEntry entry;
  *entry.mutable_run() = other;
  CHECK_FALSE(ground.desk->payouts().append(entry).ok());
  CHECK(ground.desk->payouts().paid_minor(ground.desk->payouts().claims()[0].purse) == 2000);
}

TEST_CASE("A late log is paid what is new and nobody is ever debited") {
  PayoutGround ground;
  const auto more = ground.band(2000), less = ground.band(1000);
  ground.claim(more);
  ground.claim(less);
  const auto file = ground.sealed();
  ground.approved(ground.dues(file));
  REQUIRE(ground.world.top_up(ground.points, ground.bands[0], 300).has_done());
  World::meet(ground.hub, ground.points);
  World::meet(ground.hub, ground.pos);
  REQUIRE(ground.world.sell(ground.pos, ground.bands[1], "beer").has_done());
  const auto late = ground.dues(ground.sealed(file));
  const auto proposal = ground.approved(late);
  REQUIRE(proposal.run.line_size() == 1);
  CHECK(proposal.run.line(0).purse() == more);
  CHECK(proposal.run.line(0).amount_minor() == 300);
  CHECK(proposal.run.line(0).paid_minor() == 2000);
  CHECK(proposal.sums.overpaid == 450);
  CHECK(has_notice(proposal, less, "overpaid"));
  CHECK(ground.desk->payouts().paid_minor(more) == 2300);
  CHECK(node::doubts(late, ground.desk->payouts()).empty());
  // The older archive does not have the seal of the second run.
  CHECK_FALSE(node::doubts(ground.dues(file), ground.desk->payouts()).empty());
}

TEST_CASE("A purse that was overdrawn is owed nothing and its debt is nobody's") {
  PayoutGround ground;
  const auto number = ground.band(500);
  Band copy = ground.bands[0];
  REQUIRE(ground.world.sell(ground.pos, ground.bands[0], "beer").has_done());
  auto& other = ground.world.add(schemas::VENDOR, "pos-2", "bar-2");
  World::meet(ground.points, other);
  REQUIRE(ground.world.sell(other, copy, "water").has_done());
  World::meet(ground.hub, other);
  ground.claim(number);
  const auto proposal = ground.proposal(ground.dues(ground.sealed()));
  CHECK(proposal.run.line_size() == 0);
  CHECK(proposal.sums.owed == 0);
  CHECK(proposal.sums.overdrawn == 150);
  CHECK(has_notice(proposal, number, "overdrawn"));
  CHECK(has_notice(proposal, number, "double-spend"));
}

TEST_CASE("Top-ups that only the band tells of are paid out with a notice") {
  PayoutGround ground;
  auto& lost = ground.world.add(schemas::TOP_UP_DESK, "lost");
  ground.bring();
  World::meet(ground.hub, lost);
  World::meet(ground.hub, ground.pos);
  ground.bands.push_back(ground.world.band());
  Band& band = ground.bands.back();
  REQUIRE(ground.world.top_up(lost, band, 2000).has_done());  // nobody meets this desk again
  REQUIRE(ground.world.sell(ground.pos, band, "beer").has_done());
  const auto number = PayoutGround::number_of(band);
  ground.claim(number);
  const auto proposal = ground.approved(ground.dues(ground.sealed()));
  REQUIRE(proposal.run.line_size() == 1);
  CHECK(proposal.run.line(0).amount_minor() == 2000 - 450);
  CHECK(has_notice(proposal, number, "gap-credit"));
}

TEST_CASE("A forgotten claim is paid to nobody and what was paid stays") {
  PayoutGround ground;
  const auto one = ground.band(2000), two = ground.band(700);
  const auto first = ground.claim(one), second = ground.claim(two);
  const auto dues = ground.dues(ground.sealed());
  REQUIRE(ground.desk->forget(second).ok());
  CHECK(ground.proposal(dues).sums.unclaimed == 700);
  ground.approved(dues);
  // Between approval and the bank's file the details are still needed.
  const auto paid = *ground.desk->payouts().claim(first.commitment);
  const auto refused = ground.desk->forget(paid);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::refused);
  REQUIRE(node::write_bank_file(*ground.desk, 0, node::pain_format, *ground.officer,
                                ground.scratch.path() / "pain")
              .ok());
  REQUIRE(ground.desk->forget(paid).ok());
  ground.reopen();
  CHECK(ground.desk->payouts().paid_minor(one) == 2000);
  CHECK(node::doubts(dues, ground.desk->payouts()).empty());
  CHECK_FALSE(node::write_bank_file(*ground.desk, 0, node::pain_format, *ground.officer,
                                    ground.scratch.path() / "more")
                  .ok());
}

TEST_CASE("A claim that is withdrawn does not bring back the one it replaced") {
  PayoutGround ground;
  const auto number = ground.band(2000);
  ground.claim(number);
  ground.approved(ground.dues(ground.sealed()));
  const auto corrected = ground.claim(number, PayoutGround::other_iban);
  REQUIRE(ground.desk->forget(corrected).ok());
  const auto& payouts = ground.desk->payouts();
  CHECK_FALSE(payouts.live_claims(payouts.entries()).contains(number));
  CHECK(payouts.live_claims(payouts.entries() - 1).at(number).commitment == corrected.commitment);
}

TEST_CASE("A run is written in one form and in another only instead of it") {
  PayoutGround ground;
  ground.claim(ground.band(2000));
  ground.approved(ground.dues(ground.sealed()));
  const auto write = [&](const std::string& format, const char* name, bool instead) {
    return node::write_bank_file(*ground.desk, 0, format, *ground.officer,
                                 ground.scratch.path() / name, instead);
  };
  REQUIRE(write(node::pain_format, "pain", false).ok());
  CHECK(write(node::pain_format, "again", false)->again);
  const auto refused = write(node::csv_format, "table", false);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::bad_input);
  CHECK_FALSE(node::path_exists(ground.scratch.path() / "table"));
  CHECK(write(node::csv_format, "table", true).ok());
}

TEST_CASE("A run whose claim was forgotten between two signatures is not approved") {
  PayoutGround ground;
  const auto noted = ground.claim(ground.band(2000));
  const auto dues = ground.dues(ground.sealed());
  REQUIRE(ground.approve(dues, 0).ok());
  REQUIRE(ground.desk->forget(noted).ok());
  CHECK_THAT(objection(ground.approve(dues, 1)), Catch::Contains("was forgotten since"));
}

TEST_CASE("A ledger of payouts that was altered anywhere or cut is refused") {
  PayoutGround ground;
  ground.claim(ground.band(2000));
  const auto dues = ground.dues(ground.sealed());
  ground.approved(dues);
  const auto path = ground.scratch.path() / "desk" / "ledger";
  const auto kept = *node::read_file(path);
  const auto put = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  };
  for (std::size_t i = 0; i < kept.size(); ++i) {
    CAPTURE(i);
    auto altered = kept;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    put(altered);
    const auto read = node::PayoutLedger::read(path);
    // The newest entry is named by no other: its bytes are its run, which its signatures are over.
    CHECK((!read.ok() || !node::doubts(dues, *read).empty()));
  }
  for (std::size_t size : {kept.size() - 1, kept.size() - 300, std::size_t{9}, std::size_t{0}}) {
    put(kept.substr(0, size));
    CHECK_FALSE(node::PayoutLedger::read(path).ok());
  }
  put(kept);
  CHECK(node::PayoutLedger::read(path).ok());
}

TEST_CASE("Signatures of one person or of nobody known do not approve a run") {
  PayoutGround ground;
  ground.claim(ground.band(2000));
  const auto dues = ground.dues(ground.sealed());
  REQUIRE(ground.approve(dues, 0).ok());
  schemas::SignedRun run;
  REQUIRE(run.ParseFromString(*node::read_file(ground.desk->pending_path())));
  const auto stranger = ledger::SigningKey::generate(ground.world.random);
  const auto with = [&](const ledger::SigningKey& key) {
    schemas::SignedRun out = run;
    auto* signature = out.add_signature();
    signature->set_key(ledger::to_bytes(key.public_key()));
    signature->set_signature(ledger::to_bytes(key.sign(node::payout_context, out.run())));
    return node::judge_run(out, dues.audit.ground).aliases.size();
  };
  CHECK(with(*ground.world.approvers[0]) == 1);
  CHECK(with(ground.pos.identity.key) == 1);
  CHECK(with(stranger) == 1);
  CHECK(with(*ground.world.approvers[1]) == 2);
  // In the ledger without two, it is a doubt that keeps files from being written.
  schemas::PayoutEntry entry;
  *entry.mutable_run() = run;
  REQUIRE(ground.desk->payouts().append(entry).ok());
  CHECK_FALSE(node::doubts(dues, ground.desk->payouts()).empty());
}

TEST_CASE("A desk of one festival pays out no other") {
  PayoutGround ground, other(77);
  const auto dues = other.dues(other.sealed());
  const auto proposal = node::propose_run(dues, ground.desk->payouts(), 1, ground.payer, 0);
  REQUIRE_FALSE(proposal.ok());
  CHECK(proposal.error().code == Errc::other_festival);
}

TEST_CASE("The file for the bank is a function of the run and adds up to it") {
  PayoutGround ground;
  const auto one = ground.band(2000), two = ground.band(705);
  ground.claim(one);
  ground.claim(two, PayoutGround::other_iban);
  const auto dues = ground.dues(ground.sealed());
  ground.approved(dues);
  const auto& run = ground.desk->payouts().runs()[0];
  const auto payments = node::bank_payments(*ground.desk, run, *ground.officer);
  REQUIRE(payments.ok());
  const auto pain = node::pain_001(run, *payments);
  REQUIRE(pain.ok());
  CHECK(*pain == *node::pain_001(run, *payments));
  CHECK_THAT(*pain, Catch::Contains("<CtrlSum>27.05</CtrlSum>"));
  CHECK_THAT(*pain, Catch::Contains("<NbOfTxs>2</NbOfTxs>"));
  CHECK(node::check_bank_file(*pain, node::pain_format, run.run).ok());
  const auto csv = node::payments_csv(run, *payments);
  CHECK(node::check_bank_file(csv, node::csv_format, run.run).ok());
  for (const auto& [format, file] :
       {std::pair(node::pain_format, *pain), std::pair(node::csv_format, csv)}) {
    for (const auto& [from, to] : {std::pair("7.05", "7.06"), std::pair("20.00", "-20.00"),
                                   std::pair("20.00", "20.001"), std::pair("7.05", "0.00")}) {
      auto altered = file;
      altered.replace(altered.find(from), std::string_view(from).size(), to);
      CHECK_FALSE(node::check_bank_file(altered, format, run.run).ok());
    }
  }
  auto yen = run;
  yen.run.set_currency("JPY");
  yen.run.set_scale(0);
  CHECK_FALSE(node::pain_001(yen, *payments).ok());
}

TEST_CASE("A bank's file is written anew in its own bytes only") {
  PayoutGround ground;
  ground.claim(ground.band(2000));
  ground.approved(ground.dues(ground.sealed()));
  const auto path = ground.scratch.path() / "pain";
  const auto write = [&](const node::Path& to) {
    return node::write_bank_file(*ground.desk, 0, node::pain_format, *ground.officer, to);
  };
  const auto first = write(path), again = write(path);
  REQUIRE(first.ok());
  REQUIRE(again.ok());
  CHECK_FALSE(first->again);
  CHECK(again->again);
  CHECK(first->hash == again->hash);
  REQUIRE(node::write_file(path, "something else").ok());
  CHECK_FALSE(write(path).ok());
  CHECK(*node::read_file(path) == "something else");
}
