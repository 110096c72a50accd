// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "ledger/core/crypto.h"
#include "node/files.h"
#include "schemas/payout.pb.h"

// What was claimed and paid after the festival: a row of entries, each of which names the hash of
// the one before, in one file (docs/payout.md). Bears no personal data. Reading it checks all but
// the signatures under its runs, which need the sealed archive.
//   "VERPAYL1" | entries: u32 length, PayoutEntry
namespace verbena::node {

constexpr const char* payout_ledger_file = "ledger";  // in the folder of a desk
constexpr std::string_view payout_ledger_magic = "VERPAYL1";
constexpr std::size_t payout_ledger_bytes_max = 256 << 20;
constexpr std::size_t payout_lines_max = 10'000;  // of one run, and of one file for a bank
constexpr std::size_t claims_per_purse_max = 16;
constexpr std::uint32_t payout_version = 1;

struct NotedClaim {
  ledger::Hash commitment{};
  std::uint64_t purse = 0;
  std::uint64_t entry = 0;           // from 0
  std::optional<std::size_t> run{};  // the run that paid it, from 0
  bool forgotten = false;
  std::uint64_t forgotten_entry = 0;

  std::string id() const { return claim_id(commitment); }
  static std::string claim_id(const ledger::Hash& commitment) {
    return ledger::hex(commitment).substr(0, 16);
  }
};

struct ApprovedRun {
  ledger::Hash id{};
  schemas::PayoutRun run;
  schemas::SignedRun signed_run;
  std::map<std::string, ledger::Hash> files;  // written, by format
};

class PayoutLedger {
 public:
  static ledger::Result<PayoutLedger> create(const Path& path, const schemas::DeskOpened& opened);
  static ledger::Result<PayoutLedger> read(const Path& path);

  // Checks it as read() would, then keeps it durably.
  ledger::Status append(schemas::PayoutEntry entry);

  const schemas::DeskOpened& opened() const { return opened_; }
  std::uint64_t entries() const { return heads_.size(); }
  const ledger::Hash& head(std::uint64_t entries) const { return heads_.at(entries - 1); }
  const std::vector<NotedClaim>& claims() const { return claims_; }
  const std::vector<ApprovedRun>& runs() const { return runs_; }
  // By the first digits of its id, at least 8; fails where none, or more than one, begins so.
  ledger::Result<NotedClaim> claim(const std::string& id) const;
  const NotedClaim* claim(const ledger::Hash& commitment) const;
  // The claims that `entries` first entries leave, by purse: the newest, unless it is forgotten.
  std::map<std::uint64_t, NotedClaim> live_claims(std::uint64_t entries) const;
  std::size_t claims_of(std::uint64_t purse) const;
  std::uint64_t paid_minor(std::uint64_t purse) const;
  const std::map<std::uint64_t, std::uint64_t>& paid() const { return paid_; }

 private:
  explicit PayoutLedger(Path path) : path_(std::move(path)) {}
  ledger::Status take(std::string_view bytes);
  ledger::Status fold(const schemas::PayoutEntry& entry);
  ledger::Status fold_noted(const schemas::ClaimNoted& noted);
  ledger::Status fold_forgotten(const schemas::ClaimForgotten& forgotten);
  ledger::Status fold_run(const schemas::SignedRun& signed_run);
  ledger::Status fold_file(const schemas::FileWritten& file);
  ledger::Status check_line(const schemas::PayoutRun& run, const schemas::PayoutLine& line) const;

  Path path_;
  ledger::Bytes file_;
  schemas::DeskOpened opened_;
  std::vector<ledger::Hash> heads_;  // of the ledger up to each entry
  std::vector<NotedClaim> claims_;
  std::map<ledger::Hash, std::size_t> by_commitment_;
  std::map<std::uint64_t, std::size_t> claims_of_;
  std::vector<ApprovedRun> runs_;
  std::map<std::uint64_t, std::uint64_t> paid_;  // by purse
};

ledger::Hash run_hash(std::string_view run);
// In one canonical form and adding up by itself, or Errc::bad_input.
ledger::Result<schemas::PayoutRun> parse_run(std::string_view bytes);

}  // namespace verbena::node
