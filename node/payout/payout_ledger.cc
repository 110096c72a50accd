// SPDX-License-Identifier: Apache-2.0
#include "node/payout/payout_ledger.h"

#include "ledger/core/money.h"

namespace verbena::node {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::size_t id_digits_min = 8;

Error wrong(std::string text) {
  return {Errc::bad_input, std::move(text)};
}

// Unknown fields and other orders of bytes would be a second form of the same.
template <typename Message>
bool parse_exactly(std::string_view bytes, Message& out) {
  return bytes.size() <= INT32_MAX &&
         out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
         out.GetReflection()->GetUnknownFields(out).empty() && out.SerializeAsString() == bytes;
}

}  // namespace

Hash run_hash(std::string_view run) {
  return ledger::sha256({"verbena-payout-run-v1", run});
}

Result<schemas::PayoutRun> parse_run(std::string_view bytes) {
  schemas::PayoutRun run;
  if (!parse_exactly(bytes, run)) return wrong("a run's bytes are in another form");
  if (run.version() != payout_version) {
    return Error{Errc::future_version, "a run was made by another version"};
  }
  if (run.line_size() == 0 || static_cast<std::size_t>(run.line_size()) > payout_lines_max) {
    return wrong("a run has no line, or more than " + std::to_string(payout_lines_max));
  }
  unsigned __int128 total = 0;
  for (int i = 0; i < run.line_size(); ++i) {
    const auto& line = run.line(i);
    if (i > 0 && line.purse() <= run.line(i - 1).purse()) {
      return wrong("the lines of a run are not in order");
    }
    if (line.amount_minor() == 0 || line.amount_minor() > ledger::amount_minor_max) {
      return wrong("a run pays an amount of 0 or above the greatest");
    }
    const auto sum = ledger::checked_add(line.amount_minor(), line.paid_minor());
    if (!sum || *sum != line.owed_minor()) {
      return wrong("a line of a run is not what is owed less what is paid");
    }
    total += line.amount_minor();
  }
  if (total != run.total_minor()) return wrong("the total of a run is not the sum of its lines");
  return run;
}

Result<PayoutLedger> PayoutLedger::create(const Path& path, const schemas::DeskOpened& opened) {
  if (path_exists(path)) return Error{Errc::bad_input, path.string() + ": exists already"};
  PayoutLedger out(path);
  out.file_ = payout_ledger_magic;
  schemas::PayoutEntry first;
  *first.mutable_opened() = opened;
  if (auto status = out.append(std::move(first)); !status) return status.error();
  return out;
}

Result<PayoutLedger> PayoutLedger::read(const Path& path) {
  auto file = read_file(path, payout_ledger_bytes_max);
  if (!file) return file.error();
  PayoutLedger out(path);
  const auto damaged = [&](const std::string& text) {
    return Error{Errc::damaged, path.string() + ": " + text};
  };
  if (!file->starts_with(payout_ledger_magic)) return damaged("is no ledger of payouts");
  std::string_view rest = std::string_view(*file).substr(payout_ledger_magic.size());
  while (!rest.empty()) {
    const std::string at = "entry " + std::to_string(out.entries());
    if (rest.size() < 4) return damaged(at + " is cut off");
    const std::uint64_t length = ledger::get_be(rest.substr(0, 4));
    if (rest.size() - 4 < length) return damaged(at + " is cut off");
    if (auto status = out.take(rest.substr(4, length)); !status) {
      return damaged(at + ": " + status.error().text);
    }
    rest.remove_prefix(4 + length);
  }
  if (out.heads_.empty()) return damaged("has no entry");
  out.file_ = file.take();
  return out;
}

Status PayoutLedger::append(schemas::PayoutEntry entry) {
  if (!heads_.empty()) entry.set_previous(ledger::to_bytes(heads_.back()));
  const Bytes bytes = entry.SerializeAsString();
  Bytes grown = file_;
  ledger::put_u32(grown, static_cast<std::uint32_t>(bytes.size()));
  grown += bytes;
  if (grown.size() > payout_ledger_bytes_max) {
    return Error{Errc::storage, path_.string() + ": the ledger of payouts is full"};
  }
  PayoutLedger next = *this;  // nothing changes here where a check or the disk says no
  if (auto status = next.take(bytes); !status) return status;
  if (auto status = write_file(path_, grown); !status) return status;
  next.file_ = std::move(grown);
  *this = std::move(next);
  return ledger::done();
}

Status PayoutLedger::take(std::string_view bytes) {
  schemas::PayoutEntry entry;
  if (!parse_exactly(bytes, entry)) return wrong("its bytes are in another form");
  const Bytes previous = heads_.empty() ? Bytes() : ledger::to_bytes(heads_.back());
  if (entry.previous() != previous) return wrong("it does not continue the entry before");
  if (auto status = fold(entry); !status) return status;
  heads_.push_back(ledger::sha256({"verbena-payout-entry-v1", bytes}));
  return ledger::done();
}

