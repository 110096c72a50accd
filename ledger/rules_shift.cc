// SPDX-License-Identifier: Apache-2.0
// A person's time at a drawer: float, drops into the bank's bag, and a blind count at its end.
#include <algorithm>

#include "ledger/core/money.h"
#include "ledger/rules.h"

namespace verbena::ledger {

namespace {

Status check_shift_role(const DeviceView& device) {
  if (may(device.certificate.role, Action::shift)) return done();
  return refuse(Refusal::role_denied, "this device has no drawer");
}

// The open shift of this device: of its present log, else one that an earlier life left open.
std::optional<Shift> open_shift(State& state, const DeviceView& device) {
  return state.custody().open_shift(device.certificate.hash, device.log(LogClass::trade).id);
}

Plan shift_plan(schemas::Kind kind, const std::string& payload) {
  Plan plan;
  Draft draft;
  draft.event.set_kind(kind);
  draft.event.set_payload(payload);
  plan.drafts.push_back(std::move(draft));
  return plan;
}

}  // namespace

Result<Plan> plan_open_shift(State& state, const DeviceView& device, std::uint64_t float_minor) {
  if (auto status = check_shift_role(device); !status) return status.error();
  if (open_shift(state, device)) {
    return refuse(Refusal::shift_open, "a shift is open on this device");
  }
  if (float_minor > amount_minor_max) {
    return refuse(Refusal::amount_out_of_range, "the float is out of range");
  }
  schemas::ShiftOpened opened;
  opened.set_float_minor(float_minor);
  opened.set_value_size(device.log(LogClass::value).size);
  return shift_plan(schemas::KIND_SHIFT_OPENED, opened.SerializeAsString());
}

Result<Plan> plan_close_shift(State& state, const DeviceView& device, std::uint64_t counted_minor) {
  if (auto status = check_shift_role(device); !status) return status.error();
  const auto open = open_shift(state, device);
  if (!open) return refuse(Refusal::shift_needed, "no shift is open on this device");
  if (counted_minor > amount_minor_max) {
    return refuse(Refusal::amount_out_of_range, "the counted cash is out of range");
  }
  schemas::ShiftClosed closed;
  closed.set_opened(open->opened);
  const Hash& opened_in = state.custody().logs().at(open->log).id;
  if (opened_in != device.log(LogClass::trade).id) closed.set_log(to_bytes(opened_in));
  closed.set_counted_minor(counted_minor);
  closed.set_value_size(device.log(LogClass::value).size);
  return shift_plan(schemas::KIND_SHIFT_CLOSED, closed.SerializeAsString());
}

Result<Plan> plan_cash_drop(State& state, const DeviceView& device, std::uint64_t amount_minor,
                            const std::string& bag) {
  if (auto status = check_shift_role(device); !status) return status.error();
  if (!open_shift(state, device)) {
    return refuse(Refusal::shift_needed, "no shift is open on this device");
  }
  if (amount_minor == 0 || amount_minor > amount_minor_max) {
    return refuse(Refusal::amount_out_of_range, "the amount is out of range");
  }
  schemas::CashDrop drop;
  drop.set_amount_minor(amount_minor);
  drop.set_bag(bag);
  Plan plan = shift_plan(schemas::KIND_CASH_DROP, drop.SerializeAsString());
  plan.approvers_needed = 1;
  return plan;
}

}  // namespace verbena::ledger
