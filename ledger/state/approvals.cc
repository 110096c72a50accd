// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/approvals.h"

#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

void put_text(Bytes& out, std::string_view text) {
  put_u32(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

Bytes approval_message(std::uint64_t festival, const Hash& request, const Hash& log,
                       std::uint64_t size) {
  Bytes out;
  put_u64(out, festival);
  out += view(request);
  out += view(log);
  put_u64(out, size);
  return out;
}

}  // namespace

Hash request_hash(const schemas::Event& event) {
  Bytes out = "verbena-request-v1";
  put_u32(out, static_cast<std::uint32_t>(event.kind()));
  put_text(out, event.payload());
  put_u32(out, static_cast<std::uint32_t>(event.posting_size()));
  for (const auto& posting : event.posting()) {
    put_u32(out, static_cast<std::uint32_t>(posting.from()));
    put_u32(out, static_cast<std::uint32_t>(posting.to()));
    put_u64(out, posting.amount_minor());
    put_text(out, posting.from_id());
    put_text(out, posting.to_id());
    put_text(out, posting.currency());
  }
  put_u32(out, static_cast<std::uint32_t>(event.move_size()));
  for (const auto& move : event.move()) {
    put_u32(out, static_cast<std::uint32_t>(move.from()));
    put_u32(out, static_cast<std::uint32_t>(move.to()));
    put_u32(out, static_cast<std::uint32_t>(move.item_size()));
    for (int i = 0; i < move.item_size(); ++i) {
      put_u32(out, move.item(i));
      put_u64(out, i < move.quantity_size() ? move.quantity(i) : 0);
    }
    put_text(out, move.from_id());
    put_text(out, move.to_id());
  }
  if (event.has_step()) {
    const auto& step = event.step();
    put_u64(out, step.purse());
    put_u32(out, step.counter());
    put_u64(out, step.credited());
    put_u64(out, step.debited());
    put_text(out, step.previous());
    put_u64(out, step.gift_debited());
    put_u32(out, step.meals_used());
  }
  return sha256({out});
}

schemas::Approval approve(const schemas::Event& event, std::uint64_t festival, const Hash& log,
                          std::uint64_t size, const SigningKey& key) {
  schemas::Approval out;
  out.set_key(to_bytes(key.public_key()));
  out.set_size(size);
  out.set_signature(to_bytes(
      key.sign(approval_context, approval_message(festival, request_hash(event), log, size))));
  return out;
}

std::string approving_person(const schemas::Event& event, const Hash& log,
                             const schemas::Approval& approval, const Certificate& author,
                             const Roster& roster) {
  const auto key = fixed<32>(approval.key());
  const bool may_be_own = mutant(Mutant::approved_by_oneself);
  if (!key || (*key == author.key && !may_be_own)) return {};
  const std::string person = roster.approver(*key);
  if (person.empty() || (person == author.person && !may_be_own)) return {};
  const auto message =
      approval_message(roster.root().festival, request_hash(event), log, approval.size());
  return verify_signature(*key, approval_context, message, approval.signature()) ? person
                                                                                 : std::string();
}

std::set<std::string> ApprovalBook::persons(const schemas::Event& event, const EventPlace& place,
                                            const Certificate& author, const Roster& roster) {
  std::set<std::string> out;
  if (event.approval_size() == 0 || event.approval_size() > approvals_max) return out;
  for (const auto& approval : event.approval()) {
    const auto key = fixed<32>(approval.key());
    const bool own = key == author.key && !mutant(Mutant::approved_by_oneself);
    if (!key || own || place.index < approval.size() ||
        place.index - approval.size() >= approval_window) {
      continue;
    }
    const auto used = used_.find({place.log, approval.signature()});
    const bool again = used != used_.end() && used->second != place.index;
    if (again && !mutant(Mutant::approval_used_twice)) continue;
    asked_[*key] = roster.approver(*key);
    const std::string person = approving_person(event, place.log, approval, author, roster);
    if (!person.empty()) out.insert(person);
  }
  return out;
}

void ApprovalBook::take(const schemas::Event& event, const EventPlace& place) {
  if (event.approval_size() > approvals_max) return;  // persons() takes none of them
  for (const auto& approval : event.approval()) {
    used_.try_emplace({place.log, approval.signature()}, place.index);
  }
}

bool ApprovalBook::moved(const Roster& roster) const {
  for (const auto& [key, person] : asked_) {
    if (roster.approver(key) != person) return true;
  }
  return false;
}

}  // namespace verbena::ledger
