// SPDX-License-Identifier: Apache-2.0
#include "ledger/missing.h"

#include <algorithm>
#include <tuple>

#include "ledger/receipt.h"

namespace verbena::ledger {

namespace {

struct Held {
  LogName log;
  std::uint64_t size = 0;
};

class Finder {
 public:
  Finder(State& state, const std::vector<LogTip>& tips) : state_(state) {
    for (const auto& tip : tips) {
      Held& held = held_[tip.id];
      held.log = tip.log;
      held.size = std::max(held.size, tip.size);
      if (tip.log.log_class != LogClass::trade) continue;
      // Bands tell the first bits of a life only.
      auto& size = trade_[{tip.log.certificate, tip.log.incarnation >> 48}];
      size = std::max(size, tip.size);
    }
  }

  void note(const ClaimedHead& claim) {
    const auto author = state_.roster().find(claim.log.certificate);
    const Hash id = claim.log.id();
    if (author == nullptr || !verify_head(author->key, id, claim.head)) return;
    keep({claim.log.certificate, id, size_of(id), claim.head.size, claim.head.root,
          schemas::TAIL_HEAD});
  }

  void note(const schemas::Receipt& receipt) {
    const auto hash = fixed<32>(receipt.witness());
    const auto witness = hash ? state_.roster().find(*hash) : nullptr;
    if (witness == nullptr || !state_.roster().certified(*hash) ||
        !verify_receipt(state_.roster().root().festival, witness->key, receipt)) {
      return;
    }
    for (const auto& position : receipt.position()) {
      const Hash id = *fixed<32>(position.log());
      const auto held = held_.find(id);
      keep({held == held_.end() ? Hash{} : held->second.log.certificate, id, size_of(id),
            position.size(), *fixed<32>(position.root()), schemas::TAIL_RECEIPT});
    }
  }

  std::vector<MissingTail> take() {
    note_bands();
    std::vector<MissingTail> out;
    for (const auto& [key, tail] : found_) out.push_back(tail);
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
      return std::tie(a.certificate, a.log, a.held, a.known) <
             std::tie(b.certificate, b.log, b.held, b.known);
    });
    return out;
  }

 private:
  std::uint64_t size_of(const Hash& log) const {
    const auto held = held_.find(log);
    return held == held_.end() ? 0 : held->second.size;
  }

  // The furthest; of two as far, whose own word it is, then any that is the same everywhere.
  void keep(const MissingTail& tail) {
    if (tail.known <= tail.held) return;
    auto [it, fresh] = found_.try_emplace(tail.log, tail);
    const auto rank = [](const MissingTail& of) {
      return std::make_tuple(of.known, -static_cast<int>(of.witness), of.root);
    };
    if (!fresh && rank(tail) > rank(it->second)) {
      const Hash author = it->second.certificate;
      it->second = tail;
      if (tail.certificate == Hash{}) it->second.certificate = author;
    } else if (!fresh && it->second.certificate == Hash{}) {
      it->second.certificate = tail.certificate;
    }
  }

  // A band says less than a head or receipt of the same life that reaches as far.
  void note_bands() {
    std::vector<MissingTail> more;
    for (const auto& [key, claim] : state_.claims()) {
      const auto& [certificate, life] = key;
      const auto at = trade_.find({certificate, life});
      const std::uint64_t held = at == trade_.end() ? 0 : at->second;
      if (claim.size <= held) continue;
      const bool outdone = std::any_of(found_.begin(), found_.end(), [&](const auto& entry) {
        const auto log = held_.find(entry.first);
        return log != held_.end() && log->second.log.certificate == certificate &&
               log->second.log.log_class == LogClass::trade &&
               log->second.log.incarnation >> 48 == life && entry.second.known >= claim.size;
      });
      if (outdone) continue;
      more.push_back(
          {certificate, log_of(certificate, life), held, claim.size, {}, schemas::TAIL_BAND});
    }
    for (const auto& tail : more) {
      if (tail.log != Hash{}) {
        keep(tail);
        continue;
      }
      // Two lives of one device that nobody brought anything of: a place of their own each.
      Bytes place = to_bytes(tail.certificate);
      put_u64(place, tail.known);
      found_.emplace(sha256({"band", place}), tail);
    }
  }

  Hash log_of(const Hash& certificate, std::uint64_t life) const {
    for (const auto& [id, held] : held_) {
      if (held.log.certificate == certificate && held.log.log_class == LogClass::trade &&
          held.log.incarnation >> 48 == life) {
        return id;
      }
    }
    return {};
  }

  State& state_;
  std::map<Hash, Held> held_;  // by log
  std::map<std::pair<Hash, std::uint64_t>, std::uint64_t> trade_;
  std::map<Hash, MissingTail> found_;  // by log
};

}  // namespace

std::vector<MissingTail> missing_tails(State& state, const std::vector<LogTip>& tips,
                                       const std::vector<ClaimedHead>& claims,
                                       const std::vector<schemas::Receipt>& receipts) {
  Finder finder(state, tips);
  for (const auto& claim : claims) finder.note(claim);
  for (const auto& receipt : receipts) finder.note(receipt);
  return finder.take();
}

}  // namespace verbena::ledger
