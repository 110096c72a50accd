// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/sealed.h"
#include "node/payout/payout_ledger.h"
#include "node/payout/tries.h"

// The desk at which what is left on a band is claimed. A folder of its own, without any log:
//   claim.key   makes the secrets in the envelopes; locked under a passphrase
//   claims/     claim details, sealed to the refund key, which is not here; a file each
//   tries       wrong tries, counted        ledger   what was claimed and paid
//   run         a payout that waits for another supervisor's signature
//   lock        held by the process that works here
// The refund officer's folder has refund.key alone, locked.
namespace verbena::node {

struct ClaimRequest {
  std::uint64_t number = 0;  // the purse
  ClaimSecret secret{};
  std::string name, iban, mail;  // as typed; mail may be empty
};

// A number that nobody has and a wrong secret are one answer; so is being locked out, for both.
enum class ClaimWord { noted, refused, locked };
struct ClaimAnswer {
  ClaimWord word = ClaimWord::refused;
  std::string claim;  // where noted: its id
};

// What a claim says, opened.
struct Claimant {
  std::string name, iban, mail;
};

ledger::Status make_claim_desk(const Path& desk, const Path& officer, std::uint64_t festival,
                               const ledger::Hash& root, const std::string& passphrase,
                               ledger::Random& random);
ledger::Result<ledger::BoxKey> open_refund_key(const Path& officer, const std::string& passphrase);

// One process at a time; the next one waits. Opening it finishes what an interrupted claim or
// forgetting left behind.
class ClaimDesk {
 public:
  static ledger::Result<ClaimDesk> open(const Path& desk);

  // Needs the claim key, so a passphrase.
  ledger::Status unlock_key(const std::string& passphrase);
  ledger::Result<ClaimSecret> secret(std::uint64_t number) const;
  // The doorway. Errc::bad_input where something is mistyped by its form, which says nothing about
  // the number and is no try.
  ledger::Result<ClaimAnswer> note(const ClaimRequest& request, ledger::Random& random);
  // Five more tries, by who holds the refund key.
  ledger::Status allow_again(std::uint64_t number, const ledger::BoxKey& officer);

  // Destroys the details; what was paid stays in the ledger. Errc::refused where a run pays the
  // claim and no file was written yet.
  ledger::Status forget(const NotedClaim& claim);
  // Errc::damaged where the details are not those the ledger is bound to, or are gone.
  ledger::Result<Claimant> read(const NotedClaim& claim, const ledger::BoxKey& officer) const;

  PayoutLedger& payouts() { return ledger_; }
  const PayoutLedger& payouts() const { return ledger_; }
  Path pending_path() const { return path_ / "run"; }

 private:
  ClaimDesk(Path path, FileLock lock, PayoutLedger ledger)
      : path_(std::move(path)), lock_(std::move(lock)), ledger_(std::move(ledger)) {}
  Path details_path(const ledger::Hash& commitment) const;
  ledger::Status sweep() const;
  ledger::Status forget_replaced(const NotedClaim& newest);

  Path path_;
  FileLock lock_;
  PayoutLedger ledger_;
  std::optional<ClaimKey> key_;
};

}  // namespace verbena::node
