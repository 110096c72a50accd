// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/festival_register.h"

#include <set>

namespace verbena::ledger {

namespace {

constexpr int approvals_needed = 2;

}  // namespace

Bytes approval_message(std::uint64_t festival, std::string_view request) {
  Bytes out;
  put_u64(out, festival);
  out.append(view(sha256({request})));
  return out;
}

void FestivalRegister::note(const schemas::SignedFestival& change, std::uint64_t tag,
                            bool by_root) {
  schemas::Festival festival;
  if (!festival.ParseFromString(change.festival()) || change.approval_size() > approvals_max)
    return;
  Candidate& candidate = candidates_[sha256({change.festival()})];
  candidate.festival = std::move(festival);
  candidate.by_root |= by_root;
  for (const auto& approval : change.approval()) {
    const auto key = fixed<32>(approval.key());
    const auto signature = fixed<64>(approval.signature());
    if (!key || !signature) continue;
    if (verify_signature(*key, approval_context, approval_message(tag, change.festival()),
                         approval.signature())) {
      candidate.approvals.emplace(*key, *signature);
    }
  }
  evaluated_ = false;
}

int FestivalRegister::rank(const Candidate& candidate, const Roster& roster) const {
  if (candidate.by_root) return 2;
  std::set<std::string> persons;
  for (const auto& [key, signature] : candidate.approvals) {
    if (const auto person = roster.approver(key); !person.empty()) persons.insert(person);
  }
  return static_cast<int>(persons.size()) >= approvals_needed ? 1 : 0;
}

void FestivalRegister::evaluate(const Roster& roster) const {
  std::map<Hash, int> ranks;
  std::set<Hash> replaced;
  for (const auto& [hash, candidate] : candidates_) {
    const int candidate_rank = rank(candidate, roster);
    if (candidate_rank == 0) continue;
    ranks[hash] = candidate_rank;
    if (const auto old = fixed<32>(candidate.festival.replaces()); old && *old != hash) {
      replaced.insert(*old);
    }
  }
  winner_ = Hash{};
  int best = 0;
  for (const auto& [hash, candidate_rank] : ranks) {  // ascending: the lowest hash wins a tie
    if (!replaced.contains(hash) && candidate_rank > best) {
      best = candidate_rank;
      winner_ = hash;
    }
  }
  evaluated_ = true;
}

const schemas::Festival* FestivalRegister::winner(const Roster& roster) const {
  if (!evaluated_) evaluate(roster);
  const auto found = candidates_.find(winner_);
  return found == candidates_.end() ? nullptr : &found->second.festival;
}

const Hash& FestivalRegister::winner_hash(const Roster& roster) const {
  if (!evaluated_) evaluate(roster);
  return winner_;
}

const schemas::Festival* FestivalRegister::find(const Hash& hash, const Roster& roster) const {
  const auto found = candidates_.find(hash);
  return found == candidates_.end() || rank(found->second, roster) == 0 ? nullptr
                                                                        : &found->second.festival;
}

const schemas::Item* find_item(const schemas::Festival& festival, std::string_view sku) {
  for (const auto& item : festival.item()) {
    if (item.sku() == sku) return &item;
  }
  return nullptr;
}

const schemas::Item* find_item(const schemas::Festival& festival, std::uint32_t number) {
  for (const auto& item : festival.item()) {
    if (item.number() == number) return &item;
  }
  return nullptr;
}

const schemas::Stand* find_stand(const schemas::Festival& festival, std::string_view name) {
  for (const auto& stand : festival.stand()) {
    if (stand.name() == name) return &stand;
  }
  return nullptr;
}

const schemas::Staff* find_staff(const schemas::Festival& festival, std::string_view alias) {
  for (const auto& staff : festival.staff()) {
    if (staff.alias() == alias) return &staff;
  }
  return nullptr;
}

}  // namespace verbena::ledger
