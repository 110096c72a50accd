// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/money.h"
#include "ledger/rules.h"

namespace verbena::ledger {

namespace {

Action action_of(schemas::StockAction action) {
  switch (action) {
    case schemas::DELIVER: return Action::stock_deliver;
    case schemas::DISPATCH: return Action::stock_dispatch;
    case schemas::RECEIVE: return Action::stock_receive;
    case schemas::WASTED: return Action::stock_waste;
    default: return Action::stock_count;
  }
}

}  // namespace

const std::string& holder_of(const Certificate& device) {
  return device.stand.empty() ? device.alias : device.stand;
}

Result<Plan> plan_stock(State& state, const DeviceView& device, const StockIntent& intent) {
  if (!may(device.certificate.role, action_of(intent.action))) {
    return refuse(Refusal::role_denied, "this device may not do this with stock");
  }
  const schemas::Festival* festival = state.festival();
  if (festival == nullptr) return refuse(Refusal::not_ready, "the festival's settings are missing");
  if (intent.lines.empty()) return refuse(Refusal::empty_basket, "no items were named");
  if (intent.lines.size() > static_cast<std::size_t>(lines_max)) {
    return refuse(Refusal::amount_out_of_range, "more than 64 lines");
  }
  schemas::StockNote note;
  note.set_action(intent.action);
  note.set_reference(intent.reference);
  note.set_reason(intent.reason);
  schemas::StockMove move;
  switch (intent.action) {
    case schemas::DELIVER:
      move.set_from(schemas::SUPPLIER);
      move.set_to(schemas::HOLDER);
      break;
    case schemas::DISPATCH:
      if (!is_alias(intent.to)) {
        return refuse(Refusal::not_here, "a dispatch names the stand it goes to");
      }
      move.set_from(schemas::HOLDER);
      move.set_to(schemas::TRANSIT);
      move.set_to_id(intent.to);
      break;
    case schemas::RECEIVE:
      move.set_from(schemas::TRANSIT);
      if (!intent.from.empty()) move.set_from_id(intent.from);
      move.set_to(schemas::HOLDER);
      break;
    case schemas::WASTED:
      move.set_from(schemas::HOLDER);
      move.set_to(schemas::WASTE);
      break;
    case schemas::COUNT:
      note.set_holder(intent.from.empty() ? holder_of(device.certificate) : intent.from);
      break;
    default: return refuse(Refusal::not_here, "unknown stock action");
  }
  const std::string& holder = holder_of(device.certificate);
  for (const auto& line : intent.lines) {
    const schemas::Item* item = find_item(*festival, line.sku);
    if (item == nullptr) return refuse(Refusal::unknown_item, "\"" + line.sku + "\" is no item");
    if (intent.action == schemas::COUNT) {
      note.add_item(item->number());
      note.add_counted(line.quantity);
      continue;
    }
    if (line.quantity == 0) {
      return refuse(Refusal::amount_out_of_range, "the quantity of " + line.sku + " is zero");
    }
    if (intent.action == schemas::DISPATCH) {  // custody is the escrow
      const auto held =
          state.accounts().balance("#" + std::to_string(item->number()), "holder/" + holder);
      if (held < line.quantity) {
        return refuse(Refusal::out_of_stock_account,
                      holder + " holds " + format_decimal(held, 0) + " of " + line.sku);
      }
    }
    move.add_item(item->number());
    move.add_quantity(line.quantity);
  }
  Plan plan;
  Draft draft;
  draft.log_class = LogClass::trade;
  draft.event.set_kind(schemas::KIND_STOCK);
  draft.event.set_payload(note.SerializeAsString());
  if (intent.action != schemas::COUNT) *draft.event.add_move() = move;
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
