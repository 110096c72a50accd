// SPDX-License-Identifier: Apache-2.0
// Goods in custody: a holder's own devices speak for it, and custody passes when the receiver says
// so.
#include <algorithm>
#include <set>

#include "ledger/core/money.h"
#include "ledger/core/mutant.h"
#include "ledger/rules.h"

namespace verbena::ledger {

namespace {

constexpr std::uint64_t units_max = 10'000'000;  // of one item in one event

Action action_of(schemas::StockAction action) {
  switch (action) {
    case schemas::DELIVER: return Action::stock_deliver;
    case schemas::DISPATCH: return Action::stock_dispatch;
    case schemas::RECEIVE: return Action::stock_receive;
    case schemas::GIVEN: return Action::stock_give;
    default: return Action::stock_waste;
  }
}

// A stand, or a device that keeps stock by itself: a store, a courier.
bool is_holder(State& state, const schemas::Festival& festival, const std::string& name) {
  if (find_stand(festival, name) != nullptr) return true;
  const Certificate* device = state.roster().find_alias(name);
  return device != nullptr && device->stand.empty() && state.roster().certified(device->hash) &&
         may(device->role, Action::stock_receive);
}

// The dispatch to `holder` that this prefix names, or the only one nobody answered yet.
Result<Hash> find_dispatch(State& state, const std::string& holder, const std::string& prefix) {
  const CustodyBook& custody = state.custody();
  std::vector<Hash> found;
  for (const auto& [id, dispatch] : custody.dispatches()) {
    if (dispatch.to != holder || !hex(id).starts_with(prefix)) continue;
    if (prefix.empty() && custody.answers().contains(id)) continue;
    found.push_back(id);
  }
  if (found.size() == 1) return found.front();
  return refuse(Refusal::no_dispatch, std::to_string(found.size()) + " dispatches to " + holder +
                                          " fit \"" + prefix + "\"");
}

schemas::StockMove move_of(schemas::StockAction action) {
  schemas::StockMove move;
  move.set_from(action == schemas::DELIVER   ? schemas::SUPPLIER
                : action == schemas::RECEIVE ? schemas::TRANSIT
                                             : schemas::HOLDER);
  const auto sent = mutant(Mutant::arrives_by_sender) ? schemas::HOLDER : schemas::TRANSIT;
  move.set_to(action == schemas::DISPATCH ? sent
              : action == schemas::WASTED ? schemas::WASTE
              : action == schemas::GIVEN  ? schemas::GRATIS
                                          : schemas::HOLDER);
  return move;
}

}  // namespace

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
  const std::string& holder = holder_of(device.certificate);
  schemas::StockNote note;
  note.set_action(intent.action);
  note.set_reference(intent.reference);
  note.set_reason(intent.reason);
  schemas::StockMove move = move_of(intent.action);
  Plan plan;
  const bool delivers = intent.action == schemas::DELIVER;
  if (delivers && !mutant(Mutant::delivery_unapproved)) plan.approvers_needed = 1;
  if (intent.action == schemas::DISPATCH) {
    if (intent.to == holder || !is_holder(state, *festival, intent.to)) {
      return refuse(Refusal::not_here, "a dispatch names the stand, store or courier it goes to");
    }
    move.set_to_id(intent.to);
    note.set_to_sheet(state.custody().current_sheet(intent.to));
  }
  if (intent.action == schemas::RECEIVE) {
    auto dispatch = find_dispatch(state, holder, intent.dispatch);
    if (!dispatch) return dispatch.error();
    note.set_dispatch(to_bytes(*dispatch));
  }
  const bool says_why = intent.action == schemas::WASTED || intent.action == schemas::GIVEN;
  if (says_why && intent.reason.empty()) {
    return Error{Errc::bad_input, "say why: waste and gifts need a reason"};
  }
  std::set<std::uint32_t> named;
  for (const auto& line : intent.lines) {
    const schemas::Item* item = find_item(*festival, line.sku);
    if (item == nullptr) return refuse(Refusal::unknown_item, "\"" + line.sku + "\" is no item");
    if (item->part_size() > 0) {
      return refuse(Refusal::unknown_item, "\"" + line.sku + "\" is made of parts: name those");
    }
    if (!named.insert(item->number()).second) {
      return Error{Errc::bad_input, "\"" + line.sku + "\" is named twice"};
    }
    auto units = units_of(*item, line);
    if (!units) return units.error();
    if (*units == 0 || *units > units_max) {
      return refuse(Refusal::amount_out_of_range,
                    "the quantity of " + line.sku + " is out of range");
    }
    if (intent.action == schemas::DISPATCH && !mutant(Mutant::escrow_ignored)) {
      const auto held =
          state.accounts().balance("#" + std::to_string(item->number()), "holder/" + holder);
      if (held < *units) {  // custody is the escrow
        return refuse(Refusal::out_of_stock_account,
                      holder + " does not hold that much of " + line.sku);
      }
    }
    move.add_item(item->number());
    move.add_quantity(*units);
  }
  Draft draft;
  draft.event.set_kind(schemas::KIND_STOCK);
  draft.event.set_payload(note.SerializeAsString());
  *draft.event.add_move() = move;
  plan.drafts.push_back(std::move(draft));
  return plan;
}

}  // namespace verbena::ledger
