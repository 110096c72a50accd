// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/payout/dues.h"
#include "node/payout/payout_ledger.h"

// One payout: who gets how much by the sealed books and by what was paid before, and two
// supervisors' signatures under it.
namespace verbena::node {

constexpr std::string_view payout_context = "verbena-payout-v1";
constexpr std::size_t payout_persons = 2;
constexpr std::uint64_t payment_minor_max = 99'999'999'999;  // of one SEPA credit transfer

// What the festival bears, or somebody has to look at. Nobody's debit.
struct PayoutNotice {
  std::uint64_t purse = 0;
  const char* kind = "";  // gap, suspense, frozen, double-spend, overdrawn, overpaid, ...
  __int128 amount_minor = 0;
};

// In minor units. owed + gifts less overdrawn are the sealed balances; paid + payable + unclaimed
// + waiting less overpaid are what is owed.
struct PayoutSums {
  __int128 owed = 0;
  __int128 gifts = 0;
  __int128 overdrawn = 0;  // what purses are below 0 and below their gifts; borne by the festival
  __int128 paid = 0;
  __int128 payable = 0;    // by the run proposed
  __int128 waiting = 0;    // claimed, for a later run: more than one run holds, or too large
  __int128 unclaimed = 0;  // owed, and nobody has said where to
  __int128 overpaid = 0;   // paid beyond what a later seal owes; nobody is debited
  std::uint64_t unclaimed_purses = 0;
};

struct Proposal {
  schemas::PayoutRun run;  // without a line where nothing is to be paid
  PayoutSums sums;
  std::vector<PayoutNotice> notices;
};

// A function of what it is given, so that a second person comes to the same bytes. `entries` of the
// ledger are looked at. Errc::internal where the sums do not tie.
ledger::Result<Proposal> propose_run(const Dues& dues, const PayoutLedger& ledger,
                                     std::uint64_t entries, const schemas::PayoutPayer& payer,
                                     std::uint64_t made_ms);

// Sentences on why these runs may not be believed, over this archive: a seal it does not have,
// signatures of fewer than two supervisors. None: all is well.
std::vector<std::string> doubts(const Dues& dues, const PayoutLedger& ledger);

struct RunSignatures {
  std::vector<std::string> aliases;  // of distinct persons who may sign and did
  std::vector<std::string> refused;
};
RunSignatures judge_run(const schemas::SignedRun& run, const ledger::SealGround& ground,
                        bool any_time = false);

// A run that waits for a second signature; empty where none does. What is in the ledger already
// waits no more.
ledger::Result<std::optional<schemas::SignedRun>> pending_run(const Path& path,
                                                              const PayoutLedger& ledger);

struct RunApproval {
  std::vector<std::string> objections;  // why nothing was signed
  Proposal proposal;
  std::vector<std::string> signed_by;
  bool approved = false;  // by two: it is in the ledger
};
// Signs the run that waits at `pending`, if it comes to the same bytes once more, or else a new one
// by `payer`. With the second person's signature it enters the ledger. Errc::refused where the key
// is no supervisor's.
ledger::Result<RunApproval> approve_run(const Dues& dues, PayoutLedger& ledger, const Path& pending,
                                        const ledger::SigningKey& key,
                                        const schemas::PayoutPayer& payer, std::uint64_t now_ms);

}  // namespace verbena::node
