// SPDX-License-Identifier: Apache-2.0
// What the rules of sales, credit and stock have in common.
#include "ledger/rules.h"

namespace verbena::ledger {

Status check_room(const DeviceView& device, Action action) {
  if (!device.storage_low || action == Action::revoke || action == Action::apply_festival ||
      action == Action::block_band) {
    return done();
  }
  return refuse(Refusal::storage_low, "the disk is nearly full");
}

Result<std::uint64_t> units_of(const schemas::Item& item, const BasketLine& line) {
  if (line.pack.empty()) return std::uint64_t{line.quantity};
  for (const auto& pack : item.pack()) {
    if (pack.name() == line.pack) return std::uint64_t{pack.units()} * line.quantity;
  }
  return Error{Errc::bad_input, item.sku() + " comes in no pack called \"" + line.pack + "\""};
}

Draft confirm_draft(const CommittedEvent& prepared, schemas::Kind prepared_kind) {
  schemas::Confirmed confirmed;
  confirmed.set_prepared(prepared.index);
  Draft draft;
  draft.log_class = prepared.log.log_class;
  draft.event.set_kind(prepared_kind == schemas::KIND_SALE_PREPARED ? schemas::KIND_SALE_CONFIRMED
                       : prepared_kind == schemas::KIND_TOP_UP_PREPARED
                           ? schemas::KIND_TOP_UP_CONFIRMED
                           : schemas::KIND_REFUND_CONFIRMED);
  draft.event.set_payload(confirmed.SerializeAsString());
  return draft;
}

}  // namespace verbena::ledger
