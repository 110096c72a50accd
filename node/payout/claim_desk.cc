// SPDX-License-Identifier: Apache-2.0
#include "node/payout/claim_desk.h"

#include "node/payout/bank_text.h"

namespace verbena::node {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::size_t details_bytes = 512;  // of every claim, sealed or not, but for the box itself
constexpr std::size_t blinding_bytes = 32;

Hash commitment_to(std::uint64_t festival, std::uint64_t purse, std::string_view details) {
  Bytes place;
  ledger::put_u64(place, festival);
  ledger::put_u64(place, purse);
  return ledger::sha256({"verbena-claim-v1", place, details});
}

// All of one length: a box must not tell how long a name is.
Bytes padded(const schemas::ClaimDetails& details) {
  const Bytes bytes = details.SerializeAsString();
  VERBENA_CHECK(bytes.size() + 2 <= details_bytes);  // names, IBANs and addresses have a greatest
  Bytes out;
  ledger::put_u16(out, static_cast<std::uint16_t>(bytes.size()));
  out += bytes;
  out.resize(details_bytes, '\0');
  return out;
}

std::optional<schemas::ClaimDetails> unpadded(std::string_view plain) {
  if (plain.size() != details_bytes) return std::nullopt;
  const std::uint64_t length = ledger::get_be(plain.substr(0, 2));
  schemas::ClaimDetails out;
  if (length > details_bytes - 2) return std::nullopt;
  if (!out.ParseFromArray(plain.data() + 2, static_cast<int>(length))) return std::nullopt;
  return out;
}

Result<Bytes> read_locked(const Path& path, const std::string& passphrase) {
  auto locked = read_file(path, 4096);
  if (!locked) return locked.error();
  auto secret = ledger::unlock_secret(*locked, passphrase);
  if (!secret) return Error{secret.error().code, path.string() + ": " + secret.error().text};
  if (secret->size() != 32) return Error{Errc::damaged, path.string() + ": is damaged"};
  return secret;
}

}  // namespace

Status make_claim_desk(const Path& desk, const Path& officer, std::uint64_t festival,
                       const Hash& root, const std::string& passphrase, ledger::Random& random) {
  for (const auto& path : {desk, officer}) {
    if (!list_directory(path).empty()) {
      return Error{Errc::bad_input, path.string() + ": is not empty"};
    }
  }
  for (const auto& path : {desk, desk / "claims", officer}) {
    if (auto status = make_directory(path); !status) return status;
  }
  const auto refund_key = ledger::BoxKey::generate(random);
  ClaimKey claim_key;
  random.fill(claim_key);
  const std::pair<Path, std::string_view> keys[] = {
      {officer / "refund.key", ledger::view(refund_key.secret())},
      {desk / "claim.key", ledger::view(claim_key)}};
  for (const auto& [path, key] : keys) {
    if (auto status = write_file(path, ledger::lock_secret(key, passphrase, random), true);
        !status) {
      return status;
    }
  }
  if (auto status = ClaimTries::create(desk / "tries"); !status) return status;
  schemas::DeskOpened opened;
  opened.set_festival(festival);
  opened.set_root(ledger::to_bytes(root));
  opened.set_refund_key(ledger::to_bytes(refund_key.public_key()));
  auto made = PayoutLedger::create(desk / payout_ledger_file, opened);
  return made ? ledger::done() : Status(made.error());
}

Result<ledger::BoxKey> open_refund_key(const Path& officer, const std::string& passphrase) {
  auto secret = read_locked(officer / "refund.key", passphrase);
  if (!secret) return secret.error();
  return ledger::BoxKey::from_secret(*ledger::fixed<32>(*secret));
}

Result<ClaimDesk> ClaimDesk::open(const Path& desk) {
  if (!path_exists(desk / payout_ledger_file)) {
    return Error{Errc::storage, desk.string() + ": not a claim desk"};
  }
  auto lock = FileLock::take(desk / "lock", true);
  if (!lock) return lock.error();
  auto ledger = PayoutLedger::read(desk / payout_ledger_file);
  if (!ledger) return ledger.error();
  ClaimDesk out(desk, lock.take(), ledger.take());
  if (auto status = out.sweep(); !status) return status.error();
  return out;
}

Path ClaimDesk::details_path(const Hash& commitment) const {
  return path_ / "claims" / ledger::hex(commitment);
}

// Details are written before the claim is noted, and destroyed after it is forgotten. So a crash
// leaves one box that the ledger does not know; several mean that the ledger is an older one.
Status ClaimDesk::sweep() const {
  std::vector<Path> unknown;
  for (const auto& path : list_directory(path_ / "claims")) {
    const auto bytes = ledger::unhex(path.filename().string());
    const auto commitment = bytes ? ledger::fixed<32>(*bytes) : std::nullopt;
    const NotedClaim* noted = commitment ? ledger_.claim(*commitment) : nullptr;
    if (commitment && noted == nullptr) unknown.push_back(path);
    const bool cut_short = !commitment;
    if (!cut_short && (noted == nullptr || !noted->forgotten)) continue;
    if (auto status = shred_file(path); !status) return status;
  }
  if (unknown.size() > 1) {
    return Error{Errc::damaged, (path_ / payout_ledger_file).string() + ": does not know " +
                                    std::to_string(unknown.size()) +
                                    " of the claims beside it: is it an older copy?"};
  }
  return unknown.empty() ? ledger::done() : shred_file(unknown.front());
}

