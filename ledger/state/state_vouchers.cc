// SPDX-License-Identifier: Apache-2.0
// What is known of vouchers. A view, in no digest: their accounts are.
#include <algorithm>

#include "ledger/state/state.h"

namespace verbena::ledger {

void State::note_vouchers(const Log& log, std::uint64_t index, const Hash& id,
                          const schemas::Event& event) {
  if (event.kind() == schemas::KIND_VOUCHER_ISSUED) {
    for (const auto& [voucher, legs] : into_vouchers(event)) {
      vouchers_[voucher].issued_minor += legs.outside;
    }
  }
  for (const auto& [voucher, legs] : out_of_vouchers(event)) {
    vouchers_[voucher].uses.push_back(
        {id, {log.id, index}, log.author->stand, legs.stands + legs.outside});
  }
}

VoucherView State::standing(const VoucherView& known) {
  VoucherView out = known;
  std::erase_if(out.uses, [this](const VoucherUse& use) {
    return cash_voided(use.place.log, use.place.index);
  });
  std::sort(out.uses.begin(), out.uses.end(), [](const VoucherUse& a, const VoucherUse& b) {
    return std::tie(a.sale, a.place) < std::tie(b.sale, b.place);
  });
  return out;
}

VoucherView State::voucher(const std::string& id) {
  settle();
  const auto found = vouchers_.find(id);
  return found == vouchers_.end() ? VoucherView{} : standing(found->second);
}

std::map<std::string, VoucherView> State::vouchers() {
  settle();
  std::map<std::string, VoucherView> out;
  for (const auto& [id, known] : vouchers_) out[id] = standing(known);
  return out;
}

}  // namespace verbena::ledger
