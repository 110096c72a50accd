// SPDX-License-Identifier: Apache-2.0
#include "node/voucher_json.h"

#include <nlohmann/json.hpp>

#include "ledger/vouchers.h"

namespace verbena::node {

using ledger::VoucherPlace;
using nlohmann::ordered_json;

std::string voucher_json(const ledger::Ledger& ledger, std::string_view code) {
  ordered_json out;
  ledger.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    const auto* festival = state.festival();
    out["scale"] = festival == nullptr ? 0 : festival->scale();
    const auto verified = ledger::verify_voucher(state, code);
    if (!verified) {
      out["refusal"] = ledger::refusal_code(verified.error().refusal);
      out["why"] = verified.error().text;
      return;
    }
    const ledger::Voucher& voucher = verified->code.voucher;
    const std::string id = ledger::voucher_id(verified->code.body());
    const auto known = state.voucher(id);
    const bool zone = voucher.place == VoucherPlace::zone;
    const bool stand = voucher.place == VoucherPlace::stand;
    out["refusal"] = known.uses.empty() ? ordered_json() : ordered_json("voucher-used");
    out["id"] = id;
    out["amount_minor"] = voucher.amount_minor;
    out["zone"] = zone ? ordered_json(voucher.where) : ordered_json();
    out["stand"] = stand ? ordered_json(voucher.where) : ordered_json();
    out["here"] = voucher.is_for(device.certificate);
    out["issuer"] = verified->issuer;
    out["issue_known"] = known.issued_minor > 0;
    out["spent"] = ordered_json::array();
    for (const auto& use : known.uses) {
      out["spent"].push_back({{"stand", use.stand}, {"sale", ledger::hex(use.sale)}});
    }
  });
  return out.dump();
}

}  // namespace verbena::node