Status ClaimDesk::unlock_key(const std::string& passphrase) {
  auto secret = read_locked(path_ / "claim.key", passphrase);
  if (!secret) return secret.error();
  key_ = *ledger::fixed<32>(*secret);
  return ledger::done();
}

Result<ClaimSecret> ClaimDesk::secret(std::uint64_t number) const {
  if (!key_) return Error{Errc::internal, "the claim key is locked"};
  return claim_secret(*key_, ledger_.opened().festival(), number);
}

Result<ClaimAnswer> ClaimDesk::note(const ClaimRequest& request, ledger::Random& random) {
  auto expected = secret(request.number);
  if (!expected) return expected.error();
  schemas::ClaimDetails details;
  auto name = read_bank_name(request.name);
  if (!name) return name.error();
  auto iban = read_iban(request.iban);
  if (!iban) return iban.error();
  auto mail = read_mail(request.mail);
  if (!mail) return mail.error();
  auto tries = ClaimTries::open(path_ / "tries", *key_);
  if (!tries) return tries.error();
  auto left = tries->begin(request.number);
  if (!left) return left.error();
  // The secret alone decides: whether a purse is known is asked nowhere on this way.
  const bool right = ledger::same_secret(ledger::view(*expected), ledger::view(request.secret));
  if (!*left) return ClaimAnswer{ClaimWord::locked, {}};
  if (!right) return ClaimAnswer{ClaimWord::refused, {}};
  if (ledger_.claims_of(request.number) >= claims_per_purse_max) {
    return ClaimAnswer{ClaimWord::locked, {}};
  }
  std::array<std::uint8_t, blinding_bytes> blinding;
  random.fill(blinding);
  details.set_blinding(ledger::to_bytes(blinding));
  details.set_name(*name);
  details.set_iban(*iban);
  details.set_mail(*mail);
  const Bytes plain = padded(details);
  const auto& opened = ledger_.opened();
  const Hash commitment = commitment_to(opened.festival(), request.number, plain);
  auto box = ledger::seal_for(*ledger::fixed<32>(opened.refund_key()), plain, random);
  if (!box) return box.error();
  if (auto status = write_file(details_path(commitment), *box, true); !status) {
    return status.error();
  }
  schemas::PayoutEntry entry;
  entry.mutable_noted()->set_purse(request.number);
  entry.mutable_noted()->set_commitment(ledger::to_bytes(commitment));
  if (auto status = ledger_.append(std::move(entry)); !status) return status.error();
  if (auto status = tries->clear(request.number); !status) return status.error();
  const NotedClaim noted = *ledger_.claim(commitment);
  if (auto status = forget_replaced(noted); !status) return status.error();
  return ClaimAnswer{ClaimWord::noted, noted.id()};
}

// Details that no run needs any more are not kept: whoever corrects an account leaves one behind.
Status ClaimDesk::forget_replaced(const NotedClaim& newest) {
  const auto claims = ledger_.claims();
  for (const auto& older : claims) {
    if (older.purse != newest.purse || older.entry >= newest.entry) continue;
    if (older.forgotten || older.run) continue;
    if (auto status = forget(older); !status) return status;
  }
  return ledger::done();
}

Status ClaimDesk::allow_again(std::uint64_t number, const ledger::BoxKey& officer) {
  if (ledger::view(officer.public_key()) != ledger_.opened().refund_key()) {
    return ledger::refuse(ledger::Refusal::role_denied, "this is not the refund key of this desk");
  }
  if (!key_) return Error{Errc::internal, "the claim key is locked"};
  auto tries = ClaimTries::open(path_ / "tries", *key_);
  if (!tries) return tries.error();
  schemas::PayoutEntry entry;
  entry.mutable_unlocked()->set_purse(number);
  if (auto status = ledger_.append(std::move(entry)); !status) return status;
  return tries->clear(number);
}

Status ClaimDesk::forget(const NotedClaim& claim) {
  if (claim.forgotten) return shred_file(details_path(claim.commitment));
  if (claim.run && ledger_.runs()[*claim.run].files.empty()) {
    return ledger::refuse(ledger::Refusal::not_ready,
                          "claim " + claim.id() + " is in run " + std::to_string(*claim.run + 1) +
                              ", of which no file was written for the bank yet");
  }
  schemas::PayoutEntry entry;
  entry.mutable_forgotten()->set_commitment(ledger::to_bytes(claim.commitment));
  if (auto status = ledger_.append(std::move(entry)); !status) return status;
  return shred_file(details_path(claim.commitment));
}

Result<Claimant> ClaimDesk::read(const NotedClaim& claim, const ledger::BoxKey& officer) const {
  if (claim.forgotten) return Error{Errc::bad_input, "claim " + claim.id() + " was forgotten"};
  auto box = read_file(details_path(claim.commitment), 4096);
  if (!box) return box.error();
  const auto plain = ledger::open_sealed_for(officer, *box);
  const bool same =
      plain && commitment_to(ledger_.opened().festival(), claim.purse, *plain) == claim.commitment;
  const auto details = same ? unpadded(*plain) : std::nullopt;
  if (!details) {
    return Error{Errc::damaged, "claim " + claim.id() +
                                    ": its details do not open with this key, or are not those "
                                    "that were claimed"};
  }
  return Claimant{details->name(), details->iban(), details->mail()};
}

}  // namespace verbena::node
