// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ledger/core/certificate.h"
#include "ledger/core/event.h"

namespace verbena::ledger {

// Outside, where what a voucher is above the goods goes, when its customer lets it go.
constexpr std::string_view forfeit_mark = "forfeit";

// What an event moves between one voucher and stands, and between it and outside, in minor units.
struct VoucherLegs {
  std::uint64_t stands = 0;
  std::uint64_t outside = 0;
  bool operator==(const VoucherLegs&) const = default;
};
using VoucherMoves = std::map<std::string, VoucherLegs>;  // by voucher id
VoucherMoves out_of_vouchers(const schemas::Event& event);
VoucherMoves into_vouchers(const schemas::Event& event);

// Whether what this event says of vouchers is not its author's to say.
bool breaks_vouchers(const schemas::Event& event, const Certificate& author,
                     std::uint64_t festival);

// A sale that counts and spent a voucher.
struct VoucherUse {
  Hash sale{};
  EventPlace place;
  std::string stand;
  std::uint64_t amount_minor = 0;
};

// What is known of a voucher.
struct VoucherView {
  unsigned __int128 issued_minor = 0;  // by events that count; 0: none is held
  std::vector<VoucherUse> uses;        // not voided; the order is that of their ids
  unsigned __int128 used_minor() const;
};

}  // namespace verbena::ledger
