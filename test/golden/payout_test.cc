// SPDX-License-Identifier: Apache-2.0
// Committed bytes of a ledger of payouts and of a file for a bank. Made from fixed parts, so that
// nothing but these two formats can change them.
#include <catch2/catch.hpp>

#include "node/payout/bank_file.h"
#include "node/payout/payout_run.h"
#include "test/golden/golden.h"
#include "test/support/temporary_directory.h"

using namespace verbena;
using golden::compare;

namespace {

std::string fill(char c) {
  return std::string(32, c);
}

schemas::PayoutRun fixed_run(const node::PayoutLedger& ledger) {
  schemas::PayoutRun run;
  run.set_version(node::payout_version);
  run.set_festival(7);
  run.set_seal(fill('s'));
  run.set_entries(ledger.entries());
  run.set_ledger(ledger::to_bytes(ledger.head(ledger.entries())));
  run.set_currency("EUR");
  run.set_scale(2);
  run.mutable_payer()->set_name("Feria");
  run.mutable_payer()->set_iban("ES9121000418450200051332");
  run.mutable_payer()->set_text("feria-27");
  run.set_made_ms(1'800'000'000'000);
  auto* line = run.add_line();
  line->set_purse(0x1122334455667788);
  line->set_commitment(fill('c'));
  line->set_amount_minor(1105);
  line->set_owed_minor(1105);
  run.set_total_minor(1105);
  run.set_liability_minor(2000);
  run.set_unclaimed_minor(895);
  return run;
}

}  // namespace

TEST_CASE("A ledger of payouts and a file for a bank are written in the same bytes as ever") {
  const test::TemporaryDirectory scratch;
  const node::Path path = scratch.path() / "ledger";
  schemas::DeskOpened opened;
  opened.set_festival(7);
  opened.set_root(fill('r'));
  opened.set_refund_key(fill('k'));
  auto ledger = node::PayoutLedger::create(path, opened);
  REQUIRE(ledger.ok());
  schemas::PayoutEntry noted, unlocked, approved, written, forgotten;
  noted.mutable_noted()->set_purse(0x1122334455667788);
  noted.mutable_noted()->set_commitment(fill('c'));
  unlocked.mutable_unlocked()->set_purse(9);
  REQUIRE(ledger->append(noted).ok());
  REQUIRE(ledger->append(unlocked).ok());
  approved.mutable_run()->set_run(fixed_run(*ledger).SerializeAsString());
  for (const auto person : {std::uint8_t{1}, std::uint8_t{2}}) {
    const auto key = ledger::SigningKey::from_seed({person});
    auto* signature = approved.mutable_run()->add_signature();
    signature->set_key(ledger::to_bytes(key.public_key()));
    signature->set_signature(
        ledger::to_bytes(key.sign(node::payout_context, approved.run().run())));
  }
  REQUIRE(ledger->append(approved).ok());
  written.mutable_file()->set_run(ledger::to_bytes(ledger->runs()[0].id));
  written.mutable_file()->set_format(node::pain_format);
  written.mutable_file()->set_hash(fill('f'));
  REQUIRE(ledger->append(written).ok());
  forgotten.mutable_forgotten()->set_commitment(fill('c'));
  REQUIRE(ledger->append(forgotten).ok());
  compare("payout.ledger", *node::read_file(path));
  const auto kept = node::PayoutLedger::read(golden::path_of("payout.ledger"));
  REQUIRE(kept.ok());
  CHECK(kept->paid_minor(0x1122334455667788) == 1105);
  const auto pain = node::pain_001(
      kept->runs()[0], {{std::string(32, '0'), 1105, "Ana Canaria", "DE89370400440532013000"}});
  REQUIRE(pain.ok());
  compare("payout.pain.001.xml", *pain);
}
