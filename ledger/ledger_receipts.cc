// SPDX-License-Identifier: Apache-2.0
// Who holds what: receipts given and taken, and what is still unwitnessed.
#include <algorithm>
#include <tuple>

#include "ledger/ledger.h"
#include "ledger/receipt.h"

#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t receipts_kept_per_log = 3;
constexpr int receipt_positions_max = 64;
constexpr std::string_view receipt_context = "verbena-receipt-v1";
constexpr std::string_view receipt_meta = "receipt/";

Bytes receipt_message(std::uint64_t festival, const schemas::Receipt& receipt) {
  Bytes out;
  put_u64(out, festival);
  out += receipt.witness();
  for (const auto& position : receipt.position()) {
    out += position.log();
    put_u64(out, position.size());
    out += position.root();
  }
  return out;
}

Bytes receipt_key(const schemas::Receipt& receipt) {
  return Bytes(receipt_meta) + receipt.signature();
}

}  // namespace

bool verify_receipt(std::uint64_t festival, const PublicKey& witness,
                    const schemas::Receipt& receipt) {
  if (receipt.position_size() > receipt_positions_max) return false;
  for (const auto& position : receipt.position()) {
    if (!fixed<32>(position.log()) || !fixed<32>(position.root())) return false;
  }
  return verify_signature(witness, receipt_context, receipt_message(festival, receipt),
                          receipt.signature());
}

bool counts_as_witness(const Certificate& witness, const Certificate& of) {
  if (witness.hash == of.hash) return false;
  const bool office = witness.role == schemas::HUB || witness.role == schemas::SUPERVISOR;
  return office || witness.stand != of.stand || mutant(Mutant::own_stand_witness);
}

Status Ledger::load_receipts() {
  return store_.meta_range(receipt_meta, [&](std::string_view, std::string_view value) {
    schemas::Receipt receipt;
    if (receipt.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      (void)note_receipt(receipt);
    }
    return done();
  });
}

// Of the witnesses of one log the one to forget: what burns or is stolen together is one witness,
// so first those that another of the same stand outdoes, then who holds least.
std::map<Hash, Ledger::Witness>::iterator Ledger::least_worth(std::map<Hash, Witness>& held) const {
  std::map<std::string, std::pair<std::uint64_t, Hash>> greatest;  // by stand
  for (const auto& [witness, entry] : held) {
    auto& there = greatest[stand_of(witness)];
    there = std::max(there, {entry.size, witness});
  }
  return std::min_element(held.begin(), held.end(), [&](const auto& a, const auto& b) {
    const bool a_is_first = greatest.at(stand_of(a.first)).second == a.first;
    const bool b_is_first = greatest.at(stand_of(b.first)).second == b.first;
    return std::make_tuple(a_is_first, a.second.size, a.first) <
           std::make_tuple(b_is_first, b.second.size, b.first);
  });
}

// Where a witness is; a device without a stand is a place of its own.
std::string Ledger::stand_of(const Hash& witness) const {
  const auto certificate = state_->roster().find(witness);
  if (certificate == nullptr) return {};
  return certificate->stand.empty() ? certificate->alias : certificate->stand;
}

Result<bool> Ledger::note_receipt(const schemas::Receipt& receipt) {
  std::lock_guard lock(mutex_);
  const auto witness = fixed<32>(receipt.witness());
  const auto signer = witness ? state_->roster().find(*witness) : nullptr;
  if (signer == nullptr) return Error{Errc::unknown_author, "a receipt by an unknown witness"};
  if (receipt.position_size() > receipt_positions_max) {
    return Error{Errc::bad_input, "a receipt with too many positions"};
  }
  bool greater_for_witness = false, greater_than_all = false;
  for (const auto& position : receipt.position()) {
    // Fixed lengths: the signed bytes can be cut into positions in one way only.
    const auto log = fixed<32>(position.log());
    if (!log || !fixed<32>(position.root()) || position.size() == 0) {
      return Error{Errc::bad_input, "a receipt's position is malformed"};
    }
    std::uint64_t by_witness = 0, by_any = 0;
    if (const auto held = witnesses_.find(*log); held != witnesses_.end()) {
      for (const auto& [other, entry] : held->second) {
        by_any = std::max(by_any, entry.size);
        if (other == *witness) by_witness = entry.size;
      }
    }
    greater_for_witness |= position.size() > by_witness;
    greater_than_all |= position.size() > by_any;
  }
  if (!greater_for_witness) return false;
  if (!verify_signature(signer->key, receipt_context, receipt_message(root_.festival, receipt),
                        receipt.signature())) {
    return Error{Errc::bad_signature, "a receipt of " + signer->alias + " bears a false signature"};
  }
  if (auto status = keep_receipt(receipt); !status) return status.error();
  return greater_than_all;
}