Status PayoutLedger::fold(const schemas::PayoutEntry& entry) {
  if (heads_.empty() != entry.has_opened()) return wrong("the first entry, and no other, opens it");
  switch (entry.what_case()) {
    case schemas::PayoutEntry::kOpened:
      if (entry.opened().root().size() != 32 || entry.opened().refund_key().size() != 32) {
        return wrong("its root or its refund key is damaged");
      }
      opened_ = entry.opened();
      return ledger::done();
    case schemas::PayoutEntry::kNoted: return fold_noted(entry.noted());
    case schemas::PayoutEntry::kForgotten: return fold_forgotten(entry.forgotten());
    case schemas::PayoutEntry::kUnlocked: return ledger::done();
    case schemas::PayoutEntry::kRun: return fold_run(entry.run());
    case schemas::PayoutEntry::kFile: return fold_file(entry.file());
    case schemas::PayoutEntry::WHAT_NOT_SET: break;
  }
  return wrong("it says nothing that this build knows");
}

Status PayoutLedger::fold_noted(const schemas::ClaimNoted& noted) {
  const auto commitment = ledger::fixed<32>(noted.commitment());
  if (!commitment || !by_commitment_.try_emplace(*commitment, claims_.size()).second) {
    return wrong("its claim is damaged or known already");
  }
  claims_.push_back({*commitment, noted.purse(), entries()});
  ++claims_of_[noted.purse()];
  return ledger::done();
}

Status PayoutLedger::fold_forgotten(const schemas::ClaimForgotten& forgotten) {
  const auto commitment = ledger::fixed<32>(forgotten.commitment());
  const auto found = commitment ? by_commitment_.find(*commitment) : by_commitment_.end();
  if (found == by_commitment_.end() || claims_[found->second].forgotten) {
    return wrong("it forgets a claim that is unknown or forgotten already");
  }
  claims_[found->second].forgotten = true;
  claims_[found->second].forgotten_entry = entries();
  return ledger::done();
}

Status PayoutLedger::check_line(const schemas::PayoutRun& run,
                                const schemas::PayoutLine& line) const {
  const auto commitment = ledger::fixed<32>(line.commitment());
  const NotedClaim* noted = commitment ? claim(*commitment) : nullptr;
  if (noted == nullptr || noted->purse != line.purse() || noted->entry >= run.entries()) {
    return wrong("its run pays purse " + ledger::hex_u64(line.purse()) + " without its claim");
  }
  if (noted->forgotten) return wrong("its run pays the forgotten claim " + noted->id());
  if (line.paid_minor() != paid_minor(line.purse())) {
    return wrong("its run takes another sum for paid to purse " + ledger::hex_u64(line.purse()));
  }
  return ledger::done();
}

Status PayoutLedger::fold_run(const schemas::SignedRun& signed_run) {
  auto run = parse_run(signed_run.run());
  if (!run) return run.error();
  if (run->festival() != opened_.festival()) return wrong("its run is of another festival");
  const Bytes previous = runs_.empty() ? Bytes() : ledger::to_bytes(runs_.back().id);
  if (run->previous() != previous) return wrong("its run does not continue the run before");
  if (run->entries() == 0 || run->entries() > entries() ||
      run->ledger() != ledger::view(head(run->entries()))) {
    return wrong("its run is over other entries than these");
  }
  for (const auto& line : run->line()) {
    if (auto status = check_line(*run, line); !status) return status;
  }
  for (const auto& line : run->line()) {
    paid_[line.purse()] += line.amount_minor();
    claims_[by_commitment_.at(*ledger::fixed<32>(line.commitment()))].run = runs_.size();
  }
  runs_.push_back({run_hash(signed_run.run()), run.take(), signed_run, {}});
  return ledger::done();
}

Status PayoutLedger::fold_file(const schemas::FileWritten& file) {
  const auto hash = ledger::fixed<32>(file.hash());
  for (auto& run : runs_) {
    if (file.run() != ledger::view(run.id)) continue;
    if (!hash || !run.files.try_emplace(file.format(), *hash).second) break;
    return ledger::done();
  }
  return wrong("it names a file of a run that is unknown or written already");
}

Result<NotedClaim> PayoutLedger::claim(const std::string& id) const {
  const NotedClaim* found = nullptr;
  if (id.size() < id_digits_min) {
    return wrong("give at least " + std::to_string(id_digits_min) + " digits of a claim");
  }
  for (const auto& noted : claims_) {
    if (!ledger::hex(noted.commitment).starts_with(id)) continue;
    if (found != nullptr) return wrong("more than one claim begins with these digits");
    found = &noted;
  }
  if (found == nullptr) return wrong("there is no such claim");
  return *found;
}

const NotedClaim* PayoutLedger::claim(const Hash& commitment) const {
  const auto found = by_commitment_.find(commitment);
  return found == by_commitment_.end() ? nullptr : &claims_[found->second];
}

std::map<std::uint64_t, NotedClaim> PayoutLedger::live_claims(std::uint64_t entries) const {
  std::map<std::uint64_t, NotedClaim> out;
  for (const auto& noted : claims_) {
    if (noted.entry >= entries) continue;
    if (noted.forgotten && noted.forgotten_entry < entries) {
      out.erase(noted.purse);  // and what it replaced does not come back
    } else {
      out.insert_or_assign(noted.purse, noted);
    }
  }
  return out;
}

std::size_t PayoutLedger::claims_of(std::uint64_t purse) const {
  const auto found = claims_of_.find(purse);
  return found == claims_of_.end() ? 0 : found->second;
}

std::uint64_t PayoutLedger::paid_minor(std::uint64_t purse) const {
  const auto found = paid_.find(purse);
  return found == paid_.end() ? 0 : found->second;
}

}  // namespace verbena::node
