// SPDX-License-Identifier: Apache-2.0
#include "replication/bundle.h"

#include <algorithm>

#include "replication/session.h"

namespace verbena::replication {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::size_t heads_per_frame = 1'000;

Error bad(std::size_t offset, const std::string& what) {
  return {Errc::bad_input, "bundle, byte " + std::to_string(offset) + ": " + what};
}

// Length-prefixed parts up to the closing zero. Checks bounds and the closing hash.
Result<std::vector<std::string_view>> parts_of(std::string_view bundle) {
  if (!bundle.starts_with(bundle_magic)) return bad(0, "not a bundle, or of a later format");
  std::vector<std::string_view> parts;
  std::size_t at = bundle_magic.size();
  for (;;) {
    if (bundle.size() - at < 4) return bad(at, "it ends too early");
    const std::size_t size = ledger::get_be(bundle.substr(at, 4));
    at += 4;
    if (size == 0) break;
    if (size > frame_bytes_max) return bad(at, "a part is larger than 1 MiB");
    if (bundle.size() - at < size) return bad(at, "it ends too early");
    parts.push_back(bundle.substr(at, size));
    at += size;
  }
  if (bundle.size() - at != 32) return bad(at, "it does not end with its hash");
  if (ledger::view(ledger::sha256({bundle.substr(0, at)})) != bundle.substr(at)) {
    return bad(at, "its content does not match its hash");
  }
  if (parts.empty()) return bad(at, "it holds no root certificate");
  return parts;
}

}  // namespace

Status export_bundle(const ledger::Ledger& ledger, const std::string& signed_root,
                     const BundleSink& sink) {
  Bytes all(bundle_magic);
  const auto add = [&](const std::string& part) {
    ledger::put_u32(all, static_cast<std::uint32_t>(part.size()));
    all += part;
  };
  const auto add_run = [&](ledger::LogRun run) {
    schemas::Frame frame;
    *frame.mutable_run() = ledger::to_wire(std::move(run));
    add(frame.SerializeAsString());
  };
  add(signed_root);
  for (const auto& log : ledger.logs()) {
    std::uint64_t from = 0;
    while (from < log.head.size) {
      auto runs = ledger.read(log.name, from, run_bytes_max);
      if (!runs) return runs.error();
      for (auto& run : *runs) {
        from = run.head.size;
        add_run(std::move(run));
      }
    }
    auto branches = ledger.branch_runs(log.name);
    if (!branches) return branches.error();
    for (auto& run : *branches) add_run(std::move(run));
  }
  const auto claimed = ledger.claimed_heads();
  for (std::size_t first = 0; first < claimed.size(); first += heads_per_frame) {
    schemas::Frame frame;
    for (std::size_t i = first; i < std::min(first + heads_per_frame, claimed.size()); ++i) {
      auto* head = frame.mutable_heads()->add_head();
      *head->mutable_log() = ledger::to_wire(claimed[i].log);
      *head->mutable_head() = ledger::to_wire(claimed[i].head);
    }
    add(frame.SerializeAsString());
  }
  for (const auto& receipt : ledger.receipts()) {
    schemas::Frame frame;
    *frame.mutable_receipt() = receipt;
    add(frame.SerializeAsString());
  }
  ledger::put_u32(all, 0);
  all.append(ledger::view(ledger::sha256({all})));
  return sink(all);
}

Result<ledger::SignedCertificate> bundle_root(std::string_view bundle) {
  auto parts = parts_of(bundle);
  if (!parts) return parts.error();
  return ledger::parse_signed_certificate(parts->front());
}

Result<BundleReport> import_bundle(ledger::Ledger& ledger, std::string_view bundle) {
  auto parts = parts_of(bundle);
  if (!parts) return parts.error();
  auto root = ledger::parse_signed_certificate(parts->front());
  if (!root) return root.error();
  if (root->certificate.hash != ledger.root().hash) {
    return Error{Errc::other_festival, "bundle: it is of another festival"};
  }
  BundleReport report;
  std::vector<ledger::LogRun> waiting;
  std::vector<schemas::Receipt> receipts;
  std::vector<ledger::ClaimedHead> claimed;
  schemas::Frame frame;
  for (std::size_t i = 1; i < parts->size(); ++i) {
    const auto part = (*parts)[i];
    if (!frame.ParseFromArray(part.data(), static_cast<int>(part.size()))) {
      return Error{Errc::bad_input, "bundle: part " + std::to_string(i) + " cannot be read"};
    }
    if (frame.has_receipt()) receipts.push_back(frame.receipt());
    for (const auto& entry : frame.heads().head()) {
      auto name = ledger::from_wire(entry.log());
      auto head = ledger::from_wire(entry.head());
      if (name && head) claimed.push_back({*name, *head});
    }
    if (!frame.has_run()) continue;
    auto run = ledger::from_wire(frame.run());
    if (!run)
      return Error{Errc::bad_input, "bundle: part " + std::to_string(i) + ": " + run.error().text};
    report.events += run->events.size();
    waiting.push_back(run.take());
  }
  // Certificates come in control logs: go round until nothing more becomes known.
  for (bool progress = true; progress && !waiting.empty();) {
    progress = false;
    std::vector<ledger::LogRun> later;
    for (auto& run : waiting) {
      const auto before = ledger.log(run.log.id());
      const std::uint64_t held = before ? before->head.size : 0;
      auto outcome = ledger.ingest(run);
      if (!outcome && outcome.error().code == Errc::unknown_author) {
        later.push_back(std::move(run));
        continue;
      }
      progress = true;
      if (!outcome) {
        if (outcome.error().code == Errc::storage || outcome.error().code == Errc::in_doubt) {
          return outcome.error();
        }
        if (report.runs_refused++ == 0) report.first_refusal = outcome.error().text;
      } else if (*outcome == ledger::Ingested::forked) {
        report.added += run.events.size();
      } else if (*outcome == ledger::Ingested::added) {
        const std::uint64_t fresh = run.head.size - std::max(held, run.first);
        report.added += fresh;
        report.already_held += run.events.size() - fresh;
      } else {
        report.already_held += run.events.size();
      }
    }
    waiting = std::move(later);
  }
  report.runs_refused += waiting.size();
  if (!waiting.empty() && report.first_refusal.empty()) {
    report.first_refusal = "a log whose author no certificate in the bundle names";
  }
  for (const auto& claim : claimed) (void)ledger.note_claimed(claim.log, claim.head);
  for (const auto& receipt : receipts) (void)ledger.note_receipt(receipt);
  if (auto status = ledger.sync(); !status) return status.error();
  return report;
}

}  // namespace verbena::replication