// Of a known witness, and well formed.
Status Ledger::keep_receipt(const schemas::Receipt& receipt) {
  const Hash witness = *fixed<32>(receipt.witness());
  // One copy, shared by the logs it is among the greatest for; dropped with the last of them.
  const auto kept = std::make_shared<const schemas::Receipt>(receipt);
  StoreBatch batch;
  const auto drop = [&](std::shared_ptr<const schemas::Receipt>& old) {
    if (old && old.use_count() == 1) batch.meta.push_back({receipt_key(*old), std::nullopt});
    old.reset();
  };
  for (const auto& position : receipt.position()) {
    auto& held = witnesses_[*fixed<32>(position.log())];
    auto& entry = held[witness];
    if (entry.size >= position.size()) continue;
    drop(entry.receipt);
    entry = {position.size(), kept};
    while (held.size() > receipts_kept_per_log) {
      const auto least = least_worth(held);
      drop(least->second.receipt);
      held.erase(least);
    }
  }
  if (kept.use_count() > 1) {
    batch.meta.push_back({receipt_key(receipt), receipt.SerializeAsString()});
  }
  drop_witnessed();
  return append_unsynced(batch);
}

std::vector<schemas::Receipt> Ledger::make_receipts(std::uint64_t since) {
  std::lock_guard lock(mutex_);
  std::vector<schemas::Receipt> out;
  if (!identity_) return out;
  auto changed = changed_since(since);
  std::sort(changed.begin(), changed.end(),
            [](const Log* a, const Log* b) { return a->name < b->name; });
  for (const Log* entry : changed) {
    const Log& log = *entry;
    if (log.name.certificate == identity_->certificate.hash) continue;
    if (out.empty() || out.back().position_size() == receipt_positions_max) {
      out.emplace_back().set_witness(to_bytes(identity_->certificate.hash));
    }
    auto* position = out.back().add_position();
    position->set_log(to_bytes(log.id));
    position->set_size(log.head.size + (mutant(Mutant::receipt_beyond_held) ? 1 : 0));
    position->set_root(to_bytes(log.head.root));
  }
  for (auto& receipt : out) {
    receipt.set_signature(
        to_bytes(identity_->key.sign(receipt_context, receipt_message(root_.festival, receipt))));
    (void)keep_receipt(receipt);  // where the disk does not take it, others have it
  }
  return out;
}

std::vector<schemas::Receipt> Ledger::receipts() const {
  std::lock_guard lock(mutex_);
  std::map<Bytes, const schemas::Receipt*> distinct;
  for (const auto& [log, held] : witnesses_) {
    for (const auto& [witness, entry] : held) {
      distinct.emplace(entry.receipt->signature(), entry.receipt.get());
    }
  }
  std::vector<schemas::Receipt> out;
  for (const auto& [signature, receipt] : distinct) out.push_back(*receipt);
  return out;
}

// Only another stand, a hub or a supervisor lowers "unwitnessed".
std::uint64_t Ledger::witnessed_size(const Hash& log) const {
  const auto found = witnesses_.find(log);
  if (found == witnesses_.end() || !identity_) return 0;
  std::uint64_t size = 0;
  for (const auto& [witness, entry] : found->second) {
    const auto certificate = state_->roster().find(witness);
    if (certificate == nullptr || !state_->roster().certified(witness) ||
        state_->roster().revoked(certificate->key)) {
      continue;
    }
    if (counts_as_witness(*certificate, identity_->certificate)) {
      size = std::max(size, entry.size);
    }
  }
  return size;
}

void Ledger::drop_witnessed() {
  if (witnesses_.empty()) return;
  std::map<LogName, std::uint64_t> sizes;
  std::erase_if(own_money_, [&](const OwnMoney& own) {
    const auto [it, fresh] = sizes.try_emplace(own.log, 0);
    if (fresh) it->second = witnessed_size(own.log.id());
    if (own.index >= it->second) return false;
    own_money_minor_ -= own.amount_minor;
    return true;
  });
}

Unwitnessed Ledger::unwitnessed() const {
  if (own_money_.empty()) return {};
  return {own_money_.size(), own_money_minor_,
          clock_.monotonic_ms() - own_money_.front().monotonic_ms};
}

DeviceView Ledger::device_view() const {
  static const Certificate nobody;
  DeviceView out{
      identity_ ? identity_->certificate : nobody, {}, incarnation_, issued_minor_, unwitnessed(),
      store_.free_bytes() < free_bytes_floor};
  if (identity_) {
    for (std::size_t i = 0; i < out.logs.size(); ++i) {
      const LogName name = own_log(log_classes[i]);
      const auto known = logs_.find(name);
      out.logs[i] = {name.id(), known == logs_.end() ? 0 : known->second.head.size};
    }
  }
  return out;
}

}  // namespace verbena::ledger
