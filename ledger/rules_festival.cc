// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "ledger/rules.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t approvers_needed = 2;

// The persons whose approval of these bytes counts.
std::set<std::string> approvers(const Roster& roster, const schemas::SignedFestival& approved) {
  const Bytes message = approval_message(roster.root().festival, approved.festival());
  std::set<std::string> out;
  for (const auto& approval : approved.approval()) {
    const auto key = fixed<32>(approval.key());
    const std::string person = key ? roster.approver(*key) : std::string{};
    if (!person.empty() &&
        verify_signature(*key, approval_context, message, approval.signature())) {
      out.insert(person);
    }
  }
  return out;
}

// Persons among the supervisors who may sign.
std::size_t supervisors(const Roster& roster) {
  std::set<std::string> out;
  for (const auto& [hash, certificate] : roster.all()) {
    const bool may_sign = certificate->role == schemas::SUPERVISOR && roster.certified(hash);
    if (may_sign) out.insert(roster.approver(certificate->key));
  }
  out.erase(std::string());
  return out.size();
}

}  // namespace

Result<Plan> plan_festival(State& state, const DeviceView& device,
                           const schemas::SignedFestival& approved) {
  if (!may(device.certificate.role, Action::apply_festival)) {
    return refuse(Refusal::role_denied, "settings are changed at a hub or a supervisor's device");
  }
  schemas::Festival wanted;
  if (!wanted.ParseFromString(approved.festival())) {
    return Error{Errc::bad_input, "the approved settings cannot be read"};
  }
  const schemas::Festival* current = state.festival();
  if (current == nullptr) return refuse(Refusal::not_ready, "the festival's settings are missing");
  if (wanted.id() != current->id() || wanted.currency() != current->currency() ||
      wanted.scale() != current->scale()) {
    return Error{Errc::bad_input, "a festival's id, currency and scale cannot be changed"};
  }
  if (const auto sealing = wanted.seal_signatures();
      sealing == 1 || (sealing > 2 && sealing > supervisors(state.roster()))) {
    return Error{Errc::bad_input,
                 "a seal takes the signatures of at least 2 supervisors, and of "
                 "no more than there are: " +
                     std::to_string(supervisors(state.roster()))};
  }
  if (wanted.replaces() != view(state.festival_hash())) {
    return refuse(Refusal::not_ready,
                  "the settings changed meanwhile: look at the difference again");
  }
  if (approvers(state.roster(), approved).size() < approvers_needed) {
    return refuse(Refusal::approval_needed, "settings need the approval of two supervisors");
  }
  Plan plan;
  Draft draft;
  draft.log_class = LogClass::control;
  draft.event.set_kind(schemas::KIND_FESTIVAL);
  draft.event.set_payload(approved.SerializeAsString());
  plan.drafts.push_back(std::move(draft));
  return plan;
}

Result<Plan> plan_revocation(State& state, const DeviceView& device, const std::string& alias,
                             const std::string& reason, const std::vector<LogSummary>& logs) {
  if (!may(device.certificate.role, Action::revoke)) {
    return refuse(Refusal::role_denied, "this device may not revoke");
  }
  const Certificate* target = state.roster().find_alias(alias);
  if (target == nullptr) return Error{Errc::bad_input, "no device is called \"" + alias + "\""};
  schemas::Revocation revocation;
  revocation.set_key(to_bytes(target->key));
  revocation.set_reason(reason);
  for (const auto& log : logs) {
    if (log.name.certificate != target->hash) continue;
    auto* cut = revocation.add_cut();
    cut->set_log(to_bytes(log.id));
    cut->set_size(log.head.size);
    cut->set_root(to_bytes(log.head.root));
  }
  Plan plan;
  Draft draft;
  draft.log_class = LogClass::control;
  draft.event.set_kind(schemas::KIND_REVOCATION);
  draft.event.set_payload(revocation.SerializeAsString());
  plan.drafts.push_back(std::move(draft));
  return plan;
}

}  // namespace verbena::ledger
