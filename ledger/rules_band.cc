// SPDX-License-Identifier: Apache-2.0
// A band that is lost, damaged or frozen: blocked by one person, replaced by two.
#include <algorithm>

#include "ledger/core/money.h"
#include "ledger/core/mutant.h"
#include "ledger/rules.h"

namespace verbena::ledger {

namespace {

// What may go to the new band now.
struct Movable {
  std::uint64_t own_minor = 0;
  std::uint64_t gift_minor = 0;
  std::uint32_t meals = 0;
  std::uint64_t kept_minor = 0;  // for what may still be sold to the old band
};

Draft block_draft(std::uint64_t purse, const std::string& reason) {
  schemas::PurseBlock block;
  block.set_purse(purse);
  block.set_reason(reason);
  Draft draft;
  draft.log_class = LogClass::control;
  draft.event.set_kind(schemas::KIND_PURSE_BLOCK);
  draft.event.set_payload(block.SerializeAsString());
  return draft;
}

Status check_band_action(State& state, const DeviceView& device, Action action, std::uint64_t purse,
                         const std::string& reason) {
  if (!may(device.certificate.role, action)) {
    return refuse(Refusal::role_denied,
                  "bands are blocked and replaced at a hub or a supervisor's");
  }
  if (state.festival() == nullptr) {
    return refuse(Refusal::not_ready, "the festival's settings are missing");
  }
  if (purse == 0) return Error{Errc::bad_input, "0 is no purse"};
  if (reason.empty()) return Error{Errc::bad_input, "say why: this needs a reason"};
  return done();
}

// Never more than is there as far as is known. While some device may not know of the block, it may
// sell for `offline_max` to a band it does not know: that much stays, gifts first, as they are
// spent first.
Movable movable(State& state, std::uint64_t purse, bool known_everywhere) {
  const PurseView& view = state.purse(purse);
  const auto pending = static_cast<__int128>(view.pending_debit_minor);
  const __int128 left =
      std::clamp<__int128>(state.purse_balance_minor(purse) - pending, 0, amount_minor_max);
  const auto there = static_cast<std::uint64_t>(left);
  Movable out;
  const std::uint64_t limit = state.festival()->limits().offline_max_minor();
  const std::uint64_t reserve = limit == 0 ? there : std::min(limit, there);  // 0: there is none
  const bool all = known_everywhere || mutant(Mutant::replaced_whole_at_once);
  out.kept_minor = all ? 0 : reserve;
  const std::uint64_t gift = std::min(view.gift_left, there);
  out.own_minor = std::min(there - gift, there - out.kept_minor);
  out.gift_minor = there - out.kept_minor - out.own_minor;
  if (all) {
    out.meals = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        meals_max,
        view.meals_granted - std::min<std::uint64_t>(view.meals_granted, view.meals_used)));
  }
  return out;
}

void add_posting(schemas::Event& event, std::uint64_t amount_minor, std::string_view mark) {
  if (amount_minor == 0) return;
  auto* posting = event.add_posting();
  posting->set_from(schemas::PURSE);
  posting->set_to(schemas::PURSE);
  posting->set_to_id(Bytes(mark));
  posting->set_amount_minor(amount_minor);
}

Draft replacement_draft(std::uint64_t old, std::uint64_t fresh, std::uint32_t line,
                        const std::string& reason, const Movable& what) {
  schemas::Grant grant;
  grant.set_purse(fresh);
  grant.set_source(schemas::GRANT_REPLACEMENT);
  Bytes source;
  put_u64(source, old);
  grant.set_source_id(source);
  grant.set_line(line);
  grant.set_reason(reason);
  grant.set_meals(what.meals);
  Draft draft;
  draft.log_class = LogClass::value;
  draft.event.set_kind(schemas::KIND_GRANT);
  draft.event.set_payload(grant.SerializeAsString());
  add_posting(draft.event, what.own_minor, {});
  add_posting(draft.event, what.gift_minor, gift_mark);
  return draft;
}

}  // namespace

Result<Plan> plan_block(State& state, const DeviceView& device, std::uint64_t purse,
                        const std::string& reason) {
  auto allowed = check_band_action(state, device, Action::block_band, purse, reason);
  if (!allowed) return allowed.error();
  if (state.blocked(purse)) return refuse(Refusal::already_blocked, "this band is blocked already");
  Plan plan;
  plan.drafts.push_back(block_draft(purse, reason));
  return plan;
}

Result<Plan> plan_replacement(State& state, const DeviceView& device, std::uint64_t old,
                              const std::string& reason, const BandReading& band) {
  auto allowed = check_band_action(state, device, Action::replace_band, old, reason);
  if (!allowed) return allowed.error();
  const std::uint64_t fresh = band.slot.head.purse;
  if (fresh == old) return Error{Errc::bad_input, "this is the old band: lay a new one down"};
  if (auto status = check_chain(state, band); !status) return status.error();
  const PurseView& view = state.purse(old);
  if (view.replaced_by != 0 && view.replaced_by != fresh) {
    return refuse(Refusal::already_replaced,
                  "purse " + hex_u64(view.replaced_by) + " has taken its place");
  }
  Plan plan;
  if (!state.blocked(old)) plan.drafts.push_back(block_draft(old, reason));
  plan.waits_for = state.unaware_of_block(old);
  const std::uint32_t line = view.replaced_lines;
  const Movable what = movable(state, old, plan.waits_for.empty());
  plan.kept_minor = what.kept_minor;
  plan.amount_minor = what.own_minor + what.gift_minor;
  plan.balance_minor = spendable_minor(state, band) + static_cast<std::int64_t>(plan.amount_minor);
  plan.meals_left = meals_left(state, band) + what.meals;
  if (plan.amount_minor == 0 && what.meals == 0) {
    if (!plan.drafts.empty()) return plan;  // blocked now, and more when devices know of it
    if (!plan.waits_for.empty()) {
      return refuse(Refusal::block_not_everywhere,
                    "not known yet at " + *plan.waits_for.begin() +
                        ", devices that wait: " + std::to_string(plan.waits_for.size()));
    }
    return refuse(Refusal::insufficient_funds, "nothing is left on the old band");
  }
  if (what.meals >
      meals_max - std::min<std::uint64_t>(meals_max, state.purse(fresh).meals_granted)) {
    return refuse(Refusal::amount_out_of_range, "a band bears at most 255 meals");
  }
  plan.drafts.push_back(replacement_draft(old, fresh, line, reason, what));
  if (!mutant(Mutant::replacement_unapproved)) {
    plan.approvers_needed = device.certificate.role == schemas::SUPERVISOR ? 1 : 2;
  }
  return plan;
}

}  // namespace verbena::ledger
